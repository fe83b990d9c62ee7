// SPDX-License-Identifier: Apache-2.0
#include "video/video_writer.h"

#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <string>
#include <system_error>

#include "circumplex/error.h"

#include "core/files.h"
#include "video/opencv_bridge.h"

namespace circumplex {

struct VideoWriter::State {
  explicit State(const std::filesystem::path& target) : path(target), pending(target) {}

  std::filesystem::path path;
  PendingFile pending;
  cv::VideoWriter encoder;
  int height = 0, width = 0;
  std::int64_t frames = 0;
};

VideoWriter::VideoWriter(const std::filesystem::path& path,
                         double frame_rate,
                         int height,
                         int width) {
  SilenceOpenCv();
  const std::string extension = path.extension().string();
  if (extension != ".mp4" && extension != ".avi") {
    throw Error(ErrorCode::kInvalidArgument,
                "cannot write video '" + path.string() + "': use the extension .mp4 or .avi");
  }
  if (height < 2 || width < 2 || height > 16384 || width > 16384) {
    throw Error(ErrorCode::kInvalidArgument,
                "cannot write video '" + path.string() + "' of " + std::to_string(width) + "x" +
                    std::to_string(height) + " pixels; sides are 2 to 16384");
  }
  if (!(frame_rate > 0 && frame_rate <= 1000)) {
    throw Error(ErrorCode::kInvalidArgument,
                "cannot write video '" + path.string() + "' at " + std::to_string(frame_rate) +
                    " frames per second; the rate is above 0 and at most 1000");
  }
  state_ = std::make_unique<State>(path);
  state_->height = height;
  state_->width = width;
  const int codec = extension == ".mp4" ? cv::VideoWriter::fourcc('m', 'p', '4', 'v')
                                        : cv::VideoWriter::fourcc('M', 'J', 'P', 'G');
  bool opened = false;
  std::string detail;
  try {
    opened =
        state_->encoder.open(std::filesystem::absolute(state_->pending.temporary_path()).string(),
                             cv::CAP_FFMPEG,
                             codec,
                             frame_rate,
                             cv::Size(width, height));
  } catch (const cv::Exception& exception) {
    detail = ": " + exception.err;
  }
  if (!opened) {
    throw Error(ErrorCode::kUnsupported,
                "cannot open video '" + path.string() + "' for writing" + detail +
                    "; check that the folder may be written and that OpenCV was built with FFmpeg");
  }
}

VideoWriter::~VideoWriter() {
  // The encoder must close its file before the pending file removes it.
  if (state_) state_->encoder.release();
}

void VideoWriter::Write(const Image& frame) {
  if (frame.height != state_->height || frame.width != state_->width) {
    throw Error(ErrorCode::kInvalidArgument,
                "frame " + std::to_string(state_->frames) + " of video '" + state_->path.string() +
                    "' is " + std::to_string(frame.width) + "x" + std::to_string(frame.height) +
                    ", the video " + std::to_string(state_->width) + "x" +
                    std::to_string(state_->height));
  }
  cv::Mat mat = BgrFromImage(frame);
  try {
    if (mat.channels() == 1) cv::cvtColor(mat, mat, cv::COLOR_GRAY2BGR);
    state_->encoder.write(mat);
  } catch (const cv::Exception& exception) {
    throw Error(ErrorCode::kIo,
                "cannot write video '" + state_->path.string() + "': " + exception.err);
  }
  ++state_->frames;
}

void VideoWriter::Finish() {
  if (state_->frames == 0) {
    throw Error(ErrorCode::kInvalidArgument, "video '" + state_->path.string() + "' got no frame");
  }
  state_->encoder.release();
  std::error_code error;
  const auto size = std::filesystem::file_size(state_->pending.temporary_path(), error);
  if (error || size == 0) {
    throw Error(ErrorCode::kIo,
                "the encoder wrote nothing for video '" + state_->path.string() +
                    "'; check the space left");
  }
  state_->pending.Commit();
}

std::int64_t VideoWriter::frames() const { return state_->frames; }

}  // namespace circumplex
