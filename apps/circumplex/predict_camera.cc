// SPDX-License-Identifier: Apache-2.0
#include "predict_camera.h"

#include <limits>

#include "circumplex/error.h"

#include "core/csv.h"
#ifdef CIRCUMPLEX_WITH_VIDEO
#include "video/video_reader.h"
#endif

namespace circumplex::app {

std::optional<int> CameraIndex(const std::string& input) {
  const std::string prefix = "camera:";
  if (input.rfind(prefix, 0) != 0) return std::nullopt;
  const auto index = ParseInt(input.substr(prefix.size()));
  if (!index || *index < 0 || *index > 63) {
    throw Error(ErrorCode::kInvalidArgument,
                input + ": a camera is camera:N, N being 0 to 63 as in /dev/video0");
  }
  return static_cast<int>(*index);
}

#ifdef CIRCUMPLEX_WITH_VIDEO
void PredictCamera(int index,
                   std::int64_t max_frames,
                   const std::function<bool()>& keep_going,
                   const std::function<void(const VaFrame&)>& write,
                   Predictor* predictor) {
  VideoReader camera = VideoReader::OpenCamera(index);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  while (keep_going() && (max_frames == 0 || camera.decoded_frames() < max_frames)) {
    const auto frame = camera.Next();
    if (!frame) return;
    std::vector<VaFrame> rows;
    if (frame->decodable) {
      rows = predictor->PushFrame(
          frame->image.pixels.data(), frame->image.height, frame->image.width, frame->timestamp_s);
    }
    if (rows.empty()) {
      VaFrame nobody;
      nobody.frame = frame->index;
      nobody.timestamp_s = frame->timestamp_s;
      nobody.status = frame->decodable ? FrameStatus::kNoFace : FrameStatus::kUndecodable;
      nobody.valence = nobody.arousal = nan;
      rows.push_back(nobody);
    }
    for (const VaFrame& row : rows) write(row);
  }
}
#else
void PredictCamera(int,
                   std::int64_t,
                   const std::function<bool()>&,
                   const std::function<void(const VaFrame&)>&,
                   Predictor*) {
  throw Error(ErrorCode::kUnsupported,
              "this build has no video stack (CIRCUMPLEX_WITH_VIDEO=OFF); a camera needs a full "
              "build");
}
#endif

}  // namespace circumplex::app
