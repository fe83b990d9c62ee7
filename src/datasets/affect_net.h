// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/va_track.h"

#include "datasets/manifest.h"

namespace circumplex {

/// Face box of a still image [px], origin top left.
struct StillBox {
  double x = 0, y = 0, width = 0, height = 0;
};

/// One labelled photograph. Photographs have no order in time: they train and judge the
/// appearance stream alone.
struct StillImage {
  std::filesystem::path path;
  Va va;  ///< [-1, 1]; 0 if not valid.
  /// 0 neutral, 1 happy, 2 sad, 3 surprise, 4 fear, 5 disgust, 6 anger, 7 contempt, 8 none, 9
  /// uncertain, 10 no face; -1 = not stated.
  int expression = -1;
  std::optional<StillBox> face;
  std::vector<float> landmarks;  ///< Empty, or 68 pairs x0,y0,x1,y1,... [px].
  Split split = Split::kNone;
  bool valid = false;   ///< Valence and arousal are stated (not -2) and a face is seen.
  bool exists = false;  ///< The image file is on disk.
};

struct StillSet {
  std::string layout;  ///< "affectnet".
  std::filesystem::path root;
  std::vector<StillImage> images;  ///< Training first, each split in the order of its list.
  std::vector<Defect> defects;
};

struct AffectNetOptions {
  /// Folder that holds `<folder>/<hash>.<ext>` of the lists. Usual: `Manually_Annotated_Images`,
  /// `Manually_Annotated/Manually_Annotated_Images`, the folder of the list.
  std::filesystem::path images;
  bool landmarks = true;  ///< False leaves them empty: 550 bytes less per image.
};

/// Reads AffectNet (arXiv 1708.03985) or a set laid out like it. Images are looked for by name
/// and never opened.
///
///   first release  `training.csv` and `validation.csv` in the root or in
///                  `Manually_Annotated_file_lists`, with or without the header
///                  `subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,`
///                  `expression,valence,arousal`; landmarks `x;y;x;y;...` or empty
///   newer release  `{train_set,val_set}/images/<N>.<ext>` and
///                  `annotations/<N>_{exp,val,aro,lnd}.npy`, numbers or text, 0-d or one element
///
/// Defects (one per list or folder, with the count and the first case): invalid_labels,
/// missing_images, missing_annotation, annotation_without_image, repeated_images.
///
/// @throws Error kNotFound; kBadData: neither release (says what was looked for) or both; with
/// file:line a row of another length, a label that is neither in [-1, 1] nor -2, an expression
/// outside 0..10, landmarks that are not 68 pairs. Cost O(rows + files). Thread-safe.
StillSet ReadAffectNet(const std::filesystem::path& root, const AffectNetOptions& options = {});

/// True if one of the two releases is in `root`, by names only.
bool HasAffectNet(const std::filesystem::path& root);

}  // namespace circumplex
