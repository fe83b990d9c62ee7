// SPDX-License-Identifier: Apache-2.0
#include "datasets/aff_wild.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/text_fields.h"
#include "datasets/crop_scan.h"
#include "datasets/media_search.h"
#include "datasets/trial_sources.h"
#include "labels/challenge_format.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

const std::vector<std::pair<std::string, Split>>& SplitFolders() {
  static const std::vector<std::pair<std::string, Split>> folders = {
      {"train", Split::kTrain},
      {"val", Split::kValidation},
      {"validation", Split::kValidation},
      {"test", Split::kTest},
  };
  return folders;
}

std::vector<double> ReadNumbers(const fs::path& path, const char* name) {
  const std::string text = ReadFile(path);
  const std::vector<std::string_view> lines = TextRows(text);
  std::vector<double> values;
  values.reserve(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto value = ParseDouble(Trim(lines[i]));
    if (!value || (*value != kChallengeSentinel && !(*value >= -1 && *value <= 1))) {
      throw Error(ErrorCode::kBadData,
                  At(path.string(), i + 1) + name + " " + Quoted(lines[i]) +
                      " must be a number in [-1, 1], or -5 in both files for a frame that is not "
                      "annotated");
    }
    values.push_back(*value);
  }
  return values;
}

/// Names of `.txt` files in `folder`; nothing if it is absent.
std::set<std::string> TextStems(const fs::path& folder) {
  std::set<std::string> stems;
  if (!IsFolder(folder)) return stems;
  for (const fs::path& path : ListFolder(folder)) {
    if (Lower(path.extension().string()) == ".txt") stems.insert(path.stem().string());
  }
  return stems;
}

