// SPDX-License-Identifier: Apache-2.0
#include "core/media_names.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <string>

#include "core/csv.h"
#include "core/files.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

bool HasExtensionOf(const std::set<std::string>& known, const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return known.count(extension) > 0;
}

constexpr char kDigits[] = "0123456789";

std::optional<std::int64_t> NumberOf(const fs::path& path) {
  const std::string stem = path.stem().string();
  const auto last = stem.find_last_of(kDigits);
  if (last == std::string::npos) return std::nullopt;
  auto first = last;
  while (first > 0 && stem[first - 1] >= '0' && stem[first - 1] <= '9') --first;
  const auto number = ParseInt(std::string_view(stem).substr(first, last - first + 1));
  if (!number || *number > kMaxPictureNumber) return std::nullopt;
  return number;
}

}  // namespace

bool IsPictureName(const fs::path& path) {
  static const std::set<std::string> kKnown = {
      ".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm"};
  return HasExtensionOf(kKnown, path);
}

bool IsVideoName(const fs::path& path) {
  static const std::set<std::string> kKnown = {".mp4",
                                               ".m4v",
                                               ".mov",
                                               ".avi",
                                               ".mkv",
                                               ".webm",
                                               ".mpg",
                                               ".mpeg",
                                               ".wmv",
                                               ".flv",
                                               ".ts",
                                               ".mts",
                                               ".m2ts",
                                               ".3gp",
                                               ".ogv"};
  return HasExtensionOf(kKnown, path);
}

PictureFolder ListPictures(const fs::path& folder) {
  PictureFolder result;
  std::int64_t lowest = 1;
  for (const fs::path& path : ListFolder(folder)) {
    if (!IsPictureName(path)) continue;
    if (const auto number = NumberOf(path)) {
      lowest = std::min(lowest, *number);
      result.pictures.push_back({*number, path});
    } else {
      result.unnumbered.push_back(path);
    }
  }
  const bool none_has_digits =
      std::all_of(result.unnumbered.begin(), result.unnumbered.end(), [](const fs::path& path) {
        return path.stem().string().find_first_of(kDigits) == std::string::npos;
      });
  if (result.pictures.empty() && none_has_digits) {
    for (fs::path& path : result.unnumbered)
      result.pictures.push_back(
          {static_cast<std::int64_t>(result.pictures.size()), std::move(path)});
    result.unnumbered.clear();
    return result;
  }
  for (NumberedPicture& picture : result.pictures) picture.frame -= lowest;
  std::stable_sort(
      result.pictures.begin(),
      result.pictures.end(),
      [](const NumberedPicture& a, const NumberedPicture& b) { return a.frame < b.frame; });
  return result;
}

std::vector<std::filesystem::path> ExpandVideos(const std::vector<std::string>& inputs) {
  std::vector<std::filesystem::path> videos;
  for (const std::string& input : inputs) {
    if (!IsFolder(input)) {
      videos.emplace_back(input);
      continue;
    }
    const std::size_t before = videos.size();
    for (const std::filesystem::path& path : ListFolder(input)) {
      if (IsVideoName(path)) videos.push_back(path);
    }
    if (videos.size() == before) {
      throw Error(
          ErrorCode::kNotFound,
          "no video in the folder '" + input + "' (looked for .mp4, .mov, .avi, .mkv, ...)");
    }
  }
  return videos;
}

}  // namespace circumplex
