// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/frame_rate.h"

namespace circumplex {

/// True for a picture by its extension, in any case: jpg, jpeg, png, bmp, tif, tiff,
/// webp, ppm, pgm.
bool IsPictureName(const std::filesystem::path& path);

/// True for a video by its extension, in any case: mp4, m4v, mov, avi, mkv, webm, mpg, mpeg, wmv,
/// flv, ts, mts, m2ts, 3gp, ogv.
bool IsVideoName(const std::filesystem::path& path);

struct NumberedPicture {
  std::int64_t frame = 0;  ///< Zero-based.
  std::filesystem::path path;
};

/// The pictures of a folder by the numbers in their names.
struct PictureFolder {
  std::vector<NumberedPicture> pictures;          ///< By ascending frame; two may share one.
  std::vector<std::filesystem::path> unnumbered;  ///< Without a number where others have one.
};

/// The one rule for the number of a picture: the last run of digits in its stem, at most 10^7.
/// `00001.jpg` (Aff-Wild2) and `frame_det_00_000001.bmp` (OpenFace) are frame 0: numbers count
/// from one, unless one of the pictures has number 0. If no name has a number, the natural order of
/// the names counts the frames. Other files and hidden ones are left out.
///
/// @throws Error kNotFound if `folder` is not a folder. Cost O(n log n); opens no picture.
/// Thread-safe.
PictureFolder ListPictures(const std::filesystem::path& folder);

/// Files as given; a folder stands for the videos in it (not below it), in natural order.
/// @throws Error kNotFound for a folder without videos. Opens no file. Thread-safe.
std::vector<std::filesystem::path> ExpandVideos(const std::vector<std::string>& inputs);

constexpr std::int64_t kMaxPictureNumber = kMaxVideoFrames;

}  // namespace circumplex