/// Numbers of the point files of one video, ascending.
std::vector<std::int64_t> PtsNumbers(const fs::path& folder) {
  std::vector<std::int64_t> numbers;
  for (const fs::path& path : FolderEntries(folder)) {
    if (Lower(path.extension().string()) != ".pts") continue;
    const auto number = ParseInt(path.stem().string());
    if (number && *number >= 0) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

using PtsFolders = std::map<std::string, std::vector<std::int64_t>>;

/// `<root>/<any of names>/<split>/<id>/`, by id.
PtsFolders FindPts(const fs::path& root, const std::vector<const char*>& names) {
  PtsFolders found;
  for (const char* name : names) {
    for (const auto& [split, unused] : SplitFolders()) {
      const fs::path place = root / name / split;
      if (!IsFolder(place)) continue;
      for (const fs::path& entry : ListFolder(place)) {
        if (IsFolder(entry)) found.emplace(entry.filename().string(), PtsNumbers(entry));
      }
    }
  }
  return found;
}

/// Compares point files with rows, as crops are compared.
void AddPts(const Trial& trial,
            const PtsFolders& folders,
            const std::string& what,
            std::vector<Defect>* defects) {
  const auto it = folders.find(trial.name);
  if (it == folders.end() || trial.rows == 0) return;
  const bool from_zero = std::any_of(folders.begin(), folders.end(), [](const auto& entry) {
    return !entry.second.empty() && entry.second.front() == 0;
  });
  std::vector<std::int64_t> frames;
  for (const std::int64_t number : it->second) {
    if (number >= (from_zero ? 0 : 1)) frames.push_back(number - (from_zero ? 0 : 1));
  }
  const MissingCrops missing = CountMissing(frames, trial.rows);
  if (missing.Total() > 0) {
    defects->push_back({trial.name,
                        "missing_" + what,
                        std::to_string(missing.Total()) + " of " + std::to_string(trial.rows) +
                            " rows have no .pts file",
                        "counted only"});
  }
  if (missing.beyond > 0) {
    defects->push_back(
        {trial.name,
         what + "_beyond_rows",
         std::to_string(missing.beyond) + " .pts files after row " + std::to_string(trial.rows),
         "ignored"});
  }
}

FoundMedia FindCrops(const fs::path& root, const std::vector<fs::path>& given) {
  FoundMedia found = FindCropFolders(root, given);
  if (given.empty()) {
    std::vector<fs::path> more;
    for (const char* name : {"crops", "processed", "openface"}) {
      if (IsFolder(root / name)) more.push_back(root / name);
    }
    if (!more.empty()) {
      const FoundMedia others = FindCropFolders(root, more);
      for (const auto& [name, path] : others.by_name) {
        if (!found.by_name.emplace(name, path).second) found.twice.push_back(name);
      }
      found.twice.insert(found.twice.end(), others.twice.begin(), others.twice.end());
    }
  }
  return found;
}

/// Split of a video file, by the name of a folder above it.
Split SplitOfVideo(const fs::path& file) {
  for (fs::path folder = file.parent_path(); folder.has_filename(); folder = folder.parent_path()) {
    for (const auto& [name, split] : SplitFolders()) {
      if (Lower(folder.filename().string()) == name) return split;
    }
  }
  return Split::kNone;
}

}  // namespace

fs::path AffWildAnnotations(const fs::path& root) {
  for (const fs::path& place : {root / "annotations", root}) {
    for (const auto& [split, unused] : SplitFolders()) {
      if (IsFolder(place / split / "valence") && IsFolder(place / split / "arousal")) return place;
    }
  }
  return {};
}

AffWildLabels ReadAffWildLabels(const fs::path& valence_path, const fs::path& arousal_path) {
  const std::vector<double> valence = ReadNumbers(valence_path, "valence");
  const std::vector<double> arousal = ReadNumbers(arousal_path, "arousal");
  AffWildLabels result;
  result.valence_rows = valence.size();
  result.arousal_rows = arousal.size();
  result.labels.resize(std::min(valence.size(), arousal.size()));
  for (std::size_t i = 0; i < result.labels.size(); ++i) {
    if ((valence[i] == kChallengeSentinel) != (arousal[i] == kChallengeSentinel)) {
      const bool in_valence = valence[i] == kChallengeSentinel;
      throw Error(ErrorCode::kBadData,
                  At((in_valence ? valence_path : arousal_path).string(), i + 1) +
                      "-5 here but not in '" + (in_valence ? arousal_path : valence_path).string() +
                      "'; a frame is annotated in both or in none");
    }
    if (valence[i] != kChallengeSentinel) {
      result.labels[i] = {{valence[i], arousal[i]}, true};
    }
  }
  return result;
}

namespace {

fs::path FindAnnotations(const fs::path& root, const fs::path& given) {
  RequireFolder(root, "a data set");
  if (!given.empty()) {
    RequireFolder(given, "annotations");
    return given;
  }
  const fs::path annotations = AffWildAnnotations(root);
  if (annotations.empty()) {
    throw Error(ErrorCode::kBadData,
                "no Aff-Wild annotations under '" + root.string() +
                    "': neither annotations/<split>/{valence,arousal} nor "
                    "<split>/{valence,arousal} with a split train, val, validation or test");
  }
  return annotations;
}

// Reads the two files of a trial into it.
void AddPairedLabels(const fs::path& valence,
                     const fs::path& arousal,
                     Trial* trial,
                     std::vector<Defect>* defects) {
  trial->annotation = valence;
  trial->annotation_second = arousal;
  trial->annotation_format = AnnotationFormat::kTwoFiles;
  const AffWildLabels labels = ReadAffWildLabels(valence, arousal);
  if (labels.valence_rows != labels.arousal_rows) {
    defects->push_back({trial->name,
                        "unequal_annotations",
                        std::to_string(labels.valence_rows) + " rows of valence, " +
                            std::to_string(labels.arousal_rows) + " of arousal",
                        "cut to the shorter"});
  }
  AddLabels(labels.labels, trial, defects);
}

}  // namespace

Manifest ReadAffWild(const fs::path& root, const AffWildOptions& options) {
  const fs::path annotations = FindAnnotations(root, options.annotations);
  TrialSources sources = ReadTrialSources(root, options.persons);
  sources.crops = FindCrops(root, options.crops);
  sources.videos = FindVideos(root, options.videos);
  const PtsFolders boxes = FindPts(root, {"bboxes", "bboxs"});
  const PtsFolders landmarks = FindPts(root, {"landmarks"});

  Manifest manifest;
  manifest.layout = "aff-wild";
  manifest.root = root;
  std::vector<Defect>& defects = manifest.defects;
  sources.ReportNoCrops(root, &defects);
  const auto make_trial = [&](const std::string& name, Split split) {
    Trial trial;
    trial.name = trial.video = trial.person = name;
    trial.split = split;
    sources.Describe({name, name + "_aligned"}, {name}, &trial);
    return trial;
  };
  const auto add = [&](Trial trial) {
    sources.AddCropsOf(&trial, &defects);
    AddPts(trial, boxes, "boxes", &defects);
    AddPts(trial, landmarks, "landmarks", &defects);
    manifest.trials.push_back(std::move(trial));
  };

  std::map<std::string, std::string> split_of;
  for (const auto& [folder, split] : SplitFolders()) {
    const fs::path valence = annotations / folder / "valence";
    const fs::path arousal = annotations / folder / "arousal";
    const std::set<std::string> with_valence = TextStems(valence);
    const std::set<std::string> with_arousal = TextStems(arousal);
    std::set<std::string> all = with_valence;
    all.insert(with_arousal.begin(), with_arousal.end());
    for (const std::string& name : all) {
      const auto [it, is_new] = split_of.emplace(name, folder);
      if (!is_new) {
        throw Error(ErrorCode::kBadData,
                    "video '" + name + "' is annotated in '" + it->second + "' and in '" + folder +
                        "' of '" + annotations.string() + "'; remove one");
      }
      if (!with_valence.count(name) || !with_arousal.count(name)) {
        const bool lacks_arousal = with_valence.count(name) > 0;
        defects.push_back({name,
                           "annotation_unpaired",
                           "'" + ((lacks_arousal ? arousal : valence) / (name + ".txt")).string() +
                               "' is missing",
                           "left out"});
        continue;
      }
      Trial trial = make_trial(name, sources.SplitOf(name).value_or(split));
      AddPairedLabels(valence / (name + ".txt"), arousal / (name + ".txt"), &trial, &defects);
      add(std::move(trial));
    }
  }
  for (const auto& [name, file] : sources.videos.by_name) {
    if (split_of.count(name)) continue;
    if (SplitOfVideo(file.lexically_relative(root)) == Split::kTest) {
      split_of.emplace(name, "test");
      add(make_trial(name, Split::kTest));
    } else {
      defects.push_back({name,
                         "video_without_annotation",
                         "'" + file.string() + "' is not annotated and not in a test folder",
                         "left out"});
    }
  }
  sources.ReportLeftovers([&](const std::string& name) { return split_of.count(name) > 0; },
                          &defects);
  SortTrials(&manifest.trials);
  return manifest;
}

}  // namespace circumplex
