// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace circumplex {

/// Small oscillations of a face. None of them changes what valence or the still part of arousal
/// draw: heads shift, brows and mouth tilt (one side up, the other down), the jaw moves sideways.
struct MotionOffsets {
  double head_x = 0, head_y = 0;  ///< [units of half a face's width]
  double brow_tilt = 0;           ///< [units] Right brow up, left brow down.
  double mouth_tilt = 0;          ///< [units] Right corner up, left corner down.
  double jaw_x = 0;               ///< [units]
};

/// Turns the motion part m(t) of arousal into oscillations whose frequency, and nothing else,
/// depends on m:
///
///     y_k(t) = A_k sin(phi_k(t)),   phi_k(t + 1) = phi_k(t) + 2 pi r_k f(m(t)) / frame_rate
///     f(m) = low_hz + (high_hz - low_hz) m,   phi_k(0) uniform in [0, 2 pi), independent over k
///
/// The phases of any one frame are independent and uniform whatever m was, so every y_k follows the
/// arcsine law of amplitude A_k in each single frame: a still image holds no information about m.
/// The r_k in [0.85, 1.15] keep the parts from moving in step.
///
/// @param motion     m, each in [0, 1].
/// @param amplitude  A of the head [units]; the other parts have fixed multiples of it.
/// Cost O(rows). Thread-safe.
std::vector<MotionOffsets> MakeMotion(const std::vector<double>& motion,
                                      double amplitude,
                                      double low_hz,
                                      double high_hz,
                                      double frame_rate,
                                      std::uint64_t seed);

}  // namespace circumplex
