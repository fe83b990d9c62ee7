// SPDX-License-Identifier: Apache-2.0
#include "datasets/crop_scan.h"

#include <algorithm>

#include "circumplex/error.h"

#include "core/files.h"
#include "core/media_names.h"

namespace circumplex {
namespace fs = std::filesystem;

CropScan ScanCrops(const fs::path& folder) {
  if (!IsFolder(folder)) {
    throw Error(ErrorCode::kNotFound,
                "no folder of crops '" + folder.string() + "'; check the path");
  }
  const PictureFolder found = ListPictures(folder);
  CropScan scan;
  scan.unnumbered = static_cast<std::int64_t>(found.unnumbered.size());
  for (const NumberedPicture& picture : found.pictures) {
    if (!scan.frames.empty() && scan.frames.back() == picture.frame) {
      ++scan.repeated;
    } else {
      scan.frames.push_back(picture.frame);
    }
  }
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
