// SPDX-License-Identifier: Apache-2.0
#include "video/overlay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <string>

#include "circumplex/error.h"

#include "core/frame_rate.h"
#include "core/progress.h"
#include "video/video_reader.h"
#include "video/video_writer.h"

namespace circumplex {
namespace {

constexpr double kTrailSeconds = 1.0;

// RGB, distinguishable with the usual colour-vision deficiencies (Okabe and Ito 2008).
constexpr std::array<std::array<double, 3>, 4> kFaceColors = {
    {{86, 180, 233}, {230, 159, 0}, {0, 158, 115}, {204, 121, 167}}};
const cv::Scalar kInk(255, 255, 255);
const cv::Scalar kShade(0, 0, 0);

cv::Scalar ColorOf(int face_id) {
  const auto& color = kFaceColors[static_cast<std::size_t>(face_id) % kFaceColors.size()];
  return {color[0], color[1], color[2]};
}

bool HasValues(const VaFrame& face) {
  return std::isfinite(face.valence) && std::isfinite(face.arousal);
}

// White on a dark rim is readable on any picture.
void Text(const cv::Mat& canvas, const std::string& text, cv::Point origin, double scale) {
  const int thin = std::max(1, static_cast<int>(std::lround(scale * 1.5)));
  for (const auto& [color, width] :
       {std::make_pair(kShade, thin + 2), std::make_pair(kInk, thin)}) {
    cv::putText(canvas, text, origin, cv::FONT_HERSHEY_SIMPLEX, scale, color, width, cv::LINE_AA);
  }
}

std::string Values(const VaFrame& face) {
  char text[64];
  std::snprintf(text, sizeof text, "V %+.2f  A %+.2f", face.valence, face.arousal);
  return text;
}

// The square that the plane is drawn in.
struct Plane {
  cv::Point2d center;
  double radius;

  cv::Point At(double valence, double arousal) const {
    return {static_cast<int>(std::lround(center.x + radius * std::clamp(valence, -1.0, 1.0))),
            static_cast<int>(std::lround(center.y - radius * std::clamp(arousal, -1.0, 1.0)))};
  }
};

Plane DrawPlane(const cv::Mat& canvas) {
  const double side = std::min(canvas.rows, canvas.cols);
  const double radius = 0.13 * side, margin = 0.03 * side;
  const Plane plane{{canvas.cols - margin - radius, canvas.rows - margin - radius}, radius};
  const int reach = static_cast<int>(std::lround(radius * 1.12));
  const cv::Rect area = cv::Rect(static_cast<int>(plane.center.x) - reach,
                                 static_cast<int>(plane.center.y) - reach,
                                 2 * reach,
                                 2 * reach) &
                        cv::Rect(0, 0, canvas.cols, canvas.rows);
  cv::Mat inset = canvas(area);
  inset.convertTo(inset, -1, 0.35);
  cv::circle(canvas, plane.At(0, 0), static_cast<int>(radius), kInk, 1, cv::LINE_AA);
  cv::line(canvas, plane.At(-1, 0), plane.At(1, 0), kInk, 1, cv::LINE_AA);
  cv::line(canvas, plane.At(0, -1), plane.At(0, 1), kInk, 1, cv::LINE_AA);
  const double scale = std::max(0.3, radius / 130);
  Text(canvas, "V", plane.At(0.82, 0.06), scale);
  Text(canvas, "A", plane.At(0.06, 0.82), scale);
  return plane;
}

}  // namespace

void Overlay::Draw(const std::vector<VaFrame>& faces, Image* frame) {
  cv::Mat canvas(frame->height, frame->width, CV_8UC3, frame->pixels.data());
  const int line = std::max(1, std::min(frame->height, frame->width) / 240);
  const Plane plane = DrawPlane(canvas);
  for (const VaFrame& face : faces) {
    const cv::Scalar color = ColorOf(face.face_id);
    if (face.box.width > 0) {
      const cv::Rect box(static_cast<int>(std::lround(face.box.x)),
                         static_cast<int>(std::lround(face.box.y)),
                         static_cast<int>(std::lround(face.box.width)),
                         static_cast<int>(std::lround(face.box.height)));
      cv::rectangle(canvas, box, color, line, cv::LINE_AA);
      if (HasValues(face)) {
        Text(canvas,
             Values(face),
             {box.x, std::max(14, box.y - 6)},
             std::max(0.4, frame->height / 900.0));
      }
    }
    if (!HasValues(face)) continue;
    std::deque<Point>& trail = trails_[face.face_id];
    trail.push_back({face.timestamp_s, face.valence, face.arousal});
    while (face.timestamp_s - trail.front().timestamp_s > kTrailSeconds) trail.pop_front();
    for (std::size_t i = 1; i < trail.size(); ++i) {
      cv::line(canvas,
               plane.At(trail[i - 1].valence, trail[i - 1].arousal),
               plane.At(trail[i].valence, trail[i].arousal),
               color,
               line,
               cv::LINE_AA);
    }
    cv::circle(canvas,
               plane.At(face.valence, face.arousal),
               std::max(3, static_cast<int>(plane.radius / 10)),
               color,
               face.filled ? line : cv::FILLED,
               cv::LINE_AA);
  }
}

void WriteOverlayVideo(const std::filesystem::path& video,
                       const VaTrack& track,
                       const std::filesystem::path& out) {
  VideoReader reader = VideoReader::Open(video);
  const VideoInfo info = reader.info();
  VideoWriter writer(
      out, info.frame_rate > 0 ? info.frame_rate : kAssumedFrameRate, info.height, info.width);
  Progress progress("overlay", info.claimed_frames);
  Overlay overlay;
  Image last(info.height, info.width, 3);
  std::size_t next = 0;
  while (auto frame = reader.Next()) {
    std::vector<VaFrame> faces;
    while (next < track.frames.size() && track.frames[next].frame == frame->index) {
      faces.push_back(track.frames[next++]);
    }
    if (faces.empty()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "track '" + track.name + "' has no row for frame " +
                      std::to_string(frame->index + 1) + " of '" + video.string() +
                      "'; predict this video anew");
    }
    if (frame->decodable) last = std::move(frame->image);
    Image drawn = last;
    overlay.Draw(faces, &drawn);
    writer.Write(drawn);
    progress.Advance();
  }
  writer.Finish();
}

}  // namespace circumplex
