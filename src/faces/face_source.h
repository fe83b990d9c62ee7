// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/va_track.h"

#include "core/image.h"

namespace circumplex {

/// One face of one frame.
struct Face {
  int face_id = 0;        ///< Stable within the source.
  FaceBox box;            ///< [px] of the decoded frame; zero for crops whose frame is unknown.
  double confidence = 0;  ///< Detector confidence in [0, 1]; 1 for given crops.
  bool low_confidence = false;
  Image crop;  ///< RGB, crop_size x crop_size, aligned.
};

/// One decoded frame with its faces; none is a valid answer.
struct FrameFaces {
  std::int64_t frame = 0;  ///< Zero-based.
  /// [s] From the container; frame / rate for crops, NaN if the rate is not known.
  double timestamp_s = 0;
  bool decodable = true;
  std::vector<Face> faces;  ///< By ascending face_id.
  Image image;              ///< RGB frame, filled only if the source was asked to keep it.
};

/// The row of one of a frame's faces. Valence and arousal are NaN until somebody knows them.
VaFrame RowOfFace(const FrameFaces& frame, const Face& face);
/// The row of a frame none of whose faces counts: kNoFace, or kUndecodable; the values NaN.
VaFrame RowWithoutFace(const FrameFaces& frame);

/// The one interface between "where faces come from" (a video with detection, a folder of given
/// crops, a camera) and the feature builder. Not thread-safe.
class FaceSource {
 public:
  virtual ~FaceSource() = default;
  /// Next frame in order, or empty at the end. @throws Error kBadData, kIo, kUnsupported.
  virtual std::optional<FrameFaces> Next() = 0;
  virtual std::string name() const = 0;   ///< Trial name.
  virtual double frame_rate() const = 0;  ///< [1/s]; 0 = unknown.
  virtual std::int64_t expected_frames()
      const = 0;  ///< For progress only: the container's claim; 0 = unknown.
};

}  // namespace circumplex
