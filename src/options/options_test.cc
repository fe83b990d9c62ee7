// SPDX-License-Identifier: Apache-2.0
#include "circumplex/options.h"

#include <gtest/gtest.h>

#include "support/test_files.h"

namespace circumplex {
namespace {

TEST(Options, EveryPresetKeepsEveryRule) {
  for (const char* name : {"paper", "released", "ours"}) {
    EXPECT_TRUE(Preset(name).Violations().empty())
        << name << ": " << Preset(name).Violations().front();
    EXPECT_EQ(Preset(name).preset, name);
  }
}

TEST(Options, ReleasedHoldsTheQuirksAndOursNone) {
  const RunOptions released = Preset("released");
  EXPECT_EQ(released.regressor.recurrence, Recurrence::kBatch);
  EXPECT_FALSE(released.motion.enabled);
  EXPECT_TRUE(released.regressor.separate_models);
  EXPECT_EQ(released.loss.kind, LossKind::kWeightedL1);
  EXPECT_EQ(released.loss.ccc, 0);
  EXPECT_TRUE(released.inference.std_matching);
  EXPECT_EQ(released.lds.bins, BinRule::kTruncated);
  const RunOptions ours = Preset("ours");
  EXPECT_EQ(ours.regressor.recurrence, Recurrence::kTime);
  EXPECT_TRUE(ours.motion.enabled && ours.appearance.enabled);
  EXPECT_FALSE(ours.regressor.separate_models);
  EXPECT_FALSE(ours.inference.std_matching);
  EXPECT_EQ(ours.lds.bins, BinRule::kNearest);
}

TEST(Options, UnknownPresetNamesTheThree) {
  EXPECT_EQ(testing_support::ErrorOf(ErrorCode::kInvalidOptions, [] { Preset("papr"); }),
            "no preset 'papr'; choose paper, released or ours");
}

TEST(Options, AllViolationsAreReportedTogetherWithKeyValueAndRule) {
  RunOptions options;
  options.phase.size = 50;
  options.clips.stride = 100;
  options.training.lr = -1;
  options.loss.kind = LossKind::kCcc;  // contradicts lds.enabled
  const auto violations = options.Violations();
  ASSERT_EQ(violations.size(), 4u);
  EXPECT_EQ(violations[0], "phase.size = 50: must be a multiple of 4 and at least 16");
  EXPECT_EQ(violations[1], "clips.stride = 100: must lie between 1 and clips.window (64)");
  EXPECT_NE(violations[2].find("lds.enabled = true: the loss takes no weights"), std::string::npos);
  EXPECT_EQ(violations[3], "training.lr = -1: must be positive");
  const std::string message =
      testing_support::ErrorOf(ErrorCode::kInvalidOptions, [&] { RequireValid(violations); });
  EXPECT_NE(message.find("breaks 4 rules"), std::string::npos);
}

TEST(Options, ContradictionsAreFound) {
  RunOptions both_off;
  both_off.appearance.enabled = both_off.motion.enabled = false;
  EXPECT_EQ(both_off.Violations().size(), 1u);
  RunOptions single;
  single.regressor.separate_models = true;
  single.regressor.targets = Targets::kValence;
  EXPECT_EQ(single.Violations().size(), 1u);
  RunOptions whole;
  whole.clips.whole_video = true;
  whole.regressor.recurrence = Recurrence::kBatch;
  EXPECT_EQ(whole.Violations().size(), 1u);
  RunOptions choose;
  choose.inference.smoothing_choose = true;
  ASSERT_EQ(choose.Violations().size(), 1u);
  EXPECT_EQ(choose.Violations()[0].rfind("inference.smoothing_choose = true: ", 0), 0u);
  RunOptions loss;
  loss.training.criterion = Criterion::kLoss;
  loss.training.criterion_std_matched = true;
  loss.training.seeds = 0;
  ASSERT_EQ(loss.Violations().size(), 2u);
  EXPECT_EQ(loss.Violations()[0], "training.seeds = 0: must be at least 1");
}

TEST(Options, FdsMustBeAbleToAct) {
  RunOptions options;
  options.fds.enabled = true;
  EXPECT_TRUE(options.Violations().empty());
  options.training.epochs = 2;  // statistics of epoch 0 are used from epoch 2 on
  ASSERT_EQ(options.Violations().size(), 1u);
  EXPECT_EQ(options.Violations()[0].rfind("fds.enabled = true: would never act", 0), 0u);
  options.training.epochs = 3;
  EXPECT_TRUE(options.Violations().empty());
  options.fds.start_smooth = 0;
  ASSERT_EQ(options.Violations().size(), 1u);
  EXPECT_EQ(options.Violations()[0].rfind("fds.start_smooth = 0: must be above", 0), 0u);
  options.fds.enabled = false;
  EXPECT_TRUE(options.Violations().empty());
  options.fds.buckets = 4;
  options.fds.start_bucket = 2;  // two in use, half of the kernel is two
  ASSERT_EQ(options.Violations().size(), 1u);
  EXPECT_EQ(options.Violations()[0].rfind("fds.kernel_size = 5: ", 0), 0u);
}

}  // namespace
}  // namespace circumplex
