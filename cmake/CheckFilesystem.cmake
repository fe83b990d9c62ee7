# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE_DIR= -P CheckFilesystem.cmake
# Calls of std::filesystem without an error_code throw filesystem_error, which would reach the user as an internal
# error: core/files.h asks the same questions and throws an Error that names path and cause.
cmake_minimum_required(VERSION 3.24)
set(asking "exists|is_directory|is_regular_file|is_empty|is_symlink|file_size|space|status|last_write_time|equivalent")
set(changing "create_director(y|ies)|rename|remove|remove_all|copy|copy_file|resize_file|permissions")
set(naming "canonical|weakly_canonical|relative|proximate|read_symlink|current_path|temp_directory_path")
set(throwing "(fs|filesystem)::(${asking}|${changing}|${naming}|directory_iterator|recursive_directory_iterator)[({ ]")

file(GLOB_RECURSE files ${SOURCE_DIR}/src/*.h ${SOURCE_DIR}/src/*.cc ${SOURCE_DIR}/apps/*.h ${SOURCE_DIR}/apps/*.cc
                        ${SOURCE_DIR}/include/*.h)
list(FILTER files EXCLUDE REGEX "_test\\.cc$")
set(violations "")
foreach(file IN LISTS files)
  file(STRINGS ${file} lines REGEX "${throwing}")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "error|ignored")
      string(APPEND violations "\n  ${file}: ${line}")
    endif()
  endforeach()
endforeach()
if(violations)
  message(FATAL_ERROR "std::filesystem calls that throw; use core/files.h, or pass an error_code:${violations}")
endif()
