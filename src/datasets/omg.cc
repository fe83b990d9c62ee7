// SPDX-License-Identifier: Apache-2.0
#include "datasets/omg.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/text_fields.h"
#include "datasets/crop_scan.h"
#include "datasets/media_search.h"
#include "datasets/trial_sources.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void Bad(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kBadData, where + what);
}

Split SplitOfList(const fs::path& path) {
  const std::string name = Lower(path.stem().string());
  if (name.find("train") != std::string::npos) return Split::kTrain;
  if (name.find("valid") != std::string::npos) return Split::kValidation;
  if (name.find("test") != std::string::npos) return Split::kTest;
  return Split::kNone;
}

/// Columns of a list, by name.
struct Columns {
  std::size_t video = 0, utterance = 0, width = 0;
  std::optional<std::size_t> link, start, end, arousal, valence, emotion;
};

Columns FindColumns(std::string_view header, const std::string& source) {
  const std::vector<std::string_view> names = SplitFields(header);
  const auto find = [&](const char* name) -> std::optional<std::size_t> {
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end()) return std::nullopt;
    return static_cast<std::size_t>(it - names.begin());
  };
  Columns columns;
  columns.width = names.size();
  const auto video = find("video"), utterance = find("utterance");
  columns.valence = find("valence");
  columns.arousal = find("arousal");
  if (!video || !utterance || columns.valence.has_value() != columns.arousal.has_value()) {
    Bad(At(source, 1),
        "the header is " + Quoted(header) +
            "; it needs video and utterance, and both or none of arousal and valence");
  }
  columns.video = *video;
  columns.utterance = *utterance;
  columns.link = find("link");
  columns.start = find("start");
  columns.end = find("end");
  columns.emotion = find("EmotionMaxVote");
  return columns;
}

double InRange(
    std::string_view text, const char* name, double low, double high, const std::string& where) {
  const auto value = ParseDouble(text);
  if (!value || !(*value >= low && *value <= high)) {
    Bad(where,
        std::string(name) + " " + Quoted(text) + " must be a number in [" + FormatShortest(low) +
            ", " + FormatShortest(high) + "]");
  }
  return *value;
}

Utterance ParseUtterance(std::string_view line,
                         std::size_t number,
                         const Columns& columns,
                         const std::string& source) {
  const std::string where = At(source, number);
  const std::vector<std::string_view> fields = SplitFields(line);
  if (fields.size() != columns.width) {
    Bad(where,
        std::to_string(fields.size()) + " fields where the header has " +
            std::to_string(columns.width));
  }
  Utterance result;
  result.line = number;
  result.video = std::string(fields[columns.video]);
  result.utterance = std::string(fields[columns.utterance]);
  if (result.video.empty() || result.utterance.empty() ||
      result.video.find('/') != std::string::npos ||
      result.utterance.find('/') != std::string::npos) {
    Bad(where, "video and utterance must be names, not empty and without '/'");
  }
  const auto text = [&](const std::optional<std::size_t>& column) {
    return column ? fields[*column] : std::string_view();
  };
  result.link = std::string(text(columns.link));
  result.start_s = ParseDouble(text(columns.start)).value_or(0);
  result.end_s = ParseDouble(text(columns.end)).value_or(0);
  if (!text(columns.emotion).empty())
    result.emotion =
        static_cast<int>(InRange(text(columns.emotion), "EmotionMaxVote", 0, 100, where));
  const std::string_view arousal = text(columns.arousal), valence = text(columns.valence);
  if (!arousal.empty() || !valence.empty()) {
    result.label = {
        {InRange(valence, "valence", -1, 1, where), InRange(arousal, "arousal", 0, 1, where)},
        true};
  }
  return result;
}

/// Rows of a trial: its last crop's number, at least 1.
std::int64_t RowsOf(const Trial& trial) {
  if (trial.crops.empty()) return 1;
  const CropScan scan = ScanCrops(trial.crops);
  return scan.frames.empty() ? 1 : scan.frames.back() + 1;
}

std::vector<VaLabel> Repeated(const VaLabel& label, std::int64_t rows) {
  return std::vector<VaLabel>(static_cast<std::size_t>(rows), label);
}

/// Folders that may hold `<video>/<utterance>`.
std::vector<fs::path> MediaPlaces(const fs::path& root) {
  std::vector<fs::path> places = {root};
  for (const fs::path& entry : ListFolder(root)) {
    if (!IsFolder(entry)) continue;
    places.push_back(entry);
    for (const char* split : {"train", "validation", "test"}) {
      if (IsFolder(entry / split)) places.push_back(entry / split);
    }
  }
  return places;
}

}  // namespace

std::string Utterance::Name() const { return video + "_" + fs::path(utterance).stem().string(); }

