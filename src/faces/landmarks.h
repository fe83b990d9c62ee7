// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/image.h"
#include "faces/geometry.h"

namespace circumplex {

/// dlib's regression trees for the 68 points of the iBUG 300-W scheme (Kazemi and Sullivan, CVPR
/// 2014). Its usual model file is for **non-commercial use only**, as 300-W is; the YuNet detector
/// does without. Const and thread-safe after construction.
class LandmarkPredictor {
 public:
  /// Reads the model (100 MB, about 0.4 s).
  /// @param model  Path, or empty to search: the path given to CMake as
  ///               CIRCUMPLEX_DLIB_LANDMARKS, then /usr/share/dlib, /usr/local/share/dlib.
  /// @throws Error kUnsupported if the search finds none (names the package and the licence);
  ///         kBadModel if the file is missing or damaged.
  explicit LandmarkPredictor(const std::filesystem::path& model = {});
  ~LandmarkPredictor();

  /// dlib rounds points to whole pixels, which makes the crops of small faces tremble by up to a
  /// pixel; a face whose box is below 320 px is therefore searched in an enlarged copy of its
  /// surroundings (2 to 4 times).
  /// @param gray  Gray (H, W, 1).
  /// @param box   As dlib's frontal detector draws it (brows to chin).
  /// @return      68 points [px]. Cost about 4 ms.
  /// @throws Error kInvalidArgument if `gray` is not gray or the box is empty.
  std::vector<Point2> Predict(const Image& gray, const FaceBox& box) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace circumplex
