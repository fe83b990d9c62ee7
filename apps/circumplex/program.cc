// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <optional>

#include "circumplex/error.h"

#include "commands.h"
#include "core/csv.h"
#include "core/files.h"

namespace circumplex::app {
namespace {

constexpr int kInternal = 1, kUsage = 2, kEnvironment = 5;

int Report(const std::string& message, int code) {
  std::fprintf(stderr, "circumplex: %s\n", message.c_str());
  return code;
}

int RunCommand(const Command& command, int argc, char** argv) {
  CLI::App cli(FindCommand(command.name)->summary, std::string("circumplex ") + command.name);
  cli.footer(std::string("\nExample:\n  ") + command.example);
  cli.get_formatter()->column_width(34);
  bool quiet = false;
  cli.add_flag("-q,--quiet", quiet, "No progress and no log on stderr, errors only");
  const std::function<int()> action = command.declare(cli);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return cli.exit(error);
    return Report(std::string(command.name) + ": " + error.what() + "\nSee: circumplex " +
                      command.name + " --help",
                  kUsage);
  }
  InstallTerminal(quiet);
  return action();
}

}  // namespace

CLI::Validator NumberFrom(double low, double high) {
  const std::string range = std::isinf(high)
                                ? "at least " + FormatShortest(low)
                                : "from " + FormatShortest(low) + " to " + FormatShortest(high);
  return CLI::Validator(
      [=](const std::string& text) {
        const std::optional<double> value = ParseDouble(text);
        return value && *value >= low && *value <= high
                   ? std::string()
                   : "must be a number, " + range + ", not '" + text + "'";
      },
      range,
      "number");
}

int RunProgram(const std::vector<Command>& commands, int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  for (const Command& command : commands) {
    if (name != command.name) continue;
    try {
      return RunCommand(command, argc - 1, argv + 1);
    } catch (const Error& error) {
      return Report(error.what(), ExitCode(error.code()));
    } catch (const std::filesystem::filesystem_error& error) {
      return Report("cannot use '" + error.path1().string() + "': " + error.code().message() +
                        "; check the path, its permissions and the space",
                    kEnvironment);
    } catch (const std::bad_alloc&) {
      return Report("out of memory; use fewer or shorter inputs, or a machine with more",
                    kEnvironment);
    } catch (const std::exception& error) {
      return Report(std::string("internal error: ") + error.what() +
                        "; this is a bug of circumplex, please report it",
                    kInternal);
    }
  }
  return Report("no command '" + name + "' in this program; see circumplex --help", kUsage);
}

void WriteResult(const std::string& path, const std::string& text) {
  if (path.empty() || path == "-") {
    std::cout << text << std::flush;
  } else {
    WriteFileAtomically(path, text);
  }
}

}  // namespace circumplex::app
