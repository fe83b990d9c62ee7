// SPDX-License-Identifier: Apache-2.0
#include "labels/label_stats.h"

#include <cmath>
#include <numeric>

#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

VaLabel Label(double valence, double arousal) { return {{valence, arousal}, true}; }

TEST(LabelStats, ClosedForm) {
  // Two tracks of valence {0, 0.5}, {-0.5, -1}: track means 0.25 and -0.75, overall -0.25.
  const std::vector<LabelTrack> tracks = {{Label(0, 0.5), Label(0.5, 0.5), {}},
                                          {Label(-0.5, -0.5), {}, Label(-1, 0)}};
  const LabelStats stats = ComputeLabelStats(tracks);
  EXPECT_EQ(stats.rows, 6);
  EXPECT_EQ(stats.annotated, 4);
  EXPECT_DOUBLE_EQ(stats.valence.mean, -0.25);
  EXPECT_NEAR(stats.valence.deviation, std::sqrt(1.25 / 4), 1e-15);
  EXPECT_NEAR(*stats.valence.between_share, 4 * 0.25 / 1.25, 1e-15);
  EXPECT_DOUBLE_EQ(stats.arousal.mean, 0.125);
  EXPECT_EQ(stats.quadrants, (std::array<double, 4>{0.5, 0.25, 0.25, 0}));
  EXPECT_EQ(*stats.repeat_share, 0.0);
  const double covariance = (0.25 * 0.375 + 0.75 * 0.375 + -0.25 * -0.625 + -0.75 * -0.125) / 4;
  EXPECT_NEAR(
      *stats.correlation, covariance / (stats.valence.deviation * stats.arousal.deviation), 1e-15);
}

TEST(LabelStats, RepeatsAndQuadrantNames) {
  const LabelStats stats = ComputeLabelStats(
      {{Label(0.5, 0.5), Label(0.5, 0.5), Label(0.5, 0.25), {}, Label(0.5, 0.25), Label(0.5, 0.25)},
       {Label(0.5, -0.25)}});
  EXPECT_DOUBLE_EQ(*stats.repeat_share, 2.0 / 3);
  EXPECT_DOUBLE_EQ(stats.quadrants[0], 5.0 / 6);
  EXPECT_DOUBLE_EQ(stats.quadrants[3], 1.0 / 6);
  EXPECT_FALSE(stats.valence.between_share.has_value());
  EXPECT_FALSE(stats.correlation.has_value());
}

TEST(LabelStats, NothingAnnotated) {
  const LabelStats stats = ComputeLabelStats({{{}, {}}, {}});
  EXPECT_EQ(stats.rows, 2);
  EXPECT_EQ(stats.annotated, 0);
  EXPECT_FALSE(stats.repeat_share.has_value());
}

TEST(LabelStats, BetweenShareOfConstantTracksIsOneAndOfEqualMeansIsZero) {
  EXPECT_NEAR(*ComputeLabelStats({LabelTrack(9, Label(0.5, 0)), LabelTrack(3, Label(-0.5, 0))})
                   .valence.between_share,
              1,
              1e-14);
  EXPECT_NEAR(
      *ComputeLabelStats({{Label(0.5, 0), Label(-0.5, 0)}, {Label(0.25, 0), Label(-0.25, 0)}})
           .valence.between_share,
      0,
      1e-14);
}

}  // namespace
}  // namespace circumplex