std::vector<Utterance> ReadUtterances(const fs::path& path) {
  const std::string text = ReadFile(path), source = path.string();
  const std::vector<std::string_view> lines = TextRows(text);
  if (lines.empty()) Bad(At(source, 1), "the file is empty; it must start with link,start,end,...");
  const Columns columns = FindColumns(lines[0], source);
  const Split split = SplitOfList(path);
  std::vector<Utterance> utterances;
  std::set<std::string> names;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    Utterance utterance = ParseUtterance(lines[i], i + 1, columns, source);
    utterance.split = split;
    if (!names.insert(utterance.Name()).second) {
      Bad(At(source, i + 1), "utterance '" + utterance.Name() + "' has a row already");
    }
    utterances.push_back(std::move(utterance));
  }
  return utterances;
}

std::vector<VaLabel> ReadUtteranceLabels(const Trial& trial) {
  const std::string text = ReadFile(trial.annotation), source = trial.annotation.string();
  const std::vector<std::string_view> lines = TextRows(text);
  const Columns columns = FindColumns(lines.empty() ? std::string_view() : lines[0], source);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].find(trial.video) == std::string_view::npos) continue;
    const Utterance utterance = ParseUtterance(lines[i], i + 1, columns, source);
    if (utterance.Name() == trial.name) return Repeated(utterance.label, RowsOf(trial));
  }
  Bad(source + ": ", "no utterance '" + trial.name + "'; write the manifest again");
}

std::vector<fs::path> OmgLists(const fs::path& root) {
  std::vector<fs::path> lists;
  for (const fs::path& path : ListFolder(root)) {
    const std::string name = Lower(path.filename().string());
    if (name.rfind("omg_", 0) != 0 || Lower(path.extension().string()) != ".csv" || !IsFile(path))
      continue;
    const std::string text = ReadFile(path);
    const std::string header = NormalHeader(std::string_view(text).substr(0, text.find('\n')));
    if (header.find("video,utterance") != std::string::npos) lists.push_back(path);
  }
  return lists;
}

Manifest ReadOmg(const fs::path& root) {
  RequireFolder(root, "a data set");
  const std::vector<fs::path> lists = OmgLists(root);
  if (lists.empty()) {
    Bad("",
        "no list in '" + root.string() +
            "'; looked for omg_*.csv with a header that has video,utterance");
  }
  TrialSources sources = ReadTrialSources(root);
  sources.crops = FindCropFolders(root, {});
  const std::vector<fs::path> places = MediaPlaces(root);
  Manifest manifest;
  manifest.layout = "omg";
  manifest.root = root;
  std::vector<Defect>& defects = manifest.defects;
  sources.ReportNoCrops(root, &defects);

  struct Listed {
    fs::path list;
    Utterance utterance;
  };
  std::map<std::string, Listed> listed;
  for (const fs::path& list : lists) {
    std::int64_t replaced = 0;
    for (Utterance& utterance : ReadUtterances(list)) {
      const std::string name = utterance.Name();
      const auto [it, is_new] = listed.emplace(name, Listed{list, utterance});
      if (is_new) continue;
      const bool both = it->second.utterance.label.annotated && utterance.label.annotated;
      if (both || it->second.utterance.split != utterance.split) {
        Bad(At(list.string(), utterance.line),
            "utterance '" + name + "' is in '" + it->second.list.string() +
                "' too; remove one of the lists");
      }
      if (utterance.label.annotated) it->second = {list, std::move(utterance)};
      ++replaced;
    }
    if (replaced > 0) {
      defects.push_back({list.filename().string(),
                         "list_without_labels",
                         std::to_string(replaced) + " utterances are in another list too",
                         "the labelled list is used"});
    }
  }

  for (auto& [name, entry] : listed) {
    const Utterance& utterance = entry.utterance;
    Trial trial;
    trial.name = name;
    trial.video = trial.person = utterance.video;
    sources.Describe({name}, {}, &trial);
    trial.split = sources.SplitOf(name).value_or(utterance.split);
    for (const fs::path& place : places) {
      if (!trial.video_file.empty()) break;
      const fs::path file = place / utterance.video / utterance.utterance;
      if (IsFile(file)) trial.video_file = file;
    }
    if (trial.video_file.empty()) {
      defects.push_back(
          {name,
           "no_video",
           "no '" + utterance.video + "/" + utterance.utterance + "' under '" + root.string() + "'",
           "kept without video"});
    }
    if (utterance.label.annotated) {
      trial.annotation = entry.list;
      trial.annotation_format = AnnotationFormat::kUtterance;
      AddLabels(Repeated(utterance.label, RowsOf(trial)), &trial, &defects);
    }
    sources.AddCropsOf(&trial, &defects);
    manifest.trials.push_back(std::move(trial));
  }
  sources.ReportLeftovers([&](const std::string& name) { return listed.count(name) > 0; },
                          &defects);
  SortTrials(&manifest.trials);
  return manifest;
}

}  // namespace circumplex
