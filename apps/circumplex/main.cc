// SPDX-License-Identifier: Apache-2.0
// The front of the command line: runs a command, or starts the program that holds it (commands.h).
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "circumplex/version.h"

#include "commands.h"
#include "core/text_fields.h"
#include "program.h"

namespace circumplex::app {
namespace {

void PrintHelp() {
  std::printf(
      "circumplex %s: valence and arousal from face video\n\n"
      "Usage: circumplex COMMAND [OPTIONS]     circumplex COMMAND --help\n\nCommands:\n",
      kVersion);
  for (const CommandInfo& command : kCommands)
    std::printf("  %-10s %s\n", command.name, command.summary);
  std::printf(
      "\nExample:\n  circumplex predict --model runs/demo/model video.mp4 -o track.csv\n\n"
      "Exit codes: 0 done, 1 internal, 2 usage or configuration, 3 data, 4 model, 5 environment\n");
}

int Exec(Home home, char** argv) {
  // Read when the libraries load. Waiting OpenMP threads spin for a moment only, so that a busy
  // machine slows a command by its share and not by ten times; OpenBLAS must not start threads of
  // its own beside OpenMP's.
  ::setenv("GOMP_SPINCOUNT", "10000", 0);
  ::setenv("OPENBLAS_NUM_THREADS", "1", 0);
  // Freed tensors stay in the heap. By default glibc maps each large one anew, and zeroing its
  // pages takes as long as computing it (docs/decisions/0013-memory-stays.md).
  ::setenv("MALLOC_MMAP_MAX_", "0", 0);
  ::setenv("MALLOC_TRIM_THRESHOLD_", "8589934592", 0);
  const std::filesystem::path path = ProgramPath(home);
  ::execv(path.c_str(), argv);
  std::fprintf(stderr,
               "circumplex: '%s' needs the program %s beside this one (%s); this build was made "
               "with %s=OFF\n",
               argv[1],
               FileOf(home).name,
               std::strerror(errno),
               FileOf(home).option);
  return 5;
}

int ReportUnknown(const std::string& name) {
  std::vector<std::string> names;
  for (const CommandInfo& command : kCommands) names.emplace_back(command.name);
  const std::string nearest = NearestWord(name, names);
  std::fprintf(stderr,
               "circumplex: no command '%s'%s; circumplex --help lists all\n",
               name.c_str(),
               nearest.empty() ? "" : ("; the nearest is '" + nearest + "'").c_str());
  return 2;
}

}  // namespace
}  // namespace circumplex::app

int main(int argc, char** argv) {
  using namespace circumplex::app;  // NOLINT: the program's own namespace
  const std::string name = argc > 1 ? argv[1] : "--help";
  if (name == "--help" || name == "-h" || name == "help") {
    PrintHelp();
    return argc > 1 ? 0 : 2;
  }
  if (name == "--version") {
    std::printf("circumplex %s\n", circumplex::kVersion);
    return 0;
  }
  const CommandInfo* command = FindCommand(name);
  if (command == nullptr) return ReportUnknown(name);
  if (command->home != Home::kFront) return Exec(command->home, argv);
  return RunProgram({DatasetCommand(),
                     LdsCommand(),
                     EvaluateCommand(),
                     ReportCommand(),
                     ImportCommand(),
                     ConfigCommand(),
                     DoctorCommand()},
                    argc,
                    argv);
}
