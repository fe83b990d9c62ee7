// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "metrics/bootstrap.h"

namespace circumplex {

/// 97.5 % quantile of Student's t distribution: tabulated up to 10 degrees of freedom, then the
/// Cornish-Fisher expansion in 1/n (Abramowitz and Stegun 26.7.5), within 2e-4 of the exact one.
/// @throws Error kInvalidArgument: degrees < 1.
double StudentQuantile975(int degrees);

/// Mean of independent values with its 95 % interval, m +- t s / sqrt(n), s with n - 1. For what a
/// resample of videos cannot show: values of runs that differ in more than the videos.
/// Empty with fewer than two values.
std::optional<Interval> MeanInterval(const std::vector<double>& values);

}  // namespace circumplex
