// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "core/files.h"
#include "support/test_files.h"

namespace circumplex::testing_support {

struct Outcome {
  int code = -1;
  std::string out;  ///< stdout
  std::string err;  ///< stderr
};

/// Runs a shell line that starts the program.
inline Outcome InvokeLine(const std::string& start, const std::string& arguments) {
  static const TempFolder scratch;
  const std::filesystem::path err = scratch / "stderr";
  const std::string line =
      start + std::string(CIRCUMPLEX_PROGRAM) + " " + arguments + " 2> " + err.string();
  Outcome outcome;
  FILE* pipe = ::popen(line.c_str(), "r");
  std::array<char, 4096> buffer{};
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    outcome.out.append(buffer.data(), n);
  const int status = ::pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  outcome.err = ReadFile(err);
  return outcome;
}

/// Runs the program as a user does: `arguments` go through a shell.
inline Outcome Invoke(const std::string& arguments) { return InvokeLine("", arguments); }

/// The same without root's power to read and write everything.
inline Outcome InvokeUnprivileged(const std::string& arguments) {
  const bool root = ::geteuid() == 0;
  return InvokeLine(
      root ? "setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-all " : "",
      arguments);
}

/// stderr names every one of `words`, and the exit code is `code`.
inline void ExpectRefused(const std::string& arguments,
                          int code,
                          const std::vector<std::string>& words) {
  const Outcome outcome = Invoke(arguments);
  EXPECT_EQ(outcome.code, code) << arguments << "\n" << outcome.err;
  for (const std::string& word : words) {
    EXPECT_NE(outcome.err.find(word), std::string::npos)
        << arguments << "\nlacks '" << word << "': " << outcome.err;
  }
}

}  // namespace circumplex::testing_support
