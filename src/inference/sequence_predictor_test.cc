// SPDX-License-Identifier: Apache-2.0
#include "inference/sequence_predictor.h"

#include <ATen/Context.h>
#include <gtest/gtest.h>

#include <cmath>

#include "circumplex/predictor.h"

#include "core/files.h"
#include "core/rng.h"
#include "core/safetensors.h"
#include "network/checkpoint.h"
#include "support/feature_stores.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

RunOptions TinyOptions() {
  RunOptions options;
  options.phase.size = 16;
  options.phase.snippet_frames = 3;
  options.appearance.hidden = options.motion.hidden = options.regressor.fusion = 8;
  options.appearance.standardize = false;
  options.regressor.hidden = 4;
  options.motion.channels = 2;
  options.clips.window = 8;
  options.clips.stride = 4;
  return options;
}

FeatureTrack RandomTrack(int rows) {
  Rng rng(3);
  FeatureTrack track;
  track.trial = "clip";
  track.gray_size = 16;
  track.backbone = "torchvision/224";
  track.weights_hash = "untrained-1";
  track.num_frames = rows + 2;
  for (int t = 0; t < rows; ++t) {
    track.frame.push_back(t + 1);
    for (int d = 0; d < FeatureTrack::kPool5; ++d)
      track.pool5.push_back(FloatToHalf(static_cast<float>(rng.Uniform())));
    for (int p = 0; p < 256; ++p) track.gray.push_back(static_cast<std::uint8_t>(rng.Below(256)));
  }
  return track;
}

TEST(PredictRows, EveryRowGetsAFiniteValueUnderEveryRule) {
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
      const auto pairs = PredictRows(net, options, Targets::kBoth, &track);
      ASSERT_EQ(pairs.size(), 29u);
      for (const Va& pair : pairs) EXPECT_TRUE(std::isfinite(pair[0]) && std::isfinite(pair[1]));
    }
  }
}

TEST(PredictRows, OneWindowEqualsTheWholeVideo) {
  at::manual_seed(2);
  RunOptions options = TinyOptions();
  options.clips.window = 40;
  TwoStreamNet net = MakeNet(options);
  net->eval();
  ClipTrack track(RandomTrack(21), options.phase);
  const auto windows = PredictRows(net, options, Targets::kBoth, &track);
  options.clips.whole_video = true;
  const auto whole = PredictRows(net, options, Targets::kBoth, &track);
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_NEAR(windows[i][1], whole[i][1], 1e-6);
}

TEST(PredictRows, ASingleTargetLeavesTheOtherUnknown) {
  at::manual_seed(3);
  const RunOptions options = OptionsOfMember(TinyOptions(), Targets::kArousal);
  TwoStreamNet net = MakeNet(options);
  net->eval();
  ClipTrack track(RandomTrack(5), options.phase);
  const auto pairs = PredictRows(net, options, Targets::kArousal, &track);
  EXPECT_TRUE(std::isnan(pairs[0][0]));
  EXPECT_TRUE(std::isfinite(pairs[0][1]));
}

TEST(PredictRows, ATrackWithoutRowsIsFine) {
  const RunOptions options = TinyOptions();
  TwoStreamNet net = MakeNet(options);
  net->eval();
  ClipTrack track(RandomTrack(0), options.phase);
  EXPECT_TRUE(PredictRows(net, options, Targets::kBoth, &track).empty());
}

// A model folder of two members, written as training writes it.
void WriteModel(const std::filesystem::path& folder, const RunOptions& options) {
  ModelCard card;
  card.options = options;
  card.backbone_hash = "untrained-1";
  card.label_std = {0.4, 0.3};
  for (int fold = 0; fold < 2; ++fold) {
    at::manual_seed(10 + fold);
    ModelMember member;
    member.file = "fold_" + std::to_string(fold) + ".safetensors";
    WriteCheckpoint(folder / member.file, *MakeNet(options));
    card.members.push_back(member);
  }
  WriteModelCard(folder, card);
}

TEST(Model, IsTheMeanOfItsMembers) {
  const TempFolder folder;
  const RunOptions options = TinyOptions();
  WriteModel(folder.path(), options);
  ClipTrack track(RandomTrack(9), options.phase);
  const Model model = Model::Load(folder.path());
  const auto mean = model.Predict(&track);
  double expected = 0;
  for (int fold = 0; fold < 2; ++fold) {
    TwoStreamNet net = MakeNet(options);
    ReadCheckpoint(folder / ("fold_" + std::to_string(fold) + ".safetensors"), *net);
    net->eval();
    expected += PredictRows(net, options, Targets::kBoth, &track)[4][0] / 2;
  }
  EXPECT_NEAR(mean[4][0], expected, 1e-6);
}

TEST(Model, SubtractsTheBiasOfItsCard) {
  const TempFolder folder;
  const RunOptions options = TinyOptions();
  WriteModel(folder.path(), options);
  ClipTrack track(RandomTrack(9), options.phase);
  const Va plain = Model::Load(folder.path()).Predict(&track)[4];
  ModelCard card = ReadModelCard(folder.path());
  card.bias = {0.25, -0.125};
  WriteModelCard(folder.path(), card);
  const Va calibrated = Model::Load(folder.path()).Predict(&track)[4];
  EXPECT_NEAR(calibrated[0], plain[0] - 0.25, 1e-12);
  EXPECT_NEAR(calibrated[1], plain[1] + 0.125, 1e-12);
}

