// SPDX-License-Identifier: Apache-2.0
#include "datasets/crop_scan.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <string>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

std::string LowerExtension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return std::tolower(c);
  });
  return extension;
}

std::optional<std::int64_t> FrameNumber(const std::string& stem) {
  std::size_t begin = stem.size();
  while (begin > 0 && std::isdigit(static_cast<unsigned char>(stem[begin - 1]))) --begin;
  const auto number = ParseInt(std::string_view(stem).substr(begin));
  if (!number || *number < 1) return std::nullopt;
  return number;
}

}  // namespace

bool IsImageFile(const fs::path& path) {
  static const std::set<std::string> known = {".jpg", ".jpeg", ".png", ".bmp"};
  return known.count(LowerExtension(path)) > 0;
}

bool IsVideoFile(const fs::path& path) {
  static const std::set<std::string> known = {
      ".mp4", ".avi", ".mov", ".mkv", ".mpg", ".mpeg", ".webm", ".m4v"};
  return known.count(LowerExtension(path)) > 0;
}

CropScan ScanCrops(const fs::path& folder) {
  if (!IsFolder(folder)) {
    throw Error(ErrorCode::kNotFound,
                "no folder of crops '" + folder.string() + "'; check the path");
  }
  CropScan scan;
  for (const fs::path& path : FolderEntries(folder)) {
    if (!IsImageFile(path)) continue;
    if (const auto number = FrameNumber(path.stem().string())) {
      scan.frames.push_back(*number - 1);
    } else {
      ++scan.unnumbered;
    }
  }
  std::sort(scan.frames.begin(), scan.frames.end());
  const auto unique_end = std::unique(scan.frames.begin(), scan.frames.end());
  scan.repeated = scan.frames.end() - unique_end;
  scan.frames.erase(unique_end, scan.frames.end());
  return scan;
}

MissingCrops CountMissing(const std::vector<std::int64_t>& frames, std::int64_t rows) {
  MissingCrops missing;
  const auto end = std::lower_bound(frames.begin(), frames.end(), rows);
  const std::int64_t present = end - frames.begin();
  missing.beyond = frames.end() - end;
  if (present == 0) {
    missing.leading = rows;
    return missing;
  }
  missing.leading = frames.front();
  missing.trailing = rows - 1 - frames[static_cast<std::size_t>(present - 1)];
  missing.inner = rows - present - missing.leading - missing.trailing;
  return missing;
}

}  // namespace circumplex
