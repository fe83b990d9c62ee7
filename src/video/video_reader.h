// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/image.h"

namespace circumplex {

/// One decoded frame.
struct VideoFrame {
  std::int64_t index = 0;  ///< Zero-based count of decoded frames.
  double timestamp_s = 0;  ///< [s] >= 0, strictly increasing.
  bool decodable = true;   ///< False where the container has a frame that the decoder gave up on.
  Image image;             ///< RGB, upright; empty if not decodable.
};

struct VideoInfo {
  std::string name;       ///< File stem, or "camera0".
  std::string codec;      ///< Four characters as OpenCV reports them, e.g. "avc1"; may be empty.
  double frame_rate = 0;  ///< [1/s] Container's average; 0 = unknown.
  std::int64_t claimed_frames = 0;  ///< The container's claim; 0 = unknown. Often wrong by a few.
  int width = 0, height = 0;        ///< [px] Of the upright frame.
};

/// Decodes a video file or a camera frame by frame, in presentation order.
///
/// Timestamps are the container's presentation times minus its start, not index / rate, so variable
/// rates stay right. The first is never below 0. Where the container (or the last frames that leave
/// a decoder) has none, the previous step goes on; one that does not exceed its predecessor is
/// moved half a step behind it; a file without any gets index / rate (30 per second if unknown) and
/// one warning. A camera's are seconds since it was opened.
///
/// The rotation that phones store is applied. Memory: one frame. Cost: the decoder's. One thread
/// at a time.
class VideoReader {
 public:
  /// Opens the file and decodes its first frame.
  /// @throws Error kNotFound: no such file. kBadData: empty, not a video, cut off before its index,
  /// or without a
  ///   decodable frame. kUnsupported: a video whose codec this FFmpeg cannot decode (named).
  static VideoReader Open(const std::filesystem::path& path);

  /// @param index  Number of the camera, as in /dev/video<index>.
  /// @throws Error kUnsupported if it is absent, busy or gives no picture; kInvalidArgument if
  /// index < 0.
  static VideoReader OpenCamera(int index);

  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;
  ~VideoReader();

  /// Next frame, or empty at the end. At the end of a file that is clearly shorter than it claims,
  /// logs one warning and sets truncated(). @throws Error kIo if a camera stops.
  std::optional<VideoFrame> Next();

  const VideoInfo& info() const;
  bool camera() const;
  /// After the end: fewer frames were decoded than claimed, by more than 5 frames and 2 %.
  bool truncated() const;
  std::int64_t decoded_frames() const;  ///< Given out by Next() so far.

 private:
  struct State;
  explicit VideoReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Makes a container's presentation times usable; see VideoReader. Exposed for tests.
class TimestampRepair {
 public:
  /// @param frame_rate  [1/s] Nominal; 0 = unknown, taken as 30.
  explicit TimestampRepair(double frame_rate);
  /// @param raw_s  [s] As reported; 0 after the first frame, or not finite, means none.
  /// @return       [s] >= 0 and above every earlier return value.
  double Next(double raw_s);
  /// True if no frame after the first had a time of its own.
  bool none_found() const { return frames_ > 1 && !found_; }

 private:
  double nominal_step_s_;
  double step_s_;
  double previous_s_ = 0;
  std::int64_t frames_ = 0;
  bool found_ = false;
};

/// What kind of file `path` is, for messages about one that FFmpeg refuses: reads
/// container headers only.
struct ContainerSketch {
  std::string container;       ///< "MP4", "AVI", "Matroska", ...; empty = none that is known.
  std::string video_codec;     ///< Four characters or Matroska codec id; empty = unknown.
  bool index_missing = false;  ///< MP4 without its index (moov): the recording was cut off.
  /// MP4: clockwise turn that shows the picture upright; 0, 90, 180 or 270.
  std::optional<int> rotation_deg;
};
ContainerSketch SketchContainer(const std::filesystem::path& path);

}  // namespace circumplex
