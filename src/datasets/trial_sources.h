// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "datasets/manifest.h"
#include "datasets/media_search.h"
#include "labels/annotation_io.h"

namespace circumplex {

// Shared by the readers of this layer.

std::string Lower(std::string text);  ///< ASCII only.

/// What a CSV says about trials.
struct CsvFacts {
  std::map<std::string, std::string> person;
  std::map<std::string, Split> split;
  std::set<std::string> names;
};

/// Columns by header, in any case: trial | name | file | video; person | subject; split. A file
/// name stands for its stem. @throws Error kNotFound, kBadData with file:line: a needed column is
/// missing, a trial twice.
CsvFacts ReadFacts(const std::filesystem::path& path, bool need_split, bool need_person);

/// Fills rows and annotated from `labels`; records empty_annotation and unannotated_rows.
void AddLabels(const std::vector<VaLabel>& labels, Trial* trial, std::vector<Defect>* defects);

/// AddLabels of what ReadTrialLabels reads.
void AddAnnotation(Trial* trial, std::vector<Defect>* defects);

/// Fills crop_count from trial->crops; records bad_crop_names, repeated_crops, no_crops,
/// missing_crops and crops_beyond_rows (the last two only where rows are known).
void AddCrops(Trial* trial, std::vector<Defect>* defects);

/// What describes the trials of a data set from outside their annotations.
struct TrialSources {
  std::filesystem::path persons_path, splits_path;  ///< Empty = no such file.
  CsvFacts persons, splits;
  FoundMedia crops, videos;

  /// Sets the person where a CSV names one (persons.csv before splits.csv), the crop folder that
  /// has the first of `crop_names` that exists, and likewise the video; what is not found stays.
  void Describe(const std::vector<std::string>& crop_names,
                const std::vector<std::string>& video_names,
                Trial* trial) const;
  /// What splits.csv says of a trial, or nothing.
  std::optional<Split> SplitOf(const std::string& trial) const;
  /// AddCrops of a described trial, or no_crops if other trials have a folder and it has none.
  void AddCropsOf(Trial* trial, std::vector<Defect>* defects) const;
  /// Records no_crop_folder if nothing under `root` holds crops.
  void ReportNoCrops(const std::filesystem::path& root, std::vector<Defect>* defects) const;
  /// Records two_crop_folders, two_videos, and unknown_in_csv for names that `is_known` denies.
  void ReportLeftovers(const std::function<bool(const std::string&)>& is_known,
                       std::vector<Defect>* defects) const;
};

/// Reads persons.csv and splits.csv of `root`, or the given files instead; media are left to the
/// reader. @throws Error as ReadFacts.
TrialSources ReadTrialSources(const std::filesystem::path& root,
                              const std::filesystem::path& persons = {},
                              const std::filesystem::path& splits = {});

/// Natural order of their names, which is the order of every manifest.
void SortTrials(std::vector<Trial>* trials);

}  // namespace circumplex
