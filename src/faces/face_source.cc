// SPDX-License-Identifier: Apache-2.0
#include "faces/face_source.h"

#include <limits>

namespace circumplex {

VaFrame RowWithoutFace(const FrameFaces& frame) {
  VaFrame row;
  row.frame = frame.frame;
  row.timestamp_s = frame.timestamp_s;
  row.status = frame.decodable ? FrameStatus::kNoFace : FrameStatus::kUndecodable;
  row.valence = row.arousal = std::numeric_limits<double>::quiet_NaN();
  return row;
}

VaFrame RowOfFace(const FrameFaces& frame, const Face& face) {
  VaFrame row = RowWithoutFace(frame);
  row.face_id = face.face_id;
  row.confidence = face.confidence;
  row.status = face.low_confidence ? FrameStatus::kLowConfidence : FrameStatus::kOk;
  row.box = face.box;
  return row;
}

}  // namespace circumplex
