// SPDX-License-Identifier: Apache-2.0
#include "predict_inputs.h"

#include <algorithm>
#include <set>

#include "circumplex/error.h"

#include "batch.h"
#include "core/csv.h"
#include "core/files.h"
#include "core/media_names.h"

namespace circumplex::app {
namespace fs = std::filesystem;
namespace {

bool HoldsImages(const fs::path& folder) {
  const auto entries = ListFolder(folder);
  return std::any_of(entries.begin(), entries.end(), IsPictureName);
}

void AddFolder(const fs::path& folder, std::vector<PredictInput>* inputs) {
  const std::vector<fs::path> entries = ListFolder(folder);
  const std::size_t before = inputs->size();
  for (const fs::path& entry : entries) {
    if (entry.extension() == ".safetensors")
      inputs->push_back({InputKind::kStore, entry, entry.stem().string()});
  }
  if (inputs->size() > before) return;
  if (std::any_of(entries.begin(), entries.end(), IsPictureName)) {
    inputs->push_back({InputKind::kCrops, folder, folder.filename().string()});
    return;
  }
  for (const fs::path& entry : entries) {
    if (IsFolder(entry) && HoldsImages(entry)) {
      inputs->push_back({InputKind::kCrops, entry, entry.filename().string()});
    }
  }
  if (inputs->size() > before) return;
  for (const fs::path& video : ExpandVideos({folder.string()})) {
    inputs->push_back({InputKind::kVideo, video, video.stem().string()});
  }
}

}  // namespace

std::vector<PredictInput> FindInputs(const std::vector<std::string>& arguments,
                                     const std::string& trials) {
  std::vector<PredictInput> inputs;
  for (const std::string& argument : arguments) {
    if (argument.rfind("camera:", 0) == 0 && !PathExists(argument)) {
      throw Error(ErrorCode::kInvalidArgument,
                  "'" + argument + "' is a camera and goes alone; give it no other input");
    }
    const fs::path path =
        fs::path(argument).has_filename() ? fs::path(argument) : fs::path(argument).parent_path();
    if (IsFolder(path)) {
      AddFolder(path, &inputs);
    } else {
      const bool store = path.extension() == ".safetensors";
      inputs.push_back({store ? InputKind::kStore : InputKind::kVideo, path, path.stem().string()});
    }
  }
  if (trials.empty()) return inputs;
  const std::string text = ReadFile(trials);
  std::set<std::string> wanted;
  for (const std::string_view line : SplitLines(text)) {
    if (!Trim(line).empty()) wanted.emplace(Trim(line));
  }
  inputs.erase(std::remove_if(
                   inputs.begin(),
                   inputs.end(),
                   [&wanted](const PredictInput& input) { return wanted.erase(input.trial) == 0; }),
               inputs.end());
  if (!wanted.empty()) {
    throw Error(
        ErrorCode::kNotFound,
        trials + ": no input for trial '" + *wanted.begin() + "'" +
            (wanted.size() > 1 ? " and " + std::to_string(wanted.size() - 1) + " more" : ""));
  }
  return inputs;
}

}  // namespace circumplex::app
