// SPDX-License-Identifier: Apache-2.0
#include "core/check.h"

#include <cstring>

namespace circumplex {

int ExitCode(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInternal:
      return 1;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kInvalidOptions:
      return 2;
    case ErrorCode::kNotFound:
    case ErrorCode::kBadData:
      return 3;
    case ErrorCode::kBadModel:
      return 4;
    case ErrorCode::kIo:
    case ErrorCode::kUnsupported:
      return 5;
  }
  return 1;
}

void ThrowInternal(const char* expression, const char* file, int line, const std::string& detail) {
  const char* slash = std::strrchr(file, '/');
  throw Error(ErrorCode::kInternal,
              std::string("internal error at ") + (slash ? slash + 1 : file) + ":" +
                  std::to_string(line) + ": " + expression + (detail.empty() ? "" : ": " + detail) +
                  "; this is a bug of circumplex, please report it");
}

std::size_t CheckedProduct(std::size_t a,
                           std::size_t b,
                           std::size_t limit,
                           const std::string& what) {
  if (a != 0 && b > limit / a) {
    throw Error(ErrorCode::kBadData,
                what + ": " + std::to_string(a) + " x " + std::to_string(b) +
                    " exceeds the limit of " + std::to_string(limit));
  }
  return a * b;
}

}  // namespace circumplex
