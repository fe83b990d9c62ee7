// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "circumplex/options.h"

#include "faces/aligner.h"
#include "faces/face_detector.h"
#include "faces/landmarks.h"

namespace circumplex {

/// A face with what its crop needs.
struct LocatedFace {
  FaceBox box;                 ///< [px] of the frame.
  double confidence = 0;       ///< [0, 1] See MakeDetector().
  std::vector<Point2> points;  ///< [px] 68 (dlib) or 5 (YuNet).
  Similarity frame_to_crop;
};

/// Detector and landmarks together. With "dlib", the 68 points are searched from the detector's
/// box; with "yunet" the detector's own five points are used.
///
/// Reading the landmark model takes 0.4 s and 100 MB: keep one object for many videos. One thread
/// at a time.
class FaceFinder {
 public:
  /// @throws Error kInvalidOptions; kBadModel; kUnsupported (landmark model not installed).
  explicit FaceFinder(const FaceOptions& options);

  /// @return  At most `max_faces` faces, largest first.
  /// @throws Error kInvalidArgument: not an RGB frame.
  std::vector<LocatedFace> Find(const Image& rgb);

  /// The faces in the next frame without detection: dlib's points searched from the old ones;
  /// YuNet's stay where they were. Confidence stays. @return Without those that jumped or changed
  /// size as faces do not, order kept.
  std::vector<LocatedFace> Follow(const Image& rgb, const std::vector<LocatedFace>& previous);

  const FaceOptions& options() const { return options_; }

 private:
  bool Locate(const Image& gray, LocatedFace& face) const;
  std::optional<LocatedFace> FollowOne(const Image& gray, const LocatedFace& previous) const;

  FaceOptions options_;
  std::unique_ptr<FaceDetector> detector_;
  std::unique_ptr<LandmarkPredictor> landmarks_;
};

}  // namespace circumplex
