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
  std::int64_t unnumbered = 0;       ///< Images without a frame number >= 1 in their name.
};

/// Frame number of a crop is the run of digits at the end of its stem, counted from 1: `00001.jpg`,
/// `frame_det_00_000001.bmp`. Images are jpg, jpeg, png and bmp in any case; other files are
/// ignored.
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

bool IsImageFile(const std::filesystem::path& path);  ///< By extension.
bool IsVideoFile(const std::filesystem::path& path);  ///< By extension.

}  // namespace circumplex
