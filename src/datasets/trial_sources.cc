// SPDX-License-Identifier: Apache-2.0
#include "datasets/trial_sources.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/media_names.h"
#include "datasets/crop_scan.h"
#include "datasets/trial_labels.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

/// Column called one of `names`, or nothing.
std::optional<std::size_t> AnyColumn(const CsvTable& table, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    for (std::size_t i = 0; i < table.header.size(); ++i) {
      if (Lower(std::string(Trim(table.header[i]))) == name) return i;
    }
  }
  return std::nullopt;
}

/// Runs of equal truth at the start, inside, and at the end of the rows.
std::string UnannotatedDetail(const std::vector<VaLabel>& labels, std::int64_t count) {
  std::size_t leading = 0, trailing = 0;
  while (leading < labels.size() && !labels[leading].annotated) ++leading;
  while (trailing < labels.size() - leading && !labels[labels.size() - 1 - trailing].annotated)
    ++trailing;
  const std::int64_t inner = count - static_cast<std::int64_t>(leading + trailing);
  return std::to_string(count) + " of " + std::to_string(labels.size()) + " rows (leading " +
         std::to_string(leading) + ", inner " + std::to_string(inner) + ", trailing " +
         std::to_string(trailing) + ")";
}

}  // namespace

std::string Lower(std::string text) {
  std::transform(
      text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

CsvFacts ReadFacts(const fs::path& path, bool need_split, bool need_person) {
  const CsvTable table = ReadCsv(path);
  const std::string source = path.string();
  const auto name = AnyColumn(table, {"trial", "name", "file", "video"});
  const auto person = AnyColumn(table, {"person", "subject"});
  const auto split = AnyColumn(table, {"split"});
  std::string lacking;
  if (!name) lacking = "trial (or name, file, video)";
  if (need_split && !split) lacking += std::string(lacking.empty() ? "" : ", ") + "split";
  if (need_person && !person)
    lacking += std::string(lacking.empty() ? "" : ", ") + "person (or subject)";
  if (!lacking.empty()) {
    std::string present;
    for (const std::string& column : table.header) present += (present.empty() ? "" : ",") + column;
    throw Error(ErrorCode::kBadData,
                source + ":1: no column " + lacking + "; the file has " + present);
  }
  CsvFacts facts;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::string where = source + ":" + std::to_string(i + 2);
    const fs::path file(std::string(Trim(table.rows[i][*name])));
    const std::string trial = IsVideoName(file) || Lower(file.extension().string()) == ".txt"
                                  ? file.stem().string()
                                  : file.string();
    if (trial.empty() || !facts.names.insert(trial).second) {
      throw Error(ErrorCode::kBadData, where + ": trial '" + trial + "' is empty or named twice");
    }
    if (person) {
      const std::string who(Trim(table.rows[i][*person]));
      if (!who.empty()) facts.person[trial] = who;
    }
    if (split) facts.split[trial] = ParseSplit(table.rows[i][*split], where);
  }
  return facts;
}

void AddAnnotation(Trial* trial, std::vector<Defect>* defects) {
  AddLabels(ReadTrialLabels(*trial), trial, defects);
}

void AddLabels(const std::vector<VaLabel>& labels, Trial* trial, std::vector<Defect>* defects) {
  trial->rows = static_cast<std::int64_t>(labels.size());
  trial->annotated =
      std::count_if(labels.begin(), labels.end(), [](const VaLabel& l) { return l.annotated; });
  if (labels.empty()) {
    defects->push_back({trial->name,
                        "empty_annotation",
                        "'" + trial->annotation.string() + "' has no row",
                        "not used"});
  } else if (trial->annotated < trial->rows) {
    defects->push_back({trial->name,
                        "unannotated_rows",
                        UnannotatedDetail(labels, trial->rows - trial->annotated),
                        "predicted, never trained on or scored"});
  }
}

void AddCrops(Trial* trial, std::vector<Defect>* defects) {
  const CropScan scan = ScanCrops(trial->crops);
  trial->crop_count = static_cast<std::int64_t>(scan.frames.size());
  const std::string& name = trial->name;
  const std::int64_t rows = trial->rows;
  if (scan.unnumbered > 0) {
    defects->push_back({name,
                        "bad_crop_names",
                        std::to_string(scan.unnumbered) + " images in '" + trial->crops.string() +
                            "' without a frame number",
                        "ignored"});
  }
  if (scan.repeated > 0) {
    defects->push_back({name,
                        "repeated_crops",
                        std::to_string(scan.repeated) + " files repeat a frame number in '" +
                            trial->crops.string() + "'",
                        "counted once"});
  }
  if (scan.frames.empty()) {
    defects->push_back({name,
                        "no_crops",
                        "folder '" + trial->crops.string() + "' has no crop",
                        "rows are kept without features"});
    return;
  }
  if (rows == 0) return;
  const MissingCrops missing = CountMissing(scan.frames, rows);
  if (missing.Total() > 0) {
    defects->push_back({name,
                        "missing_crops",
                        std::to_string(missing.Total()) + " of " + std::to_string(rows) +
                            " rows (leading " + std::to_string(missing.leading) + ", inner " +
                            std::to_string(missing.inner) + ", trailing " +
                            std::to_string(missing.trailing) + ")",
                        "rows are kept without features"});
  }
  if (missing.beyond > 0) {
    defects->push_back({name,
                        "crops_beyond_rows",
                        std::to_string(missing.beyond) + " crops after row " + std::to_string(rows),
                        "ignored"});
  }
}

void TrialSources::Describe(const std::vector<std::string>& crop_names,
                            const std::vector<std::string>& video_names,
                            Trial* trial) const {
  for (const CsvFacts* facts : {&splits, &persons}) {
    if (const auto it = facts->person.find(trial->name); it != facts->person.end())
      trial->person = it->second;
  }
  const auto find_first =
      [](const FoundMedia& media, const std::vector<std::string>& names, fs::path* path) {
        for (const std::string& name : names) {
          const auto it = media.by_name.find(name);
          if (it == media.by_name.end()) continue;
          *path = it->second;
          return;
        }
      };
  find_first(crops, crop_names, &trial->crops);
  find_first(videos, video_names, &trial->video_file);
}

std::optional<Split> TrialSources::SplitOf(const std::string& trial) const {
  const auto it = splits.split.find(trial);
  if (it == splits.split.end()) return std::nullopt;
  return it->second;
}

void TrialSources::AddCropsOf(Trial* trial, std::vector<Defect>* defects) const {
  if (!trial->crops.empty()) {
    AddCrops(trial, defects);
  } else if (!crops.by_name.empty()) {
    defects->push_back({trial->name,
                        "no_crops",
                        "no folder of crops has this name",
                        "rows are kept without features"});
  }
}

void TrialSources::ReportNoCrops(const fs::path& root, std::vector<Defect>* defects) const {
  if (!crops.by_name.empty()) return;
  defects->push_back({"",
                      "no_crop_folder",
                      "no folder of crops under '" + root.string() + "'",
                      "rows are kept without features"});
}

void TrialSources::ReportLeftovers(const std::function<bool(const std::string&)>& is_known,
                                   std::vector<Defect>* defects) const {
  const auto report_twice = [&](const FoundMedia& media, const char* kind, const char* what) {
    for (const std::string& name : media.twice) {
      defects->push_back({name,
                          kind,
                          std::string("two ") + what + " have this name",
                          "'" + media.by_name.at(name).string() + "' is used"});
    }
  };
  report_twice(crops, "two_crop_folders", "folders of crops");
  report_twice(videos, "two_videos", "video files");
  for (const auto& [facts, path] :
       {std::make_pair(&splits, &splits_path), std::make_pair(&persons, &persons_path)}) {
    for (const std::string& name : facts->names) {
      if (is_known(name)) continue;
      defects->push_back({name,
                          "unknown_in_csv",
                          "named in '" + path->string() + "' without annotation",
                          "ignored"});
    }
  }
}

TrialSources ReadTrialSources(const fs::path& root,
                              const fs::path& persons,
                              const fs::path& splits) {
  const auto usual = [&](const fs::path& given, const char* name) {
    return !given.empty() ? given : IsFile(root / name) ? root / name : fs::path();
  };
  TrialSources sources;
  sources.persons_path = usual(persons, "persons.csv");
  sources.splits_path = usual(splits, "splits.csv");
  if (!sources.persons_path.empty()) sources.persons = ReadFacts(sources.persons_path, false, true);
  if (!sources.splits_path.empty()) sources.splits = ReadFacts(sources.splits_path, true, false);
  return sources;
}

void SortTrials(std::vector<Trial>* trials) {
  std::sort(trials->begin(), trials->end(), [](const Trial& a, const Trial& b) {
    return NaturalLess(a.name, b.name);
  });
}

}  // namespace circumplex
