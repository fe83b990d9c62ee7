// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "datasets/manifest.h"
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

}  // namespace circumplex
