// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <deque>
#include <vector>

#include "circumplex/va_track.h"

#include "features/feature_store.h"
#include "inference/model.h"

namespace circumplex {

/// Predicts the newest step of a face track that grows step by step, from the model's window of
/// steps up to it; equal to the last one of Model::Predict() on that window up to float
/// rounding, except that the window's first steps keep the phase differences to frames before
/// it. Only the newest steps, whose snippets the frame completes, pass through the streams:
/// (snippet_frames + 1) / 2 per call instead of the window. Not thread-safe.
class LiveSequence {
 public:
  /// @param model  Must outlive this.
  explicit LiveSequence(const Model* model);

  /// @param newest  One step, its frame number above the last one's.
  /// @throws Error as Model::Predict().
  Va Push(const FeatureTrack& newest);

 private:
  const Model* model_;
  FeatureTrack recent_;
  std::vector<std::deque<at::Tensor>> fused_;  // of each member: [fusion] per step of the window
};

}  // namespace circumplex
