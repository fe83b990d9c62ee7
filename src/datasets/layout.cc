// SPDX-License-Identifier: Apache-2.0
#include "datasets/layout.h"

#include "core/files.h"
#include "datasets/aff_wild2.h"
#include "datasets/crop_scan.h"
#include "datasets/plain_folder.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

bool LooksPlain(const fs::path& root) {
  std::error_code error;
  for (const fs::path& entry : ListFolder(root)) {
    if (IsVideoFile(entry)) return true;
    if (!fs::is_directory(entry, error)) continue;
    for (fs::directory_iterator it(entry, error), end; !error && it != end; it.increment(error)) {
      if (IsImageFile(it->path())) return true;
    }
  }
  return false;
}

}  // namespace

const char* LayoutName(Layout layout) {
  return layout == Layout::kAffWild2 ? "aff-wild2" : "plain";
}

Layout DetectLayout(const fs::path& root) {
  // A flat folder of annotations beside its media is a plain folder: split folders or VA_Set decide
  // first.
  const bool plain = LooksPlain(root);
  if (HasAffWild2Annotations(root, !plain)) return Layout::kAffWild2;
  if (plain) return Layout::kPlainFolder;
  throw Error(ErrorCode::kBadData,
              "no known data set in '" + root.string() +
                  "':\n  aff-wild2: no Train_Set, Training_Set, Validation_Set or annotation text "
                  "files in the root, "
                  "VA_Set, VA_Estimation_Challenge or an *annotations* folder"
                  "\n  plain: no folder with images and no video file\n"
                  "Check the path, or name the annotations' folder");
}

Manifest ReadDataset(const fs::path& root) {
  return DetectLayout(root) == Layout::kAffWild2 ? ReadAffWild2(root) : ReadPlainFolder(root);
}

}  // namespace circumplex
