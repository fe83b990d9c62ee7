// SPDX-License-Identifier: Apache-2.0
#include "datasets/plain_folder.h"

#include <algorithm>
#include <map>

#include "core/files.h"
#include "core/media_names.h"
#include "datasets/trial_sources.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

/// Files that describe the folder as a whole, never one trial.
bool IsReserved(const std::string& name) {
  return name == "persons.csv" || name == "splits.csv" || name == "manifest.csv" ||
         name == "defects.csv" || name == "folds.csv";
}

bool HoldsImages(const fs::path& folder) {
  const std::vector<fs::path> entries = FolderEntries(folder);
  return std::any_of(entries.begin(), entries.end(), IsPictureName);
}

}  // namespace

Manifest ReadPlainFolder(const fs::path& root) {
  Manifest manifest;
  manifest.layout = "plain";
  manifest.root = root;

  std::map<std::string, Trial> trials;
  std::map<std::string, fs::path> annotations;
  const auto trial_named = [&](const std::string& name) -> Trial& {
    Trial& trial = trials[name];
    trial.name = trial.video = trial.person = name;
    return trial;
  };
  for (const fs::path& entry : ListFolder(root)) {
    const std::string name = entry.filename().string();
    const std::string extension = Lower(entry.extension().string());
    if (IsFolder(entry)) {
      if (HoldsImages(entry)) trial_named(name).crops = entry;
    } else if (IsVideoName(entry)) {
      Trial& trial = trial_named(entry.stem().string());
      if (!trial.video_file.empty()) {
        throw Error(ErrorCode::kBadData,
                    "two videos of the name '" + trial.name + "': '" + trial.video_file.string() +
                        "' and '" + entry.string() + "'; rename one");
      }
      trial.video_file = entry;
    } else if ((extension == ".csv" || extension == ".txt") && !IsReserved(name)) {
      const auto [it, is_new] = annotations.emplace(entry.stem().string(), entry);
      if (!is_new) {
        throw Error(ErrorCode::kBadData,
                    "two annotations of '" + it->first + "': '" + it->second.string() + "' and '" +
                        entry.string() + "'; remove one");
      }
    }
  }
  if (trials.empty()) {
    throw Error(ErrorCode::kBadData,
                "no trial in '" + root.string() +
                    "'; looked for folders with jpg, png or bmp images and for video files");
  }

  const TrialSources sources = ReadTrialSources(root);
  sources.ReportLeftovers([&](const std::string& name) { return trials.count(name) > 0; },
                          &manifest.defects);
  for (auto& [name, trial] : trials) {
    sources.Describe({}, {}, &trial);
    trial.split = sources.SplitOf(name).value_or(Split::kNone);
    if (const auto it = annotations.find(name); it != annotations.end()) {
      trial.annotation = it->second;
      AddAnnotation(&trial, &manifest.defects);
      annotations.erase(it);
    }
    if (!trial.crops.empty()) AddCrops(&trial, &manifest.defects);
    manifest.trials.push_back(std::move(trial));
  }
  for (const auto& [name, path] : annotations) {
    manifest.defects.push_back(
        {name,
         "annotation_without_media",
         "'" + path.string() + "' has neither a folder of crops nor a video of its name",
         "ignored"});
  }
  SortTrials(&manifest.trials);
  return manifest;
}

}  // namespace circumplex
