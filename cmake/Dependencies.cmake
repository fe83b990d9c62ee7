# SPDX-License-Identifier: Apache-2.0
# Everything comes from the distribution's packages (scripts/bootstrap installs them on Debian 12).
# What is found here must be seen where the targets are linked, which is outside this folder when another project
# takes this one in with add_subdirectory or FetchContent (tests/outside).
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.74 REQUIRED)  # Headers only: Boost.Math.
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)

# Debian's dnnl-config.cmake asks for OpenCL development files, which the CPU engine does not need.
find_path(CIRCUMPLEX_DNNL_INCLUDE dnnl.hpp REQUIRED)
find_library(CIRCUMPLEX_DNNL_LIBRARY dnnl REQUIRED)
add_library(circumplex_dnnl INTERFACE)
target_include_directories(circumplex_dnnl SYSTEM INTERFACE ${CIRCUMPLEX_DNNL_INCLUDE})
target_link_libraries(circumplex_dnnl INTERFACE ${CIRCUMPLEX_DNNL_LIBRARY})
add_library(DNNL::dnnl ALIAS circumplex_dnnl)

if(CIRCUMPLEX_WITH_TORCH)
  find_package(Torch REQUIRED)
endif()
if(CIRCUMPLEX_WITH_VIDEO)
  # Debian ships OpenCVConfig.cmake only with all of OpenCV; its module packages need no more than this.
  find_path(CIRCUMPLEX_OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
  add_library(circumplex_opencv INTERFACE)
  target_include_directories(circumplex_opencv SYSTEM INTERFACE ${CIRCUMPLEX_OPENCV_INCLUDE})
  foreach(module core imgproc imgcodecs videoio dnn)
    find_library(CIRCUMPLEX_OPENCV_${module} opencv_${module} REQUIRED)
    target_link_libraries(circumplex_opencv INTERFACE ${CIRCUMPLEX_OPENCV_${module}})
  endforeach()
  find_package(JPEG REQUIRED)
  find_package(dlib REQUIRED)
endif()
if(CIRCUMPLEX_DEVELOPER)
  find_package(GTest REQUIRED)
endif()
if(CIRCUMPLEX_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()

find_program(CIRCUMPLEX_CCACHE ccache)
if(CIRCUMPLEX_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without these two words no file that uses a precompiled header is found in the cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CIRCUMPLEX_CCACHE})
endif()

# Numeric kernels are compiled for the instruction set of this processor's class, chosen by name and
# not by "native", so that a compiler cache shared between machines cannot hand over a foreign object.
set(CIRCUMPLEX_KERNEL_FLAGS "" CACHE STRING "Extra compile flags of the numeric kernels")
if(NOT CIRCUMPLEX_KERNEL_FLAGS AND EXISTS /proc/cpuinfo)
  file(STRINGS /proc/cpuinfo circumplex_cpu_flags REGEX "^flags" LIMIT_COUNT 1)
  if(circumplex_cpu_flags MATCHES " avx2 " AND circumplex_cpu_flags MATCHES " fma ")
    set(CIRCUMPLEX_KERNEL_FLAGS -mavx2 -mfma)
  endif()
endif()
