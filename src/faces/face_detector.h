// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/options.h"
#include "circumplex/va_track.h"

#include "core/image.h"
#include "faces/geometry.h"

namespace circumplex {

/// One face in one frame.
struct Detection {
  FaceBox box;            ///< [px] of the frame; may reach beyond it.
  double confidence = 0;  ///< [0, 1], comparable within one detector only.
  /// [px] Eye, eye, nose tip, mouth corner, mouth corner; the first of a pair is the one further
  /// left in an upright picture. Only from detectors that find them.
  std::optional<std::array<Point2, 5>> points;
};

/// Finds faces in single frames. One thread at a time per object.
class FaceDetector {
 public:
  virtual ~FaceDetector() = default;
  /// @param rgb  RGB (H, W, 3).
  /// @return     Largest box first.
  /// @throws Error kInvalidArgument if `rgb` is empty or not RGB.
  virtual std::vector<Detection> Detect(const Image& rgb) = 0;
  virtual std::string name() const = 0;  ///< As in FaceOptions::detector.
};

/// The detector that `options.detector` names.
///
/// "dlib": histogram of oriented gradients, dlib's frontal detector, faces of 80 px and more in
/// the searched picture. A frame is searched scaled down to `max_side`; if that finds nothing,
/// again at up to twice the scale: a larger frame at most at its own size, a smaller one at
/// most enlarged to `max_side` (640 if that is 0). Faces of 60 px in 360x288 are found so; a
/// small face beside a large one may be missed. Confidence is 1 / (1 + exp(-2 s)) of dlib's
/// score s >= 0: 0.5 for the weakest face that is reported, 0.95 at 1.5. About 10 ms for
/// 360x288, 26 ms for 640x360 (one core).
///
/// "yunet=FILE": the YuNet network (Wu et al. 2023, doi 10.1007/s11633-023-1423-y), an ONNX file
/// with the twelve outputs {cls,obj,bbox,kps}_{8,16,32}; gives five points, so that no landmark
/// model is needed. A frame is scaled down to `max_side`, never up. Confidence is sqrt(cls obj);
/// faces from 0.6 are reported. About 10 ms for 320x320, 32 ms for 640x480 (two cores).
///
/// @throws Error kInvalidOptions: another detector, or "yunet=" without a file; kBadModel: the
///         file is missing, is not ONNX, or lacks an output.
std::unique_ptr<FaceDetector> MakeDetector(const FaceOptions& options);

/// Boxes that overlap a more confident one by more than `max_iou` are dropped.
/// @return Most confident first.
std::vector<Detection> SuppressOverlaps(std::vector<Detection> detections, double max_iou);

}  // namespace circumplex
