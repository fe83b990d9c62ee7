// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "circumplex/options.h"

#include "faces/face_finder.h"
#include "faces/face_source.h"
#include "faces/frame_analyzer.h"
#include "video/video_reader.h"

namespace circumplex {

/// Faces of a video or camera: decode, detect every `detect_every`-th frame and follow in between,
/// give ids, align.
///
/// Every decoded frame comes out, with or without faces. A thread decodes ahead, up to 8 frames; a
/// camera's oldest waiting frame is dropped when the rest is too slow, and its frames are numbered
/// as they come out. With detect_every = n a face that appears is seen up to n - 1 frames late.
/// Logs the counts of frames at the end. One thread at a time.
class VideoFaceSource : public FaceSource {
 public:
  /// @param finder      Shared between videos that are read one after another.
  /// @param keep_image  Hand out the frame itself too (overlays).
  VideoFaceSource(VideoReader reader, std::shared_ptr<FaceFinder> finder, bool keep_image = false);
  /// Opens the file. @throws Error as VideoReader::Open() and FaceFinder().
  VideoFaceSource(const std::filesystem::path& video,
                  const FaceOptions& options,
                  bool keep_image = false);
  ~VideoFaceSource() override;

  std::optional<FrameFaces> Next() override;
  std::string name() const override { return info_.name; }
  double frame_rate() const override { return info_.frame_rate; }
  std::int64_t expected_frames() const override { return info_.claimed_frames; }

  const VideoInfo& info() const { return info_; }
  bool truncated() const;  ///< After the end: see VideoReader::truncated().

 private:
  struct Decoder;
  VideoInfo info_;
  FrameAnalyzer analyzer_;
  bool keep_image_;
  std::unique_ptr<Decoder> decoder_;
  std::int64_t frames_ = 0, with_face_ = 0, undecodable_ = 0;
  bool ended_ = false;
};

}  // namespace circumplex
