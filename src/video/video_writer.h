// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/image.h"

namespace circumplex {

/// Encodes RGB frames at a constant rate: `.mp4` as MPEG-4 part 2, `.avi` as motion JPEG. The file
/// gets its name on Finish(); without it nothing is left behind. No audio. An odd last column or
/// row is cut off, as both codecs store colour at half resolution. One thread at a time.
class VideoWriter {
 public:
  /// @param frame_rate  [1/s], 0 < rate <= 1000.
  /// @throws Error kInvalidArgument: size below 2 or above 16384, rate, extension; kUnsupported:
  /// this OpenCV has
  ///   no such encoder; kIo.
  VideoWriter(const std::filesystem::path& path, double frame_rate, int height, int width);
  ~VideoWriter();
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  /// @throws Error kInvalidArgument if the frame is not RGB or gray of the size given.
  void Write(const Image& frame);
  /// @throws Error kIo if the encoder wrote nothing; kInvalidArgument if no frame was written.
  void Finish();
  std::int64_t frames() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace circumplex
