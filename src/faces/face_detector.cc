// SPDX-License-Identifier: Apache-2.0
#include "faces/face_detector.h"

#include <algorithm>
#include <utility>

#include "faces/detectors.h"

namespace circumplex {

std::unique_ptr<FaceDetector> MakeDetector(const FaceOptions& options) {
  RequireValid(options.Violations());
  if (options.detector == "dlib") return MakeDlibDetector(options.max_side);
  return MakeYunetDetector(options.detector.substr(std::string("yunet=").size()), options.max_side);
}

std::vector<Detection> SuppressOverlaps(std::vector<Detection> detections, double max_iou) {
  std::stable_sort(
      detections.begin(), detections.end(), [](const Detection& a, const Detection& b) {
        return a.confidence > b.confidence;
      });
  std::vector<Detection> kept;
  for (Detection& detection : detections) {
    const bool hidden = std::any_of(kept.begin(), kept.end(), [&](const Detection& other) {
      return Iou(detection.box, other.box) > max_iou;
    });
    if (!hidden) kept.push_back(std::move(detection));
  }
  return kept;
}

}  // namespace circumplex
