// SPDX-License-Identifier: Apache-2.0
#include "datasets/aff_wild2.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/csv.h"
#include "core/files.h"
#include "datasets/crop_scan.h"
#include "datasets/media_search.h"
#include "datasets/training_overlap.h"
#include "datasets/trial_sources.h"
#include "labels/challenge_format.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

bool EndsWith(const std::string& text, const std::string& suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

struct AnnotationFile {
  fs::path path;
  Split split;
};

const std::vector<std::pair<std::string, Split>>& SplitFolders() {
  static const std::vector<std::pair<std::string, Split>> folders = {
      {"Train_Set", Split::kTrain},
      {"Training_Set", Split::kTrain},
      {"Validation_Set", Split::kValidation},
  };
  return folders;
}

/// The annotation files of `folder`: split folders, or files whose first line is
/// the annotations' header.
std::vector<AnnotationFile> AnnotationsIn(const fs::path& folder) {
  std::vector<AnnotationFile> files;
  if (!IsFolder(folder)) return files;
  bool has_splits = false;
  for (const auto& [name, split] : SplitFolders()) {
    if (!IsFolder(folder / name)) continue;
    has_splits = true;
    for (const fs::path& path : ListFolder(folder / name)) {
      if (Lower(path.extension().string()) == ".txt") files.push_back({path, split});
    }
  }
  if (has_splits) return files;
  for (const fs::path& path : ListFolder(folder)) {
    if (Lower(path.extension().string()) != ".txt" || !IsFile(path)) continue;
    const std::string text = ReadFile(path);
    const std::vector<std::string_view> lines = SplitLines(text);
    if (!lines.empty() && IsHeader(lines.front(), kTrialHeader))
      files.push_back({path, Split::kNone});
  }
  return files;
}

/// Places where editions put their annotations, the usual first.
std::vector<fs::path> AnnotationPlaces(const fs::path& root) {
  std::vector<fs::path> places;
  for (const fs::path& entry : ListFolder(root)) {
    if (IsFolder(entry) &&
        Lower(entry.filename().string()).find("annotation") != std::string::npos) {
      places.push_back(entry / "VA_Set");
      places.push_back(entry / "VA_Estimation_Challenge");
      places.push_back(entry);
    }
  }
  places.push_back(root / "VA_Set");
  places.push_back(root / "VA_Estimation_Challenge");
  places.push_back(root);
  return places;
}

std::vector<AnnotationFile> FindAnnotations(const fs::path& root, const fs::path& given) {
  if (!given.empty()) {
    RequireFolder(given, "annotations");
    std::vector<AnnotationFile> files = AnnotationsIn(given);
    if (files.empty()) files = AnnotationsIn(given / "VA_Set");
    if (files.empty()) {
      throw Error(ErrorCode::kBadData,
                  "no annotation in '" + given.string() +
                      "': neither Train_Set, Training_Set or Validation_Set nor text files "
                      "that start with 'valence,arousal'");
    }
    return files;
  }
  std::vector<AnnotationFile> found;
  fs::path found_in;
  std::string tried;
  for (const fs::path& place : AnnotationPlaces(root)) {
    tried += "\n  " + place.string();
    std::vector<AnnotationFile> files = AnnotationsIn(place);
    if (files.empty()) continue;
    if (!found.empty()) {
      throw Error(ErrorCode::kBadData,
                  "two sets of annotations, '" + found_in.string() + "' and '" + place.string() +
                      "'; editions must not be mixed, name the one to use");
    }
    found = std::move(files);
    found_in = place;
  }
  if (found.empty()) {
    throw Error(
        ErrorCode::kBadData,
        "no valence-arousal annotations under '" + root.string() +
            "'; tried, for Train_Set, Training_Set, Validation_Set or text files that start with "
            "'valence,arousal':" +
            tried);
  }
  return found;
}

fs::path FindTestList(const fs::path& root) {
  for (const char* name : {"va_test_set.txt",
                           "test_set_VA_Challenge.txt",
                           "annotations/va_test_set.txt",
                           "annotations/test_set_VA_Challenge.txt",
                           "names_of_videos_in_each_test_set/"
                           "Valence_Arousal_Estimation_Challenge_test_set_release.txt",
                           "Valence_Arousal_Estimation_Challenge_test_set_release.txt",
                           "CVPR_5th_ABAW_VA_test_set_sample.txt",
                           "CVPR_6th_ABAW_VA_test_set_example.txt",
                           "ABAW_VA_test_set_sample.txt"}) {
    if (IsFile(root / name)) return root / name;
  }
  return {};
}

}  // namespace

bool HasAffWild2Annotations(const fs::path& root, bool flat_root) {
  for (const fs::path& place : AnnotationPlaces(root)) {
    for (const auto& [name, split] : SplitFolders()) {
      if (IsFolder(place / name)) return true;
    }
    if ((flat_root || place != root) && !AnnotationsIn(place).empty()) return true;
  }
  return false;
}

