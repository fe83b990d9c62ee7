// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/manifest.h"

namespace circumplex {

enum class Layout { kAffWild2, kPlainFolder, kAffWild, kAffectNet, kAfewVa, kOmg };
/// "aff-wild2", "plain", "aff-wild", "affectnet", "afew-va", "omg".
const char* LayoutName(Layout layout);
std::vector<Layout> AllLayouts();
/// @throws Error kInvalidArgument for another name, listing all.
Layout ParseLayout(const std::string& name);

/// Which reader understands `root`, by looking at folder names and first lines only.
/// @throws Error kNotFound: no folder; kBadData: none, with each layout tried and what it lacks,
///         or two of them (data sets must not lie in one folder).
Layout DetectLayout(const std::filesystem::path& root);

/// DetectLayout, then that reader with its usual places.
/// @throws Error as the readers; kBadData for AffectNet, whose photographs are no trials:
///         ReadAffectNet is for those.
Manifest ReadDataset(const std::filesystem::path& root);

/// Places of a data set's parts that are not the usual ones. Empty = look there.
struct DatasetPlaces {
  std::filesystem::path annotations, splits, persons, test_list;
  std::vector<std::filesystem::path> crops, videos;

  bool AnyGiven() const;
};

/// The reader of `layout` with these places.
/// @throws Error as the readers; kInvalidArgument for a place that the layout does not
///         have (names it).
Manifest ReadDataset(const std::filesystem::path& root, Layout layout, const DatasetPlaces& places);

}  // namespace circumplex
