// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace circumplex {

/// [1/s] Stands in where a number of frames per second is needed and the source states none: widths
/// in seconds, files without time stamps. Crops and stores of an unknown rate have no times (NaN).
constexpr double kAssumedFrameRate = 30;

/// Frames of one video at most: 92 hours at 30 frames per second. A frame number, a length or the
/// number in a picture's name beyond it is of a damaged file.
constexpr std::int64_t kMaxVideoFrames = 10'000'000;

}  // namespace circumplex
