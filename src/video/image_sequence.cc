// SPDX-License-Identifier: Apache-2.0
#include "video/image_sequence.h"

#include <algorithm>
#include <string>
#include <utility>

#include "circumplex/error.h"

namespace circumplex {
namespace fs = std::filesystem;

std::vector<NumberedPicture> ListImageSequence(const fs::path& folder) {
  PictureFolder found = ListPictures(folder);
  if (!found.unnumbered.empty()) {
    const std::size_t others = found.unnumbered.size() - 1;
    throw Error(ErrorCode::kBadData,
                "picture '" + found.unnumbered.front().string() + "'" +
                    (others > 0 ? " and " + std::to_string(others) + " more have" : " has") +
                    " no frame number from 0 to " + std::to_string(kMaxPictureNumber) +
                    " in the name; rename to 00001, 00002, ..., or move what is no frame");
  }
  std::vector<NumberedPicture> images = std::move(found.pictures);
  const auto twice = std::adjacent_find(
      images.begin(), images.end(), [](const NumberedPicture& a, const NumberedPicture& b) {
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
