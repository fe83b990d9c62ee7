// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "circumplex/error.h"
#include "circumplex/evaluation.h"
#include "circumplex/version.h"

int main() {
  try {
    circumplex::EvaluateOptions options;
    circumplex::Evaluate("no predictions", "no annotations", options);
  } catch (const circumplex::Error& error) {
    std::printf("circumplex %s: %s\n", circumplex::kVersion, error.what());
    return error.code() == circumplex::ErrorCode::kNotFound ? 0 : 1;
  }
  return 1;
}
