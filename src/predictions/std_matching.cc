// SPDX-License-Identifier: Apache-2.0
#include "predictions/std_matching.h"

#include <cmath>

namespace circumplex {

StdMatching MatchStd(double mean, double deviation, double target) {
  if (!(deviation > 0)) return {};
  return {mean, target / deviation};
}

StdMatching MatchStd(const CccAccumulator& predictions, double target) {
  return MatchStd(predictions.mean_x(), std::sqrt(predictions.variance_x()), target);
}

std::optional<double> MatchedCcc(const CccAccumulator& score, const StdMatching& map) {
  if (!score.Value()) return std::nullopt;
  const double gap = map.Apply(score.mean_x()) - score.mean_y();
  const double denominator =
      map.scale * map.scale * score.variance_x() + score.variance_y() + gap * gap;
  if (!(denominator > 0)) return std::nullopt;
  return 2 * map.scale * score.covariance() / denominator;
}

}  // namespace circumplex
