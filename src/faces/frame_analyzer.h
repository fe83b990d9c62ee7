// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "faces/face_finder.h"
#include "faces/face_source.h"
#include "faces/tracker.h"

namespace circumplex {

/// Faces of successive frames of one video or camera: detection every `detect_every` frames,
/// following in between, stable ids, aligned crops. Used by VideoFaceSource and by live prediction.
/// Not thread-safe.
class FrameAnalyzer {
 public:
  /// @param finder  Detector and landmarks; may be shared by analyzers that are not used at
  ///                the same time.
  explicit FrameAnalyzer(std::shared_ptr<FaceFinder> finder);

  /// @param timestamp_s  Larger than the last one.
  /// @return Faces by ascending id, at most max_faces.
  std::vector<Face> Analyze(const Image& rgb, double timestamp_s);

  int ids_given() const { return tracker_.ids_given(); }

 private:
  std::shared_ptr<FaceFinder> finder_;
  FaceTracker tracker_;
  std::vector<LocatedFace> previous_;
  std::int64_t since_detection_ = 0;
};

}  // namespace circumplex
