// SPDX-License-Identifier: Apache-2.0
#include "synthetic/affect_series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/rng.h"
#include "synthetic/face_motion.h"

namespace circumplex {
namespace {

struct Statistics {
  double mean = 0, spread = 0, between = 0, change30 = 0, step = 0, repeats = 0;
};

Statistics Measure(const std::vector<AffectSeries>& series,
                   std::vector<double> AffectSeries::*which) {
  double n = 0, sum = 0, squares = 0, between = 0, change = 0, changes = 0, step = 0, steps = 0,
         repeats = 0;
  for (const AffectSeries& one : series) {
    for (const double value : one.*which) {
      ++n;
      sum += value;
      squares += value * value;
    }
  }
  const double mean = sum / n;
  for (const AffectSeries& one : series) {
    const std::vector<double>& y = one.*which;
    double own = 0;
    for (const double value : y) own += value;
    own /= static_cast<double>(y.size());
    between += static_cast<double>(y.size()) * (own - mean) * (own - mean);
    for (std::size_t t = 1; t < y.size(); ++t) {
      step += std::abs(y[t] - y[t - 1]);
      repeats += y[t] == y[t - 1];
      ++steps;
    }
    for (std::size_t t = 30; t < y.size(); ++t) {
      change += std::abs(y[t] - y[t - 30]);
      ++changes;
    }
  }
  const double variance = squares / n - mean * mean;
  return {mean,
          std::sqrt(variance),
          between / n / variance,
          change / changes,
          step / steps,
          repeats / steps};
}

double Correlation(const std::vector<AffectSeries>& series,
                   std::vector<double> AffectSeries::*a,
                   std::vector<double> AffectSeries::*b) {
  double n = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (const AffectSeries& one : series) {
    for (std::size_t t = 0; t < (one.*a).size(); ++t) {
      const double x = (one.*a)[t], y = (one.*b)[t];
      ++n;
      sa += x;
      sb += y;
      saa += x * x;
      sbb += y * y;
      sab += x * y;
    }
  }
  return (sab / n - sa / n * sb / n) /
         std::sqrt((saa / n - sa / n * sa / n) * (sbb / n - sb / n * sb / n));
}

TEST(AffectSeries, LabelStatisticsResembleTheRealOnes) {
  // Bands around the counts of protocol 1.2, for the default 32 trials and several seeds.
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const auto series = MakeAffectSeries(std::vector<int>(32, 300), {}, seed);
    const Statistics v = Measure(series, &AffectSeries::valence);
    EXPECT_NEAR(v.mean, 0.12, 0.05) << seed;
    EXPECT_NEAR(v.spread, 0.40, 0.04) << seed;
    EXPECT_NEAR(v.between, 0.50, 0.12) << seed;
    EXPECT_NEAR(v.change30, 0.11, 0.06) << seed;
    EXPECT_NEAR(v.repeats, 0.46, 0.06) << seed;
    EXPECT_LT(v.step, v.change30 / 5) << seed;
    const Statistics a = Measure(series, &AffectSeries::arousal);
    EXPECT_NEAR(a.mean, 0.31, 0.05) << seed;
    EXPECT_NEAR(a.spread, 0.29, 0.04) << seed;
    EXPECT_NEAR(a.between, 0.38, 0.12) << seed;
    EXPECT_NEAR(Correlation(series, &AffectSeries::valence, &AffectSeries::arousal), 0.0, 0.12)
        << seed;

    double quadrants[4] = {}, n = 0;
    for (const AffectSeries& one : series) {
      for (std::size_t t = 0; t < one.valence.size(); ++t) {
        ++quadrants[(one.valence[t] <= 0) + 2 * (one.arousal[t] <= 0)];
        ++n;
        EXPECT_LE(std::abs(one.valence[t]), 1.0);
        EXPECT_LE(std::abs(one.arousal[t]), 1.0);
        EXPECT_GE(std::min(one.still[t], one.motion[t]), 0.0);
        EXPECT_LE(std::max(one.still[t], one.motion[t]), 1.0);
      }
    }
    EXPECT_NEAR(quadrants[0] / n, 0.64, 0.08) << seed;
    EXPECT_NEAR(quadrants[1] / n, 0.29, 0.08) << seed;
    EXPECT_NEAR(quadrants[3] / n, 0.02, 0.05) << seed;
    EXPECT_NEAR(quadrants[2] / n, 0.06, 0.06) << seed;
  }
}

TEST(AffectSeries, StillShareIsWhatWasAskedFor) {
  for (const double share : {0.0, 0.25, 0.5, 1.0}) {
    AffectOptions options;
    options.still_share = share;
    const auto series = MakeAffectSeries(std::vector<int>(200, 200), options, 7);
    const StillShares got = ComputeStillShares(series);
    EXPECT_NEAR(got.arousal, share, 0.05);
    EXPECT_DOUBLE_EQ(got.arousal_ccc, std::sqrt(got.arousal));
    EXPECT_EQ(got.rows, 200 * 200);
    EXPECT_NEAR(Correlation(series, &AffectSeries::still, &AffectSeries::motion), 0.0, 0.05);
  }
}

TEST(AffectSeries, ShareOfAHandMadeSet) {
  // a = s + m with s, m crossed: cov(s, a) = var(s), so the share is
  // var(s) / (var(s) + var(m)) = 0.36.
  AffectSeries one;
  one.still = {0.0, 0.6, 0.0, 0.6, 9.0};
  one.motion = {0.0, 0.0, 0.8, 0.8, 0.0};
  one.valence = std::vector<double>(5, 0.0);
  one.arousal = {0.0, 0.6, 0.8, 1.4, -9.0};
  const StillShares shares = ComputeStillShares({one}, {{true, true, true, true, false}});
  EXPECT_NEAR(shares.arousal, 0.36, 1e-12);
  EXPECT_NEAR(shares.arousal_ccc, 0.6, 1e-12);
  EXPECT_EQ(shares.rows, 4);
  EXPECT_EQ(ComputeStillShares({one}, {std::vector<bool>(5, false)}).rows, 0);
}

TEST(AffectSeries, SeededAndPerTrial) {
  const auto first = MakeAffectSeries({50, 60}, {}, 1);
  EXPECT_EQ(first[1].arousal, MakeAffectSeries({50, 60}, {}, 1)[1].arousal);
  EXPECT_NE(first[1].arousal, MakeAffectSeries({50, 60}, {}, 2)[1].arousal);
  EXPECT_EQ(first[1].valence.size(), 60u);
}

TEST(AffectSeries, SmoothNoiseHasUnitVarianceAndTheGaussianAutocorrelation) {
  Rng rng(4);
  const std::vector<double> x = SmoothNoise(200000, 10, &rng);
  double mean = 0, square = 0, lagged = 0;
  for (std::size_t t = 0; t < x.size(); ++t) {
    mean += x[t];
    square += x[t] * x[t];
    if (t >= 12) lagged += x[t] * x[t - 12];
  }
  const double n = static_cast<double>(x.size());
  EXPECT_NEAR(mean / n, 0, 1e-9);
  EXPECT_NEAR(square / n, 1, 1e-9);
  // White noise under exp(-d^2 / 2 s^2) has the autocorrelation exp(-d^2 / 4 s^2); about
  // 5600 independent values.
  EXPECT_NEAR(lagged / (n - 12), std::exp(-144.0 / 400.0), 0.04);
}

TEST(FaceMotion, ASingleFrameFollowsTheArcsineLawWhateverTheFrequency) {
  // Frame 20 of 4000 trials each: largest distance of the empirical distribution from the law
  // F(y) = 1/2 + asin(y / A) / pi. Above 1.95 / sqrt(n) happens by chance in 0.1 % of tests.
  constexpr int kTrials = 4000;
  constexpr double kAmplitude = 0.05;
  for (const double m : {0.0, 0.5, 1.0}) {
    std::vector<double> heads, tilts;
    double product = 0;
    for (int i = 0; i < kTrials; ++i) {
      const auto motion = MakeMotion(
          std::vector<double>(21, m), kAmplitude, 0.5, 7, 30, static_cast<std::uint64_t>(i));
      heads.push_back(motion[20].head_x / kAmplitude);
      tilts.push_back(motion[20].mouth_tilt);
      product += motion[20].head_x * motion[20].mouth_tilt;
    }
    std::sort(heads.begin(), heads.end());
    double distance = 0;
    for (int i = 0; i < kTrials; ++i) {
      const double law = 0.5 + std::asin(heads[static_cast<std::size_t>(i)]) / 3.14159265358979;
      distance = std::max(
          {distance, std::abs(law - (i + 1.0) / kTrials), std::abs(law - (i + 0.0) / kTrials)});
    }
    EXPECT_LT(distance, 1.95 / std::sqrt(kTrials)) << m;
    EXPECT_NEAR(product / kTrials / (0.5 * kAmplitude * 1.2 * kAmplitude), 0, 0.07) << m;
  }
}

TEST(FaceMotion, FrequencyFollowsTheMotionPart) {
  for (const double m : {0.0, 0.3, 1.0}) {
    const auto motion = MakeMotion(std::vector<double>(30 * 60, m), 1.0, 0.5, 7, 30, 3);
    int rises = 0;
    for (std::size_t t = 1; t < motion.size(); ++t)
      rises += motion[t - 1].head_x < 0 && motion[t].head_x >= 0;
    EXPECT_NEAR(rises / 60.0, 0.5 + 6.5 * m, 0.03) << m;
  }
}

}  // namespace
}  // namespace circumplex
