// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core/mat.hpp>

#include "core/image.h"

namespace circumplex {

/// Stops OpenCV and its FFmpeg from writing to stderr; the first caller decides for the process,
/// unless the environment variable OPENCV_FFMPEG_LOGLEVEL is set. Thread-safe.
void SilenceOpenCv();

/// Copies an 8-bit BGR, BGRA or gray matrix into an RGB image. @throws Error kBadData
/// for another type.
Image ImageFromBgr(const cv::Mat& mat);

/// Copies an RGB or gray image into a BGR or gray matrix. @throws Error kInvalidArgument if
/// it is empty.
cv::Mat BgrFromImage(const Image& image);

}  // namespace circumplex
