# SPDX-License-Identifier: Apache-2.0
# What makes a build from nothing short (docs/decisions/0034-build-time.md).
option(CIRCUMPLEX_UNITY_BUILD "Compile the files of a layer that uses LibTorch together" OFF)

# circumplex_quick_build(<target> <layer>): LibTorch's headers cost a file 17 to 25 s, its own code 1 to 8 s.
function(circumplex_quick_build target layer)
  get_property(torch_layers GLOBAL PROPERTY CIRCUMPLEX_TORCH_LAYERS)
  if(CIRCUMPLEX_UNITY_BUILD AND layer IN_LIST torch_layers)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
  endif()
endfunction()