TrialName ParseTrialName(const std::string& trial) {
  TrialName name;
  name.video = trial;
  for (const char* side : {"_left", "_right"}) {
    if (EndsWith(trial, side)) {
      name.side = side;
      name.video = trial.substr(0, trial.size() - name.side.size());
    }
  }
  name.recording = name.video;

  std::vector<std::string> fields(1);
  for (const char c : name.video) {
    if (c == '-') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (fields.size() >= 3 && AllDigits(fields[0])) {
    const std::size_t x = fields[2].find('x');
    const auto rate = ParseDouble(fields[1]);
    const bool is_size = x != std::string::npos &&
                         AllDigits(std::string_view(fields[2]).substr(0, x)) &&
                         AllDigits(std::string_view(fields[2]).substr(x + 1));
    if (is_size && rate && *rate > 0) {
      name.frame_rate = *rate;
      name.recording = fields[0] + "-" + fields[1] + "-" + fields[2];
    }
  } else if (name.video.rfind("video", 0) == 0) {
    const std::size_t part = name.video.find('_');
    if (part != std::string::npos && AllDigits(std::string_view(name.video).substr(5, part - 5)) &&
        AllDigits(std::string_view(name.video).substr(part + 1))) {
      name.recording = name.video.substr(0, part);
    }
  }
  return name;
}

std::vector<TestTrial> ReadTestList(const fs::path& path) {
  const std::string text = ReadFile(path);
  const std::vector<std::string_view> lines = SplitLines(text);
  const bool is_sample = !lines.empty() && IsSampleHeader(lines.front());
  std::vector<TestTrial> trials;
  std::map<std::string, std::size_t> index;
  for (std::size_t i = is_sample ? 1 : 0; i < lines.size(); ++i) {
    const std::string_view line = Trim(lines[i]);
    if (line.empty()) continue;
    const std::string where = path.string() + ":" + std::to_string(i + 1);
    if (is_sample) {
      const std::string_view image = Trim(line.substr(0, line.find(',')));
      const auto location = ParseImageLocation(image);
      if (!location) throw Error(ErrorCode::kBadData, where + ": " + ImageLocationDefect(image));
      const std::string& name = location->trial;
      const auto [it, is_new] = index.emplace(name, trials.size());
      if (is_new) trials.push_back({name, 0});
      ++trials[it->second].rows;
    } else {
      const std::string name(line);
      if (!index.emplace(name, trials.size()).second) {
        throw Error(ErrorCode::kBadData, where + ": trial '" + name + "' is in the list twice");
      }
      trials.push_back({name, 0});
    }
  }
  return trials;
}

namespace {

// The trials of a test list, none of which may be among the annotated ones, `seen`; they join them.
std::vector<TestTrial> ReadUnannotatedTests(const fs::path& path,
                                            std::map<std::string, fs::path>* seen) {
  std::vector<TestTrial> trials = ReadTestList(path);
  std::string mixed;
  std::int64_t count = 0;
  for (const TestTrial& listed : trials) {
    if (seen->emplace(listed.name, path).second) continue;
    ++count;
    if (count <= 10) mixed += (mixed.empty() ? "" : ", ") + listed.name;
  }
  if (count > 0) {
    throw Error(ErrorCode::kBadData,
                std::to_string(count) + " trials of the test list '" + path.string() +
                    "' are annotated (" + mixed +
                    "); list and annotations are of different editions, use one edition");
  }
  return trials;
}

}  // namespace

Manifest ReadAffWild2(const fs::path& root, const AffWild2Options& options) {
  RequireFolder(root, "a data set");
  const fs::path test_path = options.test_list.empty() ? FindTestList(root) : options.test_list;

  const std::vector<AnnotationFile> files = FindAnnotations(root, options.annotations);
  TrialSources sources = ReadTrialSources(root, options.persons, options.splits);
  sources.crops = FindCropFolders(root, options.crops);
  sources.videos = FindVideos(root, options.videos);

  Manifest manifest;
  manifest.layout = "aff-wild2";
  manifest.root = root;
  std::vector<Defect>& defects = manifest.defects;
  sources.ReportNoCrops(root, &defects);

  const auto make_trial = [&](const std::string& name) {
    Trial trial;
    trial.name = name;
    const TrialName parsed = ParseTrialName(name);
    trial.video = parsed.video;
    trial.frame_rate = parsed.frame_rate;
    trial.person = parsed.recording + parsed.side;
    trial.recording = parsed.recording;
    sources.Describe({name}, {name, parsed.video}, &trial);
    return trial;
  };

  std::map<std::string, fs::path> seen;
  for (const AnnotationFile& file : files) {
    Trial trial = make_trial(file.path.stem().string());
    trial.split = file.split;
    trial.annotation = file.path;
    const auto [it, is_new] = seen.emplace(trial.name, file.path);
    if (!is_new) {
      throw Error(ErrorCode::kBadData,
                  "trial '" + trial.name + "' is annotated twice: '" + it->second.string() +
                      "' and '" + file.path.string() + "'; remove one");
    }
    if (const auto split = sources.SplitOf(trial.name)) {
      trial.split = *split;
    } else if (!sources.splits_path.empty()) {
      defects.push_back({trial.name,
                         "no_split",
                         "not in '" + sources.splits_path.string() + "'",
                         std::string("split ") + SplitName(trial.split)});
    }
    AddAnnotation(&trial, &defects);
    sources.AddCropsOf(&trial, &defects);
    manifest.trials.push_back(std::move(trial));
  }

  if (!test_path.empty()) {
    for (const TestTrial& listed : ReadUnannotatedTests(test_path, &seen)) {
      Trial trial = make_trial(listed.name);
      trial.split = Split::kTest;
      trial.rows = listed.rows;
      sources.AddCropsOf(&trial, &defects);
      manifest.trials.push_back(std::move(trial));
    }
  }

  sources.ReportLeftovers([&](const std::string& name) { return seen.count(name) > 0; }, &defects);
  for (const auto& [name, folder] : sources.crops.by_name) {
    if (!seen.count(name)) {
      const auto count = static_cast<std::int64_t>(ScanCrops(folder).frames.size());
      manifest.crops_left_out += count;
      defects.push_back({name,
                         "crops_without_annotation",
                         "the " + std::to_string(count) + " crops of '" + folder.string() +
                             "' have neither annotation nor entry in a test list",
                         "left out"});
    }
  }
  SortTrials(&manifest.trials);
  EditionOf(manifest);
  return manifest;
}

}  // namespace circumplex
