// SPDX-License-Identifier: Apache-2.0
#include "video/opencv_bridge.h"

#include <cstdlib>
#include <mutex>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>

#include "circumplex/error.h"

namespace circumplex {

void SilenceOpenCv() {
  static std::once_flag once;
  std::call_once(once, [] {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    // OpenCV reads this when its FFmpeg backend starts; -8 is FFmpeg's "quiet".
    ::setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);
  });
}

Image ImageFromBgr(const cv::Mat& mat) {
  if (mat.empty() || mat.depth() != CV_8U ||
      (mat.channels() != 1 && mat.channels() != 3 && mat.channels() != 4)) {
    throw Error(ErrorCode::kBadData,
                "picture of " + std::to_string(mat.channels()) + " channels and OpenCV depth " +
                    std::to_string(mat.depth()) + ": 8-bit gray, BGR or BGRA is needed");
  }
  Image image(mat.rows, mat.cols, 3);
  cv::Mat target(mat.rows, mat.cols, CV_8UC3, image.pixels.data());
  const int code = mat.channels() == 1   ? cv::COLOR_GRAY2RGB
                   : mat.channels() == 3 ? cv::COLOR_BGR2RGB
                                         : cv::COLOR_BGRA2RGB;
  cv::cvtColor(mat, target, code);
  return image;
}

cv::Mat BgrFromImage(const Image& image) {
  if (image.empty() || (image.channels != 1 && image.channels != 3)) {
    throw Error(ErrorCode::kInvalidArgument,
                "an RGB or gray image is needed, got " + std::to_string(image.height) + "x" +
                    std::to_string(image.width) + "x" + std::to_string(image.channels));
  }
  const cv::Mat view(image.height,
                     image.width,
                     image.channels == 3 ? CV_8UC3 : CV_8UC1,
                     const_cast<std::uint8_t*>(image.pixels.data()));
  if (image.channels == 1) return view.clone();
  cv::Mat bgr;
  cv::cvtColor(view, bgr, cv::COLOR_RGB2BGR);
  return bgr;
}

}  // namespace circumplex
