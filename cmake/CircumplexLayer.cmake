# SPDX-License-Identifier: Apache-2.0
# A layer is a folder of src/ and a static library circumplex_<name>. It may include only the layers it USES
# (and theirs), and only the third-party headers that it ALLOWS; a test scans its files for both,
# because Debian installs LibTorch and dlib headers where no link list can hide them.

set(CIRCUMPLEX_WARNINGS -Wall -Wextra -Wshadow -Wpedantic -Wnon-virtual-dtor)
if(CIRCUMPLEX_DEVELOPER)
  list(APPEND CIRCUMPLEX_WARNINGS -Werror)
endif()
include(BuildSpeed)

configure_file(${PROJECT_SOURCE_DIR}/include/circumplex/version.h.in
               ${PROJECT_BINARY_DIR}/include/circumplex/version.h @ONLY)

# circumplex_layer(<name> SOURCES a.cc ... [USES layer ...] [LINKS target ...] [ALLOWS torch opencv2 ...]
#   [ALONE b.cc ...]); ALONE: see BuildSpeed.cmake
function(circumplex_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LINKS;ALLOWS;ALONE" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "circumplex_layer(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(closure ${name})
  foreach(layer IN LISTS arg_USES)
    if(NOT TARGET circumplex_${layer})
      message(FATAL_ERROR "Layer '${name}' uses '${layer}', which is not declared above it")
    endif()
    get_property(below GLOBAL PROPERTY CIRCUMPLEX_CLOSURE_${layer})
    list(APPEND closure ${below})
  endforeach()
  list(REMOVE_DUPLICATES closure)
  set_property(GLOBAL PROPERTY CIRCUMPLEX_CLOSURE_${name} ${closure})
  set_property(GLOBAL APPEND PROPERTY CIRCUMPLEX_LAYERS ${name})

  add_library(circumplex_${name} STATIC ${arg_SOURCES})
  add_library(circumplex::${name} ALIAS circumplex_${name})
  target_include_directories(circumplex_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM arg_USES PREPEND circumplex_ OUTPUT_VARIABLE layer_targets)
  target_link_libraries(circumplex_${name} PUBLIC ${layer_targets} ${arg_LINKS})
  target_compile_options(circumplex_${name} PRIVATE ${CIRCUMPLEX_WARNINGS})
  if("torch" IN_LIST arg_ALLOWS OR "ATen" IN_LIST arg_ALLOWS)
    set_property(GLOBAL APPEND PROPERTY CIRCUMPLEX_TORCH_LAYERS ${name})
  endif()
  circumplex_quick_build(circumplex_${name} ${name} ALONE ${arg_ALONE})

  # The scan reads every file of a folder, also those that only the whole program compiles.
  if(CIRCUMPLEX_DEVELOPER AND CIRCUMPLEX_WITH_TORCH AND CIRCUMPLEX_WITH_VIDEO)
    string(REPLACE ";" "," closure_arg "${closure}")
    string(REPLACE ";" "," allows_arg "${arg_ALLOWS}")
    add_test(NAME layers/${name}
             COMMAND ${CMAKE_COMMAND} -DLAYER=${name} -DALLOWED_LAYERS=${closure_arg}
                     -DALLOWED_EXTERNAL=${allows_arg} -DSOURCE_DIR=${PROJECT_SOURCE_DIR}/src
                     -P ${PROJECT_SOURCE_DIR}/cmake/CheckLayer.cmake)
    set_tests_properties(layers/${name} PROPERTIES LABELS layers)
  endif()
endfunction()

# circumplex_test(<layer> SOURCES a_test.cc ... [LINKS target ...] [ALONE b_test.cc ...]): one program per layer, named <layer>_test.
function(circumplex_test layer)
  if(NOT CIRCUMPLEX_DEVELOPER)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS;ALONE" ${ARGN})
  add_executable(${layer}_test ${arg_SOURCES} ${PROJECT_SOURCE_DIR}/tests/support/test_main.cc)
  target_link_libraries(${layer}_test PRIVATE circumplex_${layer} ${arg_LINKS} GTest::gtest)
  target_include_directories(${layer}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_options(${layer}_test PRIVATE ${CIRCUMPLEX_WARNINGS})
  circumplex_quick_build(${layer}_test ${layer} ALONE ${arg_ALONE})
  target_compile_definitions(${layer}_test PRIVATE
    CIRCUMPLEX_GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden"
    CIRCUMPLEX_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set(suites ${CMAKE_CURRENT_BINARY_DIR}/${layer}_suites.cmake)
  add_custom_command(TARGET ${layer}_test POST_BUILD BYPRODUCTS ${suites} VERBATIM
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${layer}_test> -DNAME=${layer} -DTIMEOUT=1800 -DFILE=${suites}
            -P ${PROJECT_SOURCE_DIR}/cmake/DiscoverSuites.cmake)
  set(include_file ${CMAKE_CURRENT_BINARY_DIR}/${layer}_tests.cmake)
  file(WRITE ${include_file} "if(EXISTS \"${suites}\")
  include(\"${suites}\")
else()
  add_test(${layer}_NOT_BUILT ${layer}_NOT_BUILT)
endif()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${include_file})
endfunction()
