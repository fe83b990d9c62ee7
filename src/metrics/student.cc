// SPDX-License-Identifier: Apache-2.0
#include "metrics/student.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <string>

#include "circumplex/error.h"

namespace circumplex {

double StudentQuantile975(int degrees) {
  if (degrees < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                std::to_string(degrees) + " degrees of freedom; at least 1 is needed");
  }
  return boost::math::quantile(boost::math::students_t(degrees), 0.975);
}

std::optional<Interval> MeanInterval(const std::vector<double>& values) {
  if (values.size() < 2) return {};
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double half =
      StudentQuantile975(static_cast<int>(values.size()) - 1) * std::sqrt(squares / (n - 1) / n);
  return Interval{mean, mean - half, mean + half};
}

}  // namespace circumplex
