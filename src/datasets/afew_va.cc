// SPDX-License-Identifier: Apache-2.0
#include "datasets/afew_va.h"

#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/media_names.h"
#include "datasets/media_search.h"
#include "datasets/trial_sources.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

// The longest clip has 120 frames; a number beyond this is a damaged file.
constexpr std::int64_t kMaxFrames = 100'000;

[[noreturn]] void Bad(const fs::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadData, path.string() + ": " + what);
}

double TenthOf(const nlohmann::json& frame,
               const char* name,
               const std::string& key,
               const fs::path& path) {
  const auto it = frame.find(name);
  if (it == frame.end() || !it->is_number() || it->get<double>() < -10 || it->get<double>() > 10 ||
      it->get<double>() != static_cast<double>(static_cast<int>(it->get<double>()))) {
    Bad(path,
        "frame '" + key + "': " + name + " " + (it == frame.end() ? "is missing" : it->dump()) +
            "; it must be a whole number from -10 to 10");
  }
  return it->get<double>() / 10;
}

std::string TextField(const nlohmann::json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end()) return "";
  return it->is_string() ? it->get<std::string>() : it->is_number() ? it->dump() : "";
}

/// Folders `<NN>/<clip>`.
std::vector<fs::path> ClipFolders(const fs::path& root) {
  std::vector<fs::path> clips;
  for (const fs::path& part : ListFolder(root)) {
    if (!IsFolder(part) || !AllDigits(part.filename().string())) continue;
    for (const fs::path& clip : ListFolder(part)) {
      if (IsFolder(clip)) clips.push_back(clip);
    }
  }
  return clips;
}

fs::path JsonOf(const fs::path& clip) { return clip / (clip.filename().string() + ".json"); }

/// Numbers of the images of a clip, which count from 0.
std::set<std::int64_t> ImageNumbers(const fs::path& clip) {
  std::set<std::int64_t> numbers;
  for (const fs::path& path : ListFolder(clip)) {
    const auto number = ParseInt(path.stem().string());
    if (IsPictureName(path) && number && *number >= 0) numbers.insert(*number);
  }
  return numbers;
}

}  // namespace

AfewClip ReadAfewClip(const fs::path& path) {
  const std::string text = ReadFile(path);
  nlohmann::json root;
  try {
    root = nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    Bad(path, std::string("damaged JSON, ") + error.what());
  }
  if (!root.is_object() || !root.contains("frames") || !root["frames"].is_object())
    Bad(path, "no object 'frames'; it must map frame numbers to valence and arousal");
  AfewClip clip;
  clip.video_id = TextField(root, "video_id");
  clip.actor = TextField(root, "actor");
  for (const auto& [key, frame] : root["frames"].items()) {
    const auto number = ParseInt(key);
    if (!number || *number < 0 || *number >= kMaxFrames || !frame.is_object())
      Bad(path, "frame '" + key + "' must be a number from 0 with an object of labels");
    const std::size_t row = static_cast<std::size_t>(*number);
    if (row >= clip.labels.size()) clip.labels.resize(row + 1);
    clip.labels[row] = {
        {TenthOf(frame, "valence", key, path), TenthOf(frame, "arousal", key, path)}, true};
  }
  return clip;
}

bool HasAfewVa(const fs::path& root) {
  for (const fs::path& clip : ClipFolders(root)) {
    if (IsFile(JsonOf(clip))) return true;
  }
  return false;
}

Manifest ReadAfewVa(const fs::path& root) {
  RequireFolder(root, "a data set");
  TrialSources sources = ReadTrialSources(root);
  sources.crops = FindCropFolders(root, {});

  Manifest manifest;
  manifest.layout = "afew-va";
  manifest.root = root;
  std::vector<Defect>& defects = manifest.defects;
  sources.ReportNoCrops(root, &defects);
  std::map<std::string, fs::path> seen;
  for (const fs::path& folder : ClipFolders(root)) {
    Trial trial;
    trial.name = trial.video = trial.person = folder.filename().string();
    if (!IsFile(JsonOf(folder))) {
      defects.push_back({trial.name,
                         "clip_without_json",
                         "'" + JsonOf(folder).string() + "' is missing",
                         "left out"});
      continue;
    }
    const auto [it, is_new] = seen.emplace(trial.name, folder);
    if (!is_new) {
      throw Error(ErrorCode::kBadData,
                  "two clips of the name '" + trial.name + "': '" + it->second.string() +
                      "' and '" + folder.string() + "'; remove one");
    }
    trial.annotation = JsonOf(folder);
    trial.annotation_format = AnnotationFormat::kAfewJson;
    const AfewClip clip = ReadAfewClip(trial.annotation);
    if (!clip.actor.empty()) trial.person = clip.actor;
    sources.Describe({trial.name}, {}, &trial);
    trial.split = sources.SplitOf(trial.name).value_or(Split::kNone);
    AddLabels(clip.labels, &trial, &defects);

    const std::set<std::int64_t> images = ImageNumbers(folder);
    if (!images.empty()) trial.video_file = folder;
    const std::int64_t within =
        static_cast<std::int64_t>(std::distance(images.begin(), images.lower_bound(trial.rows)));
    if (within < trial.rows) {
      defects.push_back({trial.name,
                         "frames_without_image",
                         std::to_string(trial.rows - within) + " of " + std::to_string(trial.rows) +
                             " rows have no image in '" + folder.string() + "'",
                         "rows are kept"});
    }
    if (const std::int64_t beyond = static_cast<std::int64_t>(images.size()) - within; beyond > 0) {
      defects.push_back({trial.name,
                         "images_without_label",
                         std::to_string(beyond) + " images after row " + std::to_string(trial.rows),
                         "ignored"});
    }
    sources.AddCropsOf(&trial, &defects);
    manifest.trials.push_back(std::move(trial));
  }
  if (manifest.trials.empty()) {
    throw Error(ErrorCode::kBadData,
                "no clip in '" + root.string() +
                    "'; looked for <NN>/<clip>/<clip>.json with a number <NN>");
  }
  sources.ReportLeftovers([&](const std::string& name) { return seen.count(name) > 0; }, &defects);
  SortTrials(&manifest.trials);
  return manifest;
}

}  // namespace circumplex
