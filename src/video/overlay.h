// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <vector>

#include "circumplex/va_track.h"

#include "core/image.h"

namespace circumplex {

/// Draws estimates onto the frames they belong to: a box around each face with its values, and the
/// valence-arousal plane (Russell's circumplex) in the lower right corner with one dot per face and
/// the way it came in the last second. Estimates of the missing-frame rule are drawn hollow, since
/// no face was evaluated. Not thread-safe.
class Overlay {
 public:
  /// @param frame  RGB, changed in place; every frame of a video in order: the trails need all.
  /// @param faces  Rows of this frame; rows without values draw nothing but their box.
  void Draw(const std::vector<VaFrame>& faces, Image* frame);

 private:
  struct Point {
    double timestamp_s, valence, arousal;
  };
  std::map<int, std::deque<Point>> trails_;  // by face id
};

/// Decodes `video` once more and writes it to `out` (.mp4 or .avi) with the estimates of `track`,
/// at the container's average rate. A frame that could not be decoded repeats the one before it.
/// @throws Error as VideoReader::Open() and VideoWriter; kInvalidArgument if the track has no
///         row for a frame.
void WriteOverlayVideo(const std::filesystem::path& video,
                       const VaTrack& track,
                       const std::filesystem::path& out);

}  // namespace circumplex
