// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// Mean over [i - half_width, i + half_width], cut at both ends: zero phase, constants stay
/// constants. Source: the box smoothing of ABAW entries (half widths 7 to 50 frames).
/// @param values  one value per frame, finite (fill gaps first).
/// @throws Error kInvalidArgument: half_width < 0; a value that is not finite, with its frame.
/// Cost O(N) for any width; compensated sums keep 1e-15 over any length. Thread-safe.
std::vector<double> SmoothBox(const std::vector<double>& values, int half_width_frames);

/// Gaussian mean with weights exp(-d^2 / 2 sigma^2), |d| <= 4 sigma, renormalised where the
/// ends cut it.
/// @throws as SmoothBox for sigma_frames < 0 or not finite; 0 returns the input. Cost O(N sigma).
std::vector<double> SmoothGaussian(const std::vector<double>& values, double sigma_frames);

/// Half width h of the box whose 2 h + 1 frames come nearest to width_s seconds, at least 0.
/// @throws Error kInvalidArgument unless both are positive and finite (a rate of 0 means unknown).
int BoxHalfWidthFrames(double width_s, double frame_rate);

/// sigma in frames of a gaussian whose 2 sigma are width_s seconds. @throws as BoxHalfWidthFrames.
double GaussianSigmaFrames(double width_s, double frame_rate);

/// InferenceOptions::smoothing with its width in seconds, at the video's own frame rate [1/s].
/// kNone returns the input and needs no frame rate.
std::vector<double> Smooth(const std::vector<double>& values,
                           SmoothingKind kind,
                           double width_s,
                           double frame_rate);

}  // namespace circumplex
