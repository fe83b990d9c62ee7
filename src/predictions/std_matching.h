// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "circumplex/ccc.h"

namespace circumplex {

/// Stretches predictions about their mean to the standard deviation of the training labels:
///
///     y = m + (x - m) target / s
///
/// with mean m and standard deviation s of the predictions of one set of frames. Which set that is
/// changes scores: decision 0007. Source: the correction of the code released with
/// arXiv:2107.03891. The one home of the formula; thread-safe.
struct StdMatching {
  double center = 0, scale = 1;  ///< The default leaves predictions as they are.

  double Apply(double x) const { return center + (x - center) * scale; }
};

/// @param deviation  s, with the divisor that is asked for; the released code and NumPy
///                   divide by N.
/// @param target     Standard deviation of the labels. In the same units as m and s.
/// @return  The map; the identity unless s > 0, because constant predictions have
///         nothing to stretch.
StdMatching MatchStd(double mean, double deviation, double target);

/// The map of predictions whose moments are the x of `predictions`, population moments.
StdMatching MatchStd(const CccAccumulator& predictions, double target);

/// CCC that the predictions behind `score` would have after `map`; `score` itself under the
/// identity. Undefined as CccAccumulator::Value().
std::optional<double> MatchedCcc(const CccAccumulator& score, const StdMatching& map);

}  // namespace circumplex
