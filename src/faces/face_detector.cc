// SPDX-License-Identifier: Apache-2.0
#include "faces/face_detector.h"

#include <algorithm>
#include <utility>

#include "circumplex/error.h"

#include "faces/detectors.h"

namespace circumplex {

std::unique_ptr<FaceDetector> MakeDetector(const FaceOptions& options) {
  const std::string& text = options.detector;
  if (options.max_side < 0) {
    throw Error(ErrorCode::kInvalidOptions,
                "faces.max_side = " + std::to_string(options.max_side) +
                    ": 0 (never scale) or a side in pixels");
  }
  if (text == "dlib") return MakeDlibDetector(options.max_side);
  const std::string prefix = "yunet=";
  if (text.size() > prefix.size() && text.compare(0, prefix.size(), prefix) == 0) {
    return MakeYunetDetector(text.substr(prefix.size()), options.max_side);
  }
  throw Error(ErrorCode::kInvalidOptions,
              "faces.detector = '" + text + "': use 'dlib' or 'yunet=FILE' with YuNet's ONNX file");
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
