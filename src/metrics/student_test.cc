// SPDX-License-Identifier: Apache-2.0
#include "metrics/student.h"

#include <cmath>

#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

constexpr double kPi = 3.14159265358979323846;

// P(T <= t) by Simpson's rule over the density, independent of the quantile function.
double Probability(double t, int degrees) {
  const double n = degrees;
  const double norm = std::exp(std::lgamma((n + 1) / 2) - std::lgamma(n / 2)) / std::sqrt(n * kPi);
  const auto density = [&](double x) { return norm * std::pow(1 + x * x / n, -(n + 1) / 2); };
  const int steps = 20000;
  const double h = t / steps;
  double sum = density(0) + density(t);
  for (int i = 1; i < steps; ++i) sum += (i % 2 == 1 ? 4 : 2) * density(i * h);
  return 0.5 + sum * h / 3;
}

TEST(StudentQuantile975, LeavesTwoAndAHalfPercentAbove) {
  for (const int degrees : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 29, 100})
    EXPECT_NEAR(Probability(StudentQuantile975(degrees), degrees), 0.975, 1e-9) << degrees;
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument, [] { StudentQuantile975(0); }).find("at least 1"),
            std::string::npos);
}

TEST(MeanInterval, HoldsTheTrueMeanNineteenTimesInTwenty) {
  Rng rng(4, "student");
  int held = 0;
  constexpr int kSamples = 4000;
  for (int i = 0; i < kSamples; ++i) {
    const auto interval = MeanInterval({2 + rng.Normal(), 2 + rng.Normal(), 2 + rng.Normal()});
    ASSERT_TRUE(interval);
    held += interval->low <= 2 && 2 <= interval->high;
  }
  // Four standard errors of the share.
  EXPECT_NEAR(held / static_cast<double>(kSamples), 0.95, 4 * std::sqrt(0.95 * 0.05 / kSamples));
}

TEST(MeanInterval, OneValueHasNone) {
  EXPECT_FALSE(MeanInterval({}));
  EXPECT_FALSE(MeanInterval({0.5}));
  const auto interval = MeanInterval({1.0, 3.0});
  ASSERT_TRUE(interval);
  EXPECT_DOUBLE_EQ(interval->value, 2);
  // One degree of freedom is the Cauchy distribution: t = tan(pi (p - 1/2)).
  EXPECT_NEAR(interval->high, 2 + std::tan(kPi * 0.475), 1e-9);
}

}  // namespace
}  // namespace circumplex
