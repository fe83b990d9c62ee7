// SPDX-License-Identifier: Apache-2.0
#include "inference/track_frames.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace circumplex {
namespace {

FeatureTrack TrackOf(std::vector<std::int64_t> frames) {
  FeatureTrack track;
  track.frame = std::move(frames);
  track.frame_rate = 30;
  return track;
}

TEST(StepsToFrames, EveryFrameGetsAValueAndSaysWhoseItIs) {
  FrameRules rules;
  const FrameSeries series =
      StepsToFrames(TrackOf({2, 3, 6}), {{0.1, 0.2}, {0.3, 0.4}, {0.5, 2.0}}, 8, rules);
  EXPECT_EQ(series.own, (std::vector<bool>{false, false, true, true, false, false, true, false}));
  EXPECT_EQ(series.values[0][0], 0.1);  // hold: the first known value before it
  EXPECT_EQ(series.values[5][0], 0.3);
  EXPECT_EQ(series.values[7][1], 1.0);  // clamped
}

TEST(StepsToFrames, ThePaperMarksLeadingFramesAndSmoothingLeavesThemAlone) {
  FrameRules rules;
  rules.gap_fill = GapFill::kPaper;
  rules.smoothing = SmoothingKind::kBox;
  rules.smoothing_s = {0.1, 0.1};  // three frames
  const FrameSeries series =
      StepsToFrames(TrackOf({2, 3, 4}), {{0.3, 0}, {0.6, 0}, {0.9, 0}}, 5, rules);
  EXPECT_EQ(series.values[0][0], -5);
  EXPECT_EQ(series.values[1][1], -5);
  EXPECT_NEAR(series.values[2][0], 0.45, 1e-12);
  EXPECT_NEAR(series.values[3][0], 0.6, 1e-12);
}

TEST(StepsToFrames, EachTargetHasItsOwnWidth) {
  FrameRules rules;
  rules.smoothing = SmoothingKind::kBox;
  rules.smoothing_s = {0, 0.1};  // none, three frames
  const FrameSeries series =
      StepsToFrames(TrackOf({0, 1, 2}), {{0.3, 0.3}, {0.6, 0.6}, {0.3, 0.3}}, 3, rules);
  EXPECT_EQ(series.values[1][0], 0.6);
  EXPECT_NEAR(series.values[1][1], 0.4, 1e-12);
}

TEST(StepsToFrames, AWidthInSecondsFollowsTheVideosOwnRate) {
  FrameRules rules;
  rules.smoothing = SmoothingKind::kBox;
  rules.smoothing_s = {5.0 / 60, 5.0 / 60};
  FeatureTrack track = TrackOf({0, 1, 2, 3, 4});
  const std::vector<Va> impulse = {{0, 0}, {0, 0}, {0.5, 0.5}, {0, 0}, {0, 0}};
  track.frame_rate = 60;  // five frames
  EXPECT_NEAR(StepsToFrames(track, impulse, 5, rules).values[2][0], 0.1, 1e-12);
  track.frame_rate = 30;  // three
  EXPECT_NEAR(StepsToFrames(track, impulse, 5, rules).values[2][0], 0.5 / 3, 1e-12);
}

TEST(StepsToFrames, ATargetThatNoNetworkPredictsStaysUnknown) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const GapFill rule :
       {GapFill::kHold, GapFill::kPaper, GapFill::kNearest, GapFill::kLinear}) {
    FrameRules rules;
    rules.gap_fill = rule;
    rules.predicts = {true, false};
    const FrameSeries series = StepsToFrames(TrackOf({1, 2}), {{0.1, nan}, {0.3, nan}}, 4, rules);
    for (const Va& pair : series.values) {
      EXPECT_TRUE(std::isfinite(pair[0]));
      EXPECT_TRUE(std::isnan(pair[1]));
    }
    EXPECT_TRUE(std::isnan(StepsToFrames(TrackOf({}), {}, 2, rules).values[0][1]));
  }
}

TEST(StepsToFrames, AModelsChosenWidthsGoOverItsOptions) {
  ModelCard card;
  card.options.inference.smoothing_s = 2;
  EXPECT_EQ(FrameRulesOf(card).smoothing_s, (Va{2, 2}));
  card.smoothing_s = {0, 0.5};
  EXPECT_EQ(FrameRulesOf(card).smoothing_s, (Va{0, 0.5}));
  EXPECT_EQ(FrameRulesOf(card).predicts, (std::array<bool, 2>{true, true}));
  card.options.regressor.targets = Targets::kArousal;
  EXPECT_EQ(FrameRulesOf(card).predicts, (std::array<bool, 2>{false, true}));
}

TEST(StepsToFrames, WithoutAnyFaceNothingIsInvented) {
  const FrameSeries series = StepsToFrames(TrackOf({}), {}, 3, FrameRules());
  EXPECT_TRUE(std::isnan(series.values[1][0]));
  EXPECT_FALSE(series.own[1]);
}

TEST(StepsToFrames, RowsBeyondTheVideoAreIgnored) {
  const FrameSeries series = StepsToFrames(TrackOf({0, 9}), {{0.5, 0}, {0.9, 0}}, 2, FrameRules());
  EXPECT_EQ(series.values[1][0], 0.5);
}

}  // namespace
}  // namespace circumplex
