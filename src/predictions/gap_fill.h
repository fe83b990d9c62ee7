// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "circumplex/options.h"
#include "circumplex/va_track.h"

namespace circumplex {

/// Gives every frame of one video a value; a missing frame is NaN on the way in.
///
///     kPaper    -5 before the first known frame, else the previous known value
///     kHold     the previous known value; before the first, the first
///     kNearest  the nearest known frame; at equal distance the earlier one
///     kLinear   linear in the frame index between known frames, constant beyond them
///
/// Source: paper III-D for kPaper; the others replace its -5, which costs CCC.
/// Known values are returned unchanged, so filling twice is filling once.
///
/// @param values  one value per frame, any length; NaN = missing.
/// @return  as many values, none NaN. Without any known frame: all -5 (kPaper), all 0 (the others).
/// Cost O(N). Thread-safe.
std::vector<double> FillGaps(const std::vector<double>& values, GapFill rule);

/// What a clip without any face is given where a value is needed: 0, the centre of the plane. A
/// target that is not predicted stays unknown.
Va CentreIfUnknown(const Va& value, const std::array<bool, 2>& predicts);

/// The previous known value, and `start` before the first: -5 is kPaper, 0 is what
/// MIMAMO's code does.
std::vector<double> FillByHolding(const std::vector<double>& values, double start);

}  // namespace circumplex
