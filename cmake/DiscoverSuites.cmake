# SPDX-License-Identifier: Apache-2.0
# cmake -DPROGRAM= -DNAME= -DTIMEOUT= -DFILE= -P DiscoverSuites.cmake, run after a test program is linked.
# One ctest entry per suite, `<layer>/<Suite>.*`: with one per case, loading LibTorch or OpenCV took longer than most cases.
cmake_minimum_required(VERSION 3.24)
execute_process(COMMAND ${PROGRAM} --gtest_list_tests OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE ";" "," listing "${listing}")
string(REPLACE "\n" ";" lines "${listing}")
set(text "")
foreach(line IN LISTS lines)
  if(line MATCHES "^([A-Za-z_][A-Za-z0-9_/]*)\\.")
    set(suite ${CMAKE_MATCH_1})
    string(APPEND text "add_test([=[${NAME}/${suite}.*]=] [=[${PROGRAM}]=] [=[--gtest_filter=${suite}.*]=])\n"
      "set_tests_properties([=[${NAME}/${suite}.*]=] PROPERTIES TIMEOUT ${TIMEOUT})\n")
  endif()
endforeach()
if(text STREQUAL "")
  message(FATAL_ERROR "${PROGRAM} lists no test")
endif()
file(WRITE ${FILE} "${text}")
