// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "metrics/bootstrap.h"

namespace circumplex {

/// 97.5 % quantile of Student's t distribution with `degrees` degrees of freedom (Boost.Math).
/// @throws Error kInvalidArgument: degrees < 1.
double StudentQuantile975(int degrees);

/// Mean of independent values with its 95 % interval, m +- t s / sqrt(n), s with n - 1. For what a
/// resample of videos cannot show: values of runs that differ in more than the videos.
/// Empty with fewer than two values.
std::optional<Interval> MeanInterval(const std::vector<double>& values);

}  // namespace circumplex
