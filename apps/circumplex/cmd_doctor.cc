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

// Each program reports on its own libraries, so that a missing one is a line and not a failed
// start.
void RunPart(const char* program, const char* without) {
  std::fflush(stdout);
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / program;
  if (!std::filesystem::exists(path)) {
    PrintFinding("missing", program, std::string("this build was made with ") + without + "=OFF");
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
  return {"doctor",
          "Versions, devices, codecs and model files of this installation",
          "circumplex doctor",
          [](CLI::App&) {
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
              const auto space = std::filesystem::space(std::filesystem::current_path());
              PrintFinding("ok", "disk", std::to_string(space.available >> 30) + " GiB free here");
              RunPart("circumplex-vision", "CIRCUMPLEX_WITH_VIDEO");
              RunPart("circumplex-network", "CIRCUMPLEX_WITH_TORCH");
              return 0;
            };
          }};
}

}  // namespace circumplex::app
