// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>

namespace circumplex::app {

/// One line of the doctor's table: ok, missing or note, what, and what it found or what to do.
inline void PrintFinding(const char* state, const std::string& what, const std::string& finding) {
  std::printf("  %-8s %-22s %s\n", state, what.c_str(), finding.c_str());
}

}  // namespace circumplex::app
