// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "circumplex/options.h"

#include "config/model_card.h"
#include "features/feature_store.h"
#include "inference/sequence_predictor.h"

namespace circumplex {

/// Estimates for every frame of a video.
struct FrameSeries {
  std::vector<Va>
      values;  ///< One per frame; NaN only if no frame has a face (and the rule is not `paper`).
  std::vector<bool> own;  ///< True where the frame's own face was evaluated.
};

/// How estimates of rows become estimates of frames.
struct FrameRules {
  GapFill gap_fill = GapFill::kHold;
  SmoothingKind smoothing = SmoothingKind::kNone;
  Va smoothing_s{1, 1};  ///< [s] Valence, arousal; 0 = not smoothed.
  bool clamp = true;
};

/// The options' rules, with one width for both targets.
FrameRules FrameRulesOf(const InferenceOptions& options);
/// A model's rules: its options, with the widths that were chosen in training if they were.
FrameRules FrameRulesOf(const ModelCard& card);

/// Spreads the estimates of a track's rows over `frames` frames: missing frames by
/// inference.gap_fill (paper IV-C), then smoothing along time, then clamping to [-1, 1]. Frames
/// that the paper's rule marks with -5 are neither smoothed nor clamped. Rows beyond `frames` are
/// ignored.
FrameSeries RowsToFrames(const FeatureTrack& track,
                         const std::vector<Va>& rows,
                         std::int64_t frames,
                         const FrameRules& rules);

}  // namespace circumplex
