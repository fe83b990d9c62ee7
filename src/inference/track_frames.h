// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "circumplex/options.h"

#include "config/model_card.h"
#include "features/feature_store.h"
#include "inference/predict_track.h"

namespace circumplex {

/// Estimates for every frame of a video.
struct FrameSeries {
  /// One per frame; NaN for a target that is not predicted, and if no frame has a face (unless the
  /// rule is `paper`).
  std::vector<Va> values;
  std::vector<bool> own;  ///< True where the frame's own face was evaluated.
};

/// How estimates of steps become estimates of frames.
struct FrameRules {
  GapFill gap_fill = GapFill::kHold;
  SmoothingKind smoothing = SmoothingKind::kNone;
  Va smoothing_s{1, 1};  ///< [s] Valence, arousal; 0 = not smoothed.
  bool clamp = true;
  std::array<bool, 2> predicts{true, true};  ///< A target without a network stays NaN.
};

/// The options' rules, with one width for both targets.
FrameRules FrameRulesOf(const InferenceOptions& options);
/// A model's rules: its options, with the widths that were chosen in training if they were.
FrameRules FrameRulesOf(const ModelCard& card);

/// Gives each of `frames` frames a value from the estimates of a track's steps: missing frames
/// by inference.gap_fill (paper IV-C), then smoothing along time, then clamping to [-1, 1].
/// Frames that the paper's rule marks with -5 are neither smoothed nor clamped. Steps beyond
/// `frames` are ignored.
FrameSeries StepsToFrames(const FeatureTrack& track,
                          const std::vector<Va>& steps,
                          std::int64_t frames,
                          const FrameRules& rules);

}  // namespace circumplex
