// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "circumplex/predictor.h"

namespace circumplex::app {

/// "camera:N" names a camera. @throws Error kInvalidArgument if N is no number from 0.
std::optional<int> CameraIndex(const std::string& input);

/// Estimates the frames of a camera as they come, without looking ahead, and hands the rows of each
/// to `write`; a frame without a face has one row without values. Ends after `max_frames` (0 =
/// never) or when `keep_going` says so.
/// @throws Error kUnsupported: no such camera, or a build without video. kIo if it stops.
void PredictCamera(int index,
                   std::int64_t max_frames,
                   const std::function<bool()>& keep_going,
                   const std::function<void(const VaFrame&)>& write,
                   Predictor* predictor);

}  // namespace circumplex::app
