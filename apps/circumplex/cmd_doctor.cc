// SPDX-License-Identifier: Apache-2.0
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "circumplex/version.h"

#include "commands.h"
#include "doctor.h"

namespace circumplex::app {
namespace {

// Each program reports on its own libraries, so that a missing one is a line and not
// a failed start.
void RunPart(Home home) {
  std::fflush(stdout);
  const auto [program, option] = FileOf(home);
  const std::filesystem::path path = ProgramPath(home);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    PrintFinding("missing", program, std::string("this build was made with ") + option + "=OFF");
    return;
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl(path.c_str(), path.c_str(), "doctor", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0)
    PrintFinding("missing", program, "does not start; reinstall its libraries (scripts/bootstrap)");
}

}  // namespace

Command DoctorCommand() {
  return {"doctor", "circumplex doctor", [](CLI::App&) {
            return [] {
              cpu_set_t allowed;
              CPU_ZERO(&allowed);
              sched_getaffinity(0, sizeof(allowed), &allowed);
              std::printf("circumplex %s\n", kVersion);
              PrintFinding("ok", "compiler", __VERSION__);
              PrintFinding("ok",
                           "cores",
                           std::to_string(CPU_COUNT(&allowed)) + " usable of " +
                               std::to_string(std::thread::hardware_concurrency()));
              std::error_code error;
              const auto space = std::filesystem::space(".", error);
              PrintFinding(error ? "note" : "ok",
                           "disk",
                           error ? "cannot be asked here: " + error.message()
                                 : std::to_string(space.available >> 30) + " GiB free here");
              RunPart(Home::kVision);
              RunPart(Home::kNetwork);
              return 0;
            };
          }};
}

}  // namespace circumplex::app
