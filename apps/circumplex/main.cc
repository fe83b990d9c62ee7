// SPDX-License-Identifier: Apache-2.0
// The front of the command line. LibTorch and OpenCV take a noticeable part of a second to load, so
// the commands that need them live in programs of their own beside this one, and this one starts
// them.
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
#include "program.h"

namespace circumplex::app {
namespace {

enum class Home { kHere, kVision, kNetwork };

struct Entry {
  const char* name;
  Home home;
  const char* summary;
};

constexpr Entry kEntries[] = {
    {"synth",
     Home::kVision,
     "Write the synthetic data set: drawn faces with known valence and arousal"},
    {"dataset", Home::kHere, "Read a data set: manifest, folds, defects, label histogram"},
    {"faces", Home::kVision, "Video, image folder or camera to aligned face crops"},
    {"features", Home::kVision, "Face crops to a feature store"},
    {"lds", Home::kHere, "Label density, smoothed density and loss weights"},
    {"phase", Home::kVision, "Phase-difference images of a crop folder"},
    {"train", Home::kNetwork, "Cross-validated training of the two-stream network"},
    {"predict", Home::kNetwork, "Video, crops or features to valence and arousal per frame"},
    {"evaluate", Home::kHere, "CCC of predictions against annotations"},
    {"report", Home::kHere, "One HTML page of a run"},
    {"reproduce", Home::kNetwork, "The paper's tables and the ablation, on the data given"},
    {"import",
     Home::kHere,
     "ResNet-50 weights of PyTorch or safetensors, without running what is in the file"},
    {"config", Home::kHere, "Show a configuration, or the reference of all keys"},
    {"doctor", Home::kHere, "Versions, devices, codecs and model files of this installation"},
};

void PrintHelp() {
  std::printf(
      "circumplex %s: valence and arousal from face video\n\n"
      "Usage: circumplex COMMAND [OPTIONS]     circumplex COMMAND --help\n\nCommands:\n",
      kVersion);
  for (const Entry& entry : kEntries) std::printf("  %-10s %s\n", entry.name, entry.summary);
  std::printf(
      "\nExample:\n  circumplex predict --model runs/demo/model video.mp4 -o track.csv\n\n"
      "Exit codes: 0 done, 1 internal, 2 usage or configuration, 3 data, 4 model, 5 environment\n");
}

std::filesystem::path Sibling(const char* name) {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / name;
}

int Exec(const char* program, char** argv) {
  // Read when the libraries load. Waiting OpenMP threads spin for a moment only, so that a busy
  // machine slows a command by its share and not by ten times; OpenBLAS must not start threads of
  // its own beside OpenMP's.
  ::setenv("GOMP_SPINCOUNT", "10000", 0);
  ::setenv("OPENBLAS_NUM_THREADS", "1", 0);
  // Freed tensors stay in the heap. By default glibc maps each large one anew, and zeroing its
  // pages takes as long as computing it (docs/decisions/0013-memory-stays.md).
  ::setenv("MALLOC_MMAP_MAX_", "0", 0);
  ::setenv("MALLOC_TRIM_THRESHOLD_", "8589934592", 0);
  const std::filesystem::path path = Sibling(program);
  ::execv(path.c_str(), argv);
  std::fprintf(
      stderr,
      "circumplex: '%s' needs the program %s beside this one (%s); this build was made without it "
      "(CIRCUMPLEX_WITH_TORCH, CIRCUMPLEX_WITH_VIDEO)\n",
      argv[1],
      program,
      std::strerror(errno));
  return 5;
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
  for (const Entry& entry : kEntries) {
    if (name != entry.name) continue;
    if (entry.home == Home::kVision) return Exec("circumplex-vision", argv);
    if (entry.home == Home::kNetwork) return Exec("circumplex-network", argv);
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
  std::fprintf(stderr, "circumplex: no command '%s'; see circumplex --help\n", name.c_str());
  return 2;
}
