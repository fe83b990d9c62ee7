// SPDX-License-Identifier: Apache-2.0
#include "video/image_sequence.h"

#include <algorithm>
#include <optional>
#include <string>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "video/image_io.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kMaxNumber = 10'000'000;

std::optional<std::int64_t> NumberOf(const fs::path& path) {
  const std::string stem = path.stem().string();
  const auto last = stem.find_last_of("0123456789");
  if (last == std::string::npos) return std::nullopt;
  auto first = last;
  while (first > 0 && stem[first - 1] >= '0' && stem[first - 1] <= '9') --first;
  const auto number = ParseInt(std::string_view(stem).substr(first, last - first + 1));
  if (!number || *number > kMaxNumber) {
    throw Error(ErrorCode::kBadData,
                "picture '" + path.string() + "': " + stem.substr(first, last - first + 1) +
                    " is no frame number (largest allowed " + std::to_string(kMaxNumber) +
                    "); rename the files to 00001, 00002, ...");
  }
  return number;
}

}  // namespace

std::vector<SequenceImage> ListImageSequence(const fs::path& folder) {
  std::vector<SequenceImage> images;
  fs::path unnumbered;
  std::size_t unnumbered_count = 0;
  std::int64_t lowest = 1;
  for (const fs::path& path : ListFolder(folder)) {
    if (!IsImageName(path)) continue;
    const auto number = NumberOf(path);
    if (!number) {
      if (++unnumbered_count == 1) unnumbered = path;
    } else {
      lowest = std::min(lowest, *number);
    }
    images.push_back({number.value_or(static_cast<std::int64_t>(images.size()) + 1), path});
  }
  if (unnumbered_count > 0 && unnumbered_count < images.size()) {
    throw Error(ErrorCode::kBadData,
                "picture '" + unnumbered.string() +
                    "' has no frame number while others in its folder have; " +
                    "rename or move it");
  }
  for (SequenceImage& image : images) image.frame -= lowest == 0 ? 0 : 1;
  std::stable_sort(
      images.begin(), images.end(), [](const SequenceImage& a, const SequenceImage& b) {
        return a.frame < b.frame;
      });
  const auto twice = std::adjacent_find(
      images.begin(), images.end(), [](const SequenceImage& a, const SequenceImage& b) {
        return a.frame == b.frame;
      });
  if (twice != images.end()) {
    throw Error(ErrorCode::kBadData,
                "pictures '" + twice->path.string() + "' and '" +
                    (twice + 1)->path.filename().string() +
                    "' have the same frame number; keep one");
  }
  return images;
}

}  // namespace circumplex
