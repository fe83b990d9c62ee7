// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "synthetic/affect_series.h"
#include "synthetic/face_drawing.h"
#include "synthetic/synthetic_dataset.h"

namespace circumplex {

/// What one person's face does, row by row: affect and its motion (MakeMotion()), slow drifts of
/// head and gaze, blinks of a sixth of a second every four seconds, hands and microphones in runs
/// of about a second.
///
/// @param visible  Rows with a face in the picture.
/// @param options  frame_rate, motion_* and occlusion are used.
/// @return One state per row. Deterministic in `seed`. Cost O(rows * frame_rate). Thread-safe.
std::vector<FaceState> MakeFaceStates(const AffectSeries& affect,
                                      const std::vector<bool>& visible,
                                      const SyntheticOptions& options,
                                      std::uint64_t seed);

}  // namespace circumplex
