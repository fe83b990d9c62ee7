// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace circumplex {

struct SequenceImage {
  std::int64_t frame = 0;  ///< Zero-based.
  std::filesystem::path path;
};

/// The pictures of a folder as frames, by ascending frame. The last run of digits in a file's stem
/// is its number: `00001.jpg` (Aff-Wild2) and `frame_det_00_000001.bmp` (OpenFace) are frame 0.
/// Numbers count from one, unless one of the files has number 0. If no name has digits, the natural
/// order of the names counts the frames. Other files and hidden ones are left out.
///
/// @return  Frames may be missing; none occurs twice. Empty if the folder holds no picture.
/// @throws Error kNotFound if `folder` is not a folder; kBadData naming the files if two have the
/// same number,
///   some have none, or a number exceeds 10 000 000 (a date, not a frame).
/// Cost O(n log n); decodes nothing. Thread-safe.
std::vector<SequenceImage> ListImageSequence(const std::filesystem::path& folder);

}  // namespace circumplex
