// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "circumplex/error.h"

namespace circumplex {

[[noreturn]] void ThrowInternal(const char* expression,
                                const char* file,
                                int line,
                                const std::string& detail);

/// True product of two sizes, or an Error(kBadData) naming `what` if it overflows
/// or exceeds `limit`.
std::size_t CheckedProduct(std::size_t a,
                           std::size_t b,
                           std::size_t limit,
                           const std::string& what);

}  // namespace circumplex

/// For our own bugs only: throws Error(kInternal), never aborts.
#define CIRCUMPLEX_CHECK(expression, detail)                                  \
  do {                                                                        \
    if (!(expression)) {                                                      \
      ::circumplex::ThrowInternal(#expression, __FILE__, __LINE__, (detail)); \
    }                                                                         \
  } while (false)
