// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "circumplex/options.h"

#include "features/feature_store.h"
#include "inference/sequence_predictor.h"

namespace circumplex {

/// Estimates for every frame of a video.
struct FrameSeries {
  std::vector<VaPair>
      values;  ///< One per frame; NaN only if no frame has a face (and the rule is not `paper`).
  std::vector<bool> own;  ///< True where the frame's own face was evaluated.
};

/// Spreads the estimates of a track's rows over `frames` frames: missing frames by
/// inference.gap_fill (paper IV-C), then smoothing along time, then clamping to [-1, 1]. Frames
/// that the paper's rule marks with -5 are neither smoothed nor clamped. Rows beyond `frames` are
/// ignored.
FrameSeries RowsToFrames(const FeatureTrack& track,
                         const std::vector<VaPair>& rows,
                         std::int64_t frames,
                         const InferenceOptions& options);

}  // namespace circumplex
