// SPDX-License-Identifier: Apache-2.0
#include "inference/predict_track.h"

#include <ATen/Context.h>
#include <gtest/gtest.h>

#include <cmath>

#include "network/targets.h"
#include "support/tiny_model.h"

namespace circumplex {
namespace {

using testing_support::RandomTrack;
using testing_support::TinyOptions;

TEST(PredictTrack, EveryStepGetsAFiniteValueUnderEveryRule) {
  at::manual_seed(1);
  for (const WindowRule rule :
       {WindowRule::kCoverShift, WindowRule::kCoverShort, WindowRule::kReleasedTest}) {
    for (const int step : {1, 3}) {
      RunOptions options = TinyOptions();
      options.clips.test_rule = rule;
      options.clips.frame_step = step;
      TwoStreamNet net = MakeNet(options);
      net->eval();
      ClipTrack track(RandomTrack(29), options.phase);
      const auto pairs = PredictTrack(net, options, Targets::kBoth, &track);
      ASSERT_EQ(pairs.size(), 29u);
      for (const Va& pair : pairs) EXPECT_TRUE(std::isfinite(pair[0]) && std::isfinite(pair[1]));
    }
  }
}

TEST(PredictTrack, OneWindowEqualsTheWholeVideo) {
  at::manual_seed(2);
  RunOptions options = TinyOptions();
  options.clips.window = 40;
  TwoStreamNet net = MakeNet(options);
  net->eval();
  ClipTrack track(RandomTrack(21), options.phase);
  const auto windows = PredictTrack(net, options, Targets::kBoth, &track);
  options.clips.whole_video = true;
  const auto whole = PredictTrack(net, options, Targets::kBoth, &track);
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_NEAR(windows[i][1], whole[i][1], 1e-6);
}

TEST(PredictTrack, ASingleTargetLeavesTheOtherUnknown) {
  at::manual_seed(3);
  const RunOptions options = OptionsOfMember(TinyOptions(), Targets::kArousal);
  TwoStreamNet net = MakeNet(options);
  net->eval();
  ClipTrack track(RandomTrack(5), options.phase);
  const auto pairs = PredictTrack(net, options, Targets::kArousal, &track);
  EXPECT_TRUE(std::isnan(pairs[0][0]));
  EXPECT_TRUE(std::isfinite(pairs[0][1]));
}

TEST(PredictTrack, ATrackWithoutStepsIsFine) {
  const RunOptions options = TinyOptions();
  TwoStreamNet net = MakeNet(options);
  net->eval();
  ClipTrack track(RandomTrack(0), options.phase);
  EXPECT_TRUE(PredictTrack(net, options, Targets::kBoth, &track).empty());
}

}  // namespace
}  // namespace circumplex
