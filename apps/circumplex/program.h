// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace circumplex::app {

/// One command: declares its flags on `cli`, and returns what to do once they are parsed. The
/// action calls one library function and returns an exit code.
struct Command {
  const char* name;
  const char* summary;  ///< One line for the list of commands.
  const char* example;  ///< Shown by --help.
  std::function<std::function<int()>(CLI::App& cli)> declare;
};

/// Parses argv[1...] as one of `commands`, installs log and progress sinks, runs it, and turns
/// errors into a message on stderr and an exit code: 0 done, 1 internal, 2 usage or configuration,
/// 3 data, 4 model, 5 environment.
int RunProgram(const std::vector<Command>& commands, int argc, char** argv);

/// Shows progress and log lines on stderr; stdout stays for results.
void InstallTerminal(bool quiet);
/// Writes a result to stdout ("-" or empty) or atomically to a file.
void WriteResult(const std::string& path, const std::string& text);

}  // namespace circumplex::app
