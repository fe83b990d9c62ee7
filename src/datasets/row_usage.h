// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/manifest.h"

namespace circumplex {

/// What becomes of the annotation rows of one trial. Always
///
///     rows = used + unannotated + without_crop + unannotated_without_crop
///
/// and crops = used + unannotated + beyond_rows.
struct RowUsage {
  std::string trial;
  std::int64_t rows = 0;
  std::int64_t used = 0;          ///< Annotated, with a crop.
  std::int64_t unannotated = 0;   ///< -5 with a crop: predicted, never trained or scored.
  std::int64_t without_crop = 0;  ///< Annotated, no crop: scored by the missing-frame rule.
  std::int64_t unannotated_without_crop = 0;  ///< Neither.
  std::int64_t crops = 0;                     ///< Crops on disk, each number once.
  std::int64_t beyond_rows = 0;               ///< Crops whose number has no row: ignored.

  bool operator==(const RowUsage& other) const;
};

/// Reads every annotation and lists every crop folder of the manifest again; test trials have zero
/// rows and only `crops` and `beyond_rows`.
///
/// @return One entry per trial, in the manifest's order.
/// @throws Error kNotFound, kBadData, kIo. Cost O(rows + crops). Thread-safe.
std::vector<RowUsage> CountRowUsage(const Manifest& manifest);

/// Sum over trials, named "total".
RowUsage TotalUsage(const std::vector<RowUsage>& usage);

/// One row per trial and a last row "total". Atomic.
void WriteRowUsage(const std::filesystem::path& path, const std::vector<RowUsage>& usage);

}  // namespace circumplex
