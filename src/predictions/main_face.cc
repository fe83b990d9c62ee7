// SPDX-License-Identifier: Apache-2.0
#include "predictions/main_face.h"

namespace circumplex {

std::optional<int> MainFaceId(const std::map<int, std::int64_t>& frames_of_face) {
  std::optional<int> main;
  std::int64_t most = 0;
  for (const auto& [id, frames] : frames_of_face) {
    if (frames <= most) continue;
    most = frames;
    main = id;
  }
  return main;
}

std::optional<int> MainFaceId(const VaTrack& track) {
  std::map<int, std::int64_t> frames_of_face;
  for (const VaFrame& frame : track.frames) {
    const bool seen =
        frame.status == FrameStatus::kOk || frame.status == FrameStatus::kLowConfidence;
    frames_of_face[frame.face_id] += seen ? 1 : 0;
  }
  return MainFaceId(frames_of_face);
}

}  // namespace circumplex
