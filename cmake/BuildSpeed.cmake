# SPDX-License-Identifier: Apache-2.0
# What makes a build from nothing short (docs/decisions/0034-build-time.md).
option(CIRCUMPLEX_UNITY_BUILD "Compile the files of a layer that uses LibTorch together" OFF)

# circumplex_quick_build(<target> <layer> ALONE a.cc ...): LibTorch's headers cost a file 17 to 25 s, its own code 1 to 8 s.
# ALONE names files whose unnamed namespaces would clash with a neighbour's.
function(circumplex_quick_build target layer)
  cmake_parse_arguments(arg "" "" "ALONE" ${ARGN})
  get_property(torch_layers GLOBAL PROPERTY CIRCUMPLEX_TORCH_LAYERS)
  if(CIRCUMPLEX_UNITY_BUILD AND layer IN_LIST torch_layers)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
    if(arg_ALONE)
      set_source_files_properties(${arg_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endif()
endfunction()
