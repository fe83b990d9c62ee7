// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace circumplex {

enum class UnwrapRule {
  kOneSided,  ///< The public code: a jump > pi gets -2 pi; a jump < -pi is left alone.
  kTwoSided,  ///< A jump < -pi gets +2 pi as well.
};

/// One step of unwrapping along time, per pixel:
///
///     offset += -2 pi  if phase - previous > pi
///               +2 pi  if phase - previous < -pi (two-sided only)
///                   0  else
///
/// The unwrapped phase of a frame is phase + offset, with offset = 0 at the snippet's first
/// frame. The one-sided rule gets motion to the left and upward wrong; it exists to
/// reproduce published models.
/// @param previous,phase  [rad] `count` wrapped phases of successive frames, in [-pi, pi].
/// @param offset          [rad] `count` values, updated in place.
void UnwrapStep(UnwrapRule rule,
                const double* previous,
                const double* phase,
                double* offset,
                std::size_t count);

}  // namespace circumplex
