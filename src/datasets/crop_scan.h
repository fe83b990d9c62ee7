// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace circumplex {

/// What a folder of crops holds, by file name only (nothing is decoded).
struct CropScan {
  std::vector<std::int64_t> frames;  ///< Zero-based frame numbers, ascending, each once.
  std::int64_t repeated = 0;         ///< Files whose number another file has (00001.jpg and 1.png).
  std::int64_t unnumbered = 0;       ///< Pictures without a frame number in their name.
};

/// Pictures and their numbers are those of ListPictures(), as for features and predictions.
///
/// @throws Error kNotFound if `folder` is not a folder, kIo. Cost O(files). Thread-safe.
CropScan ScanCrops(const std::filesystem::path& folder);

/// Where crops are missing among `rows` annotation rows.
struct MissingCrops {
  std::int64_t leading = 0;   ///< Rows before the first crop.
  std::int64_t inner = 0;     ///< Rows without crop between two crops.
  std::int64_t trailing = 0;  ///< Rows after the last crop.
  std::int64_t beyond = 0;    ///< Crops whose number has no row.
  std::int64_t Total() const { return leading + inner + trailing; }
};

/// @param frames  as CropScan::frames. Without any crop below `rows`, all rows count as leading.
MissingCrops CountMissing(const std::vector<std::int64_t>& frames, std::int64_t rows);

}  // namespace circumplex
