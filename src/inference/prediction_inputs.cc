// SPDX-License-Identifier: Apache-2.0
#include "inference/prediction_inputs.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/media_names.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

bool HoldsPictures(const fs::path& folder) {
  const auto entries = ListFolder(folder);
  return std::any_of(entries.begin(), entries.end(), IsPictureName);
}

// What of one kind a folder holds.
struct Found {
  const char* kind;
  std::string example;
  std::vector<PredictionInput> inputs;

  void Add(const fs::path& entry, const PredictionInput& input) {
    if (inputs.empty()) example = entry.filename().string();
    inputs.push_back(input);
  }
};

std::vector<PredictionInput> InputsOfFolder(const fs::path& folder) {
  Found tracks{"feature tracks", "", {}}, crops{"pictures", "", {}},
      crop_folders{"folders of pictures", "", {}}, videos{"videos", "", {}};
  for (const fs::path& entry : ListFolder(folder)) {
    const std::string stem = entry.stem().string(), name = entry.filename().string();
    if (IsFolder(entry)) {
      if (HoldsPictures(entry)) crop_folders.Add(entry, {InputKind::kCrops, entry, name});
    } else if (entry.extension() == ".safetensors") {
      tracks.Add(entry, {InputKind::kStore, entry, stem});
    } else if (IsPictureName(entry)) {
      // The pictures are one input together.
      if (crops.inputs.empty())
        crops.Add(entry, {InputKind::kCrops, folder, folder.filename().string()});
    } else if (IsVideoName(entry)) {
      videos.Add(entry, {InputKind::kVideo, entry, stem});
    }
  }
  std::vector<PredictionInput> inputs;
  std::string kinds;
  int count = 0;
  for (const Found* found : {&tracks, &crops, &crop_folders, &videos}) {
    if (found->inputs.empty()) continue;
    kinds +=
        (count++ == 0 ? "" : " and ") + std::string(found->kind) + " ('" + found->example + "')";
    inputs.insert(inputs.end(), found->inputs.begin(), found->inputs.end());
  }
  if (count == 0) {
    throw Error(ErrorCode::kNotFound,
                "folder '" + folder.string() +
                    "': no video, no picture, no folder of pictures and no feature track lies in "
                    "it; deeper folders are not searched");
  }
  if (count > 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "folder '" + folder.string() + "' holds " + kinds +
                    "; name those to predict, or a folder of one kind");
  }
  return inputs;
}

void KeepTrials(const fs::path& list, std::vector<PredictionInput>* inputs) {
  const std::string text = ReadFile(list);
  std::set<std::string> wanted, found;
  for (const std::string_view line : SplitLines(text)) {
    if (!Trim(line).empty()) wanted.emplace(Trim(line));
  }
  inputs->erase(std::remove_if(inputs->begin(),
                               inputs->end(),
                               [&](const PredictionInput& input) {
                                 if (wanted.count(input.trial) == 0) return true;
                                 found.insert(input.trial);
                                 return false;
                               }),
                inputs->end());
  std::vector<std::string> absent;
  std::set_difference(
      wanted.begin(), wanted.end(), found.begin(), found.end(), std::back_inserter(absent));
  if (absent.empty()) return;
  throw Error(ErrorCode::kNotFound,
              list.string() + ": no input for trial '" + absent[0] + "'" +
                  (absent.size() > 1 ? " and " + std::to_string(absent.size() - 1) + " more" : ""));
}

}  // namespace

std::optional<int> CameraIndex(const std::string& argument) {
  const std::string prefix = "camera:";
  if (argument.rfind(prefix, 0) != 0) return std::nullopt;
  const auto index = ParseInt(argument.substr(prefix.size()));
  if (!index || *index < 0 || *index > 63) {
    throw Error(ErrorCode::kInvalidArgument,
                argument + ": a camera is camera:N, N being 0 to 63 as in /dev/video0");
  }
  return static_cast<int>(*index);
}

std::vector<PredictionInput> FindPredictionInputs(const std::vector<std::string>& arguments,
                                                  const fs::path& trials) {
  std::vector<PredictionInput> inputs;
  for (const std::string& argument : arguments) {
    if (!PathExists(argument) && CameraIndex(argument)) {
      throw Error(ErrorCode::kInvalidArgument,
                  "'" + argument + "' is a camera and goes alone; give it no other input");
    }
    const fs::path path =
        fs::path(argument).has_filename() ? fs::path(argument) : fs::path(argument).parent_path();
    if (IsFolder(path)) {
      const std::vector<PredictionInput> found = InputsOfFolder(path);
      inputs.insert(inputs.end(), found.begin(), found.end());
    } else {
      const bool store = path.extension() == ".safetensors";
      inputs.push_back({store ? InputKind::kStore : InputKind::kVideo, path, path.stem().string()});
    }
  }
  if (!trials.empty()) KeepTrials(trials, &inputs);
  return inputs;
}

}  // namespace circumplex
