// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// The steps of label distribution smoothing on plain vectors, shared by the one- and
/// two-dimensional forms and by FDS. All are thread-safe and throw nothing.

/// The counts as the density takes them, before the smoothing: as they are, their square roots, or
/// clipped to [5, 1000] (an empty bin becomes 5). Source: arXiv:2102.09554; the clip is its public
/// code's, whose bounds were made for some ten thousand labels.
std::vector<double> ReweightCounts(const std::vector<double>& counts, LdsReweight reweight);

/// out(b) = sum_d window(d) values(b + d), zeros outside. `window` has odd size. Cost
/// O(N * window).
std::vector<double> CorrelateZeroPadded(const std::vector<double>& values,
                                        const std::vector<double>& window);

/// The same along both axes of a rows x columns grid (C order).
std::vector<double> CorrelateZeroPadded2d(const std::vector<double>& values,
                                          int rows,
                                          int columns,
                                          const std::vector<double>& window);

/// Weight per bin, c / density, with c such that sum(count * weight) = sum(count); 0 where
/// the count is 0. With max_weight > 0 no weight exceeds it and c still makes the mean 1:
/// min(c / density, max_weight).
std::vector<double> WeightsFromDensity(const std::vector<double>& counts,
                                       const std::vector<double>& density,
                                       double max_weight);

}  // namespace circumplex
