// SPDX-License-Identifier: Apache-2.0
#include "inference/track_frames.h"

#include <gtest/gtest.h>

#include <cmath>

namespace circumplex {
namespace {

FeatureTrack TrackOf(std::vector<std::int64_t> frames) {
  FeatureTrack track;
  track.frame = std::move(frames);
  track.frame_rate = 30;
  return track;
}

TEST(RowsToFrames, EveryFrameGetsAValueAndSaysWhoseItIs) {
  FrameRules rules;
  const FrameSeries series =
      RowsToFrames(TrackOf({2, 3, 6}), {{0.1, 0.2}, {0.3, 0.4}, {0.5, 2.0}}, 8, rules);
  EXPECT_EQ(series.own, (std::vector<bool>{false, false, true, true, false, false, true, false}));
  EXPECT_EQ(series.values[0][0], 0.1);  // hold: the first known value before it
  EXPECT_EQ(series.values[5][0], 0.3);
  EXPECT_EQ(series.values[7][1], 1.0);  // clamped
}

TEST(RowsToFrames, ThePaperMarksLeadingFramesAndSmoothingLeavesThemAlone) {
  FrameRules rules;
  rules.gap_fill = GapFill::kPaper;
  rules.smoothing = SmoothingKind::kBox;
  rules.smoothing_s = {0.1, 0.1};  // three frames
  const FrameSeries series =
      RowsToFrames(TrackOf({2, 3, 4}), {{0.3, 0}, {0.6, 0}, {0.9, 0}}, 5, rules);
  EXPECT_EQ(series.values[0][0], -5);
  EXPECT_EQ(series.values[1][1], -5);
  EXPECT_NEAR(series.values[2][0], 0.45, 1e-12);
  EXPECT_NEAR(series.values[3][0], 0.6, 1e-12);
}

TEST(RowsToFrames, EachTargetHasItsOwnWidth) {
  FrameRules rules;
  rules.smoothing = SmoothingKind::kBox;
  rules.smoothing_s = {0, 0.1};  // none, three frames
  const FrameSeries series =
      RowsToFrames(TrackOf({0, 1, 2}), {{0.3, 0.3}, {0.6, 0.6}, {0.3, 0.3}}, 3, rules);
  EXPECT_EQ(series.values[1][0], 0.6);
  EXPECT_NEAR(series.values[1][1], 0.4, 1e-12);
}

TEST(RowsToFrames, AModelsChosenWidthsGoOverItsOptions) {
  ModelCard card;
  card.options.inference.smoothing_s = 2;
  EXPECT_EQ(FrameRulesOf(card).smoothing_s, (Va{2, 2}));
  card.smoothing_s = {0, 0.5};
  EXPECT_EQ(FrameRulesOf(card).smoothing_s, (Va{0, 0.5}));
}

TEST(RowsToFrames, WithoutAnyFaceNothingIsInvented) {
  const FrameSeries series = RowsToFrames(TrackOf({}), {}, 3, FrameRules());
  EXPECT_TRUE(std::isnan(series.values[1][0]));
  EXPECT_FALSE(series.own[1]);
}

TEST(RowsToFrames, RowsBeyondTheVideoAreIgnored) {
  const FrameSeries series = RowsToFrames(TrackOf({0, 9}), {{0.5, 0}, {0.9, 0}}, 2, FrameRules());
  EXPECT_EQ(series.values[1][0], 0.5);
}

}  // namespace
}  // namespace circumplex
