// SPDX-License-Identifier: Apache-2.0
#include "metrics/student.h"

#include <cmath>
#include <numeric>
#include <string>

#include "circumplex/error.h"

namespace circumplex {

double StudentQuantile975(int degrees) {
  static constexpr double kTable[] = {
      12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.30600, 2.26216, 2.22814};
  if (degrees < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                std::to_string(degrees) + " degrees of freedom; at least 1 is needed");
  }
  if (degrees <= 10) return kTable[degrees - 1];
  const double z = 1.959963985, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z, n = degrees;
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
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
