// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace circumplex::app {

/// One command: declares its flags on `cli`, and returns what to do once they are parsed. The
/// action calls one library function and returns an exit code.
struct Command {
  const char* name;     ///< As in kCommands (commands.h), which has its summary.
  const char* example;  ///< Shown by --help.
  std::function<std::function<int()>(CLI::App& cli)> declare;
};

/// Check of a flag: a number from `low` to `high`, or from `low` on. (CLI11's own ranges print
/// their bounds with 309 digits.)
CLI::Validator NumberFrom(double low, double high = std::numeric_limits<double>::infinity());

/// Parses argv[1...] as one of `commands`, installs log and progress sinks, runs it, and turns
/// errors into a message on stderr and an exit code: 0 done, 1 internal, 2 usage or configuration,
/// 3 data, 4 model, 5 environment.
int RunProgram(const std::vector<Command>& commands, int argc, char** argv);

/// Shows progress and log lines on stderr; stdout stays for results.
void InstallTerminal(bool quiet);
/// Writes a result to stdout ("-" or empty) or atomically to a file.
void WriteResult(const std::string& path, const std::string& text);

}  // namespace circumplex::app