TEST(LiveSequence, EqualsThePredictionOfTheFramesSoFar) {
  for (const int step : {1, 3}) {
    const TempFolder folder;
    RunOptions options = TinyOptions();
    options.phase.snippet_frames = 5;
    options.clips.frame_step = step;
    WriteModel(folder.path(), options);
    const Model model = Model::Load(folder.path());
    FeatureTrack track = RandomTrack(options.clips.window * step);
    for (std::size_t row = 5; row < track.frame.size(); ++row) track.frame[row] += 4;  // a gap
    LiveSequence live(&model);
    for (std::int64_t row = 0; row < track.size(); ++row) {
      const Va newest = live.Push(track.Rows(row, 1));
      ClipTrack so_far(track.Rows(0, row + 1), options.phase);
      const Va expected = model.Predict(&so_far).back();
      EXPECT_NEAR(newest[0], expected[0], 1e-5) << "row " << row << ", step " << step;
      EXPECT_NEAR(newest[1], expected[1], 1e-5) << "row " << row << ", step " << step;
    }
  }
}

TEST(LiveSequence, ForgetsWhatLiesBeforeTheWindow) {
  const TempFolder folder;
  RunOptions options = TinyOptions();
  options.motion.enabled = false;  // no snippets: the window alone decides
  WriteModel(folder.path(), options);
  const Model model = Model::Load(folder.path());
  const FeatureTrack track = RandomTrack(20);
  LiveSequence live(&model);
  Va newest{};
  for (std::int64_t row = 0; row < track.size(); ++row) newest = live.Push(track.Rows(row, 1));
  FeatureTrack window = track;
  window.KeepLast(options.clips.window);
  ClipTrack clip(window, options.phase);
  EXPECT_NEAR(newest[1], model.Predict(&clip).back()[1], 1e-5);
}

TEST(Model, RefusesFeaturesOfAnotherBackbone) {
  const TempFolder folder;
  WriteModel(folder.path(), TinyOptions());
  FeatureTrack features = RandomTrack(3);
  features.weights_hash = "0123456789abcdef";
  ClipTrack track(features, TinyOptions().phase);
  const Model model = Model::Load(folder.path());
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { model.Predict(&track); }).find("0123456789abcdef"),
            std::string::npos);
}

TEST(Model, DamageIsNamed) {
  const TempFolder folder;
  EXPECT_NE(ErrorOf(ErrorCode::kBadModel, [&] { Model::Load(folder / "absent"); })
                .find("model.toml is missing"),
            std::string::npos);
  WriteModel(folder.path(), TinyOptions());
  const auto card = folder / "model.toml";
  std::string text = ReadFile(card);
  text.replace(text.find("schema = 1"), 10, "schema = 7");
  WriteFileAtomically(card, text);
  EXPECT_NE(ErrorOf(ErrorCode::kBadModel, [&] { Model::Load(folder.path()); })
                .find("model.schema = 7, this program reads schema 1"),
            std::string::npos);
  WriteModel(folder.path(), TinyOptions());
  const std::string weights = ReadFile(folder / "fold_1.safetensors");
  WriteFileAtomically(folder / "fold_1.safetensors", weights.substr(0, 100));
  ErrorOf(ErrorCode::kBadModel, [&] { Model::Load(folder.path()); });
  WriteFileAtomically(folder / "fold_1.safetensors", weights);
  Model::Load(folder.path());
}

TEST(Model, AlongTheBatchAWindowSeesTheOthersUnlessItIsAlone) {
  const TempFolder folder;
  RunOptions options = TinyOptions();
  options.regressor.recurrence = Recurrence::kBatch;
  options.motion.enabled = false;  // a snippet would reach into the next window
  options.clips.stride = options.clips.window;
  WriteModel(folder.path(), options);
  const FeatureTrack features = RandomTrack(16);
  FeatureTrack other_end = features;
  for (std::size_t i = 8 * FeatureTrack::kPool5; i < other_end.pool5.size(); ++i)
    other_end.pool5[i] = FloatToHalf(3.f);
  ClipTrack track(features, options.phase), changed(other_end, options.phase);
  Model model = Model::Load(folder.path());
  EXPECT_NE(model.Predict(&track)[2][0], model.Predict(&changed)[2][0]);
  model.SetBatchWindows(1);
  const auto alone = model.Predict(&track), alone_changed = model.Predict(&changed);
  for (std::size_t row = 0; row < 8; ++row) EXPECT_EQ(alone[row], alone_changed[row]) << row;
  EXPECT_NE(alone[12], alone_changed[12]);
  EXPECT_NE(
      ErrorOf(ErrorCode::kInvalidArgument, [&] { model.SetBatchWindows(0); }).find("at least"),
      std::string::npos);
}

TEST(Predictor, FeaturesGiveOneRowPerFrame) {
  const TempFolder folder;
  WriteModel(folder.path(), TinyOptions());
  testing_support::WriteTrack(testing_support::UntrainedStore(folder / "store", 16),
                              RandomTrack(6));
  const VaTrack track = Predictor::Load(folder.path()).PredictFeatures(folder / "store", "clip");
  ASSERT_EQ(track.frames.size(), 8u);
  EXPECT_TRUE(track.frames[0].filled);
  EXPECT_FALSE(track.frames[1].filled);
  EXPECT_TRUE(track.frames[7].filled);
  EXPECT_EQ(track.frames[7].valence, track.frames[6].valence);
  for (const VaFrame& frame : track.frames) {
    EXPECT_LE(std::abs(frame.arousal), 1.0);
    // The store states no rate: no time is made up.
    EXPECT_TRUE(std::isnan(frame.timestamp_s));
  }
  PredictorOptions options;
  options.frame_rate = 25;
  EXPECT_EQ(Predictor::Load(folder.path(), options)
                .PredictFeatures(folder / "store", "clip")
                .frames[5]
                .timestamp_s,
            0.2);
  options.frame_rate = 0;
  ErrorOf(ErrorCode::kInvalidArgument, [&] { Predictor::Load(folder.path(), options); });
}

}  // namespace
}  // namespace circumplex
