// SPDX-License-Identifier: Apache-2.0
#include "batch.h"

#include <algorithm>
#include <cstdio>

#include "circumplex/error.h"

#include "core/progress.h"

namespace circumplex::app {
namespace fs = std::filesystem;

void DeclareFaces(CLI::App& cli, FaceOptions* options) {
  cli.add_option("--detector",
                 options->detector,
                 "dlib (its landmarks are for non-commercial use) or yunet=FILE")
      ->group("Faces")
      ->capture_default_str();
  cli.add_option("--min-confidence", options->min_confidence, "Mark faces below it, [0, 1]")
      ->check(NumberFrom(0, 1))
      ->group("Faces")
      ->capture_default_str();
  cli.add_option(
         "--detect-every", options->detect_every, "Detect in every n-th frame, follow in between")
      ->check(NumberFrom(1))
      ->group("Faces")
      ->capture_default_str();
  cli.add_option("--max-faces", options->max_faces, "Faces per frame")
      ->check(NumberFrom(1))
      ->group("Faces")
      ->capture_default_str();
}

int ForEachInput(const std::vector<fs::path>& inputs,
                 const std::function<void(const fs::path&)>& work) {
  std::vector<std::string> failed;
  int code = 0;
  for (const fs::path& input : inputs) {
    try {
      work(input);
    } catch (const Error& error) {
      // A broken model or environment would fail every input the same way.
      if (ExitCode(error.code()) != 3 && error.code() != ErrorCode::kUnsupported) throw;
      std::fprintf(stderr, "circumplex: %s\n", error.what());
      failed.push_back(input.string());
      code = std::max(code, inputs.size() > 1 ? 3 : ExitCode(error.code()));
    }
  }
  if (!failed.empty() && inputs.size() > 1) {
    std::fprintf(stderr, "circumplex: %zu of %zu inputs failed:\n", failed.size(), inputs.size());
    for (const std::string& name : failed) std::fprintf(stderr, "  %s\n", name.c_str());
  }
  return code;
}

}  // namespace circumplex::app
