// SPDX-License-Identifier: Apache-2.0
#include "inference/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "circumplex/error.h"

#include "core/files.h"
#include "inference/predict_track.h"
#include "network/targets.h"
#include "support/test_files.h"
#include "support/tiny_model.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::RandomTrack;
using testing_support::TempFolder;
using testing_support::TinyOptions;
using testing_support::WriteTinyModel;

TEST(Model, IsTheMeanOfItsMembers) {
  const TempFolder folder;
  const RunOptions options = TinyOptions();
  WriteTinyModel(folder.path(), options);
  ClipTrack track(RandomTrack(9), options.phase);
  const Model model = Model::Load(folder.path());
  const auto mean = model.Predict(&track);
  double expected = 0;
  for (int fold = 0; fold < 2; ++fold) {
    TwoStreamNet net = MakeNet(options);
    ReadCheckpoint(folder / ("fold_" + std::to_string(fold) + ".safetensors"), *net);
    net->eval();
    expected += PredictTrack(net, options, Targets::kBoth, &track)[4][0] / 2;
  }
  EXPECT_NEAR(mean[4][0], expected, 1e-6);
}

TEST(Model, SubtractsTheBiasOfItsCard) {
  const TempFolder folder;
  const RunOptions options = TinyOptions();
  WriteTinyModel(folder.path(), options);
  ClipTrack track(RandomTrack(9), options.phase);
  const Va plain = Model::Load(folder.path()).Predict(&track)[4];
  ModelCard card = ReadModelCard(folder.path());
  card.bias = {0.25, -0.125};
  WriteModelCard(folder.path(), card);
  const Va calibrated = Model::Load(folder.path()).Predict(&track)[4];
  EXPECT_NEAR(calibrated[0], plain[0] - 0.25, 1e-12);
  EXPECT_NEAR(calibrated[1], plain[1] + 0.125, 1e-12);
}

TEST(Model, MatchesTheLabelsStandardDeviationMemberByMember) {
  const TempFolder folder;
  RunOptions options = TinyOptions();
  options.inference.std_matching = true;
  WriteTinyModel(folder.path(), options);
  ModelCard card = ReadModelCard(folder.path());
  card.label_std = {0.4, 0.3};
  card.bias = {0.05, -0.1};
  card.members[0].prediction_mean = {0.1, -0.2};
  card.members[0].prediction_std = {0.2, 0.1};
  card.members[1].prediction_mean = {-0.1, 0.3};
  card.members[1].prediction_std = {0.8, 0.6};
  WriteModelCard(folder.path(), card);
  const Va joined = Model::Load(folder.path()).Join({{{0.3, 0.0}}, {{0.5, 0.1}}}).at(0);
  // Members stretched: (0.5, 0.4) and (0.2, 0.2).
  EXPECT_NEAR(joined[0], 0.35 - 0.05, 1e-12);
  EXPECT_NEAR(joined[1], 0.3 + 0.1, 1e-12);
}

TEST(Model, ATargetIsTheMeanOfItsOwnNetworks) {
  const TempFolder folder;
  RunOptions options = TinyOptions();
  options.regressor.separate_models = true;
  ModelCard card;
  card.options = options;
  for (const Targets targets : {Targets::kValence, Targets::kArousal, Targets::kArousal}) {
    ModelMember member;
    member.file = "net_" + std::to_string(card.members.size()) + ".safetensors";
    member.targets = targets;
    WriteCheckpoint(folder / member.file, NamedState(*MakeNet(OptionsOfMember(options, targets))));
    card.members.push_back(member);
  }
  WriteModelCard(folder.path(), card);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Va joined =
      Model::Load(folder.path()).Join({{{0.4, nan}}, {{nan, -0.6}}, {{nan, -0.2}}}).at(0);
  EXPECT_EQ(joined[0], 0.4);
  EXPECT_NEAR(joined[1], -0.4, 1e-12);
}

TEST(Model, RefusesFeaturesOfAnotherBackbone) {
  const TempFolder folder;
  WriteTinyModel(folder.path(), TinyOptions());
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
  WriteTinyModel(folder.path(), TinyOptions());
  const auto card = folder / "model.toml";
  std::string text = ReadFile(card);
  text.replace(text.find("schema = 1"), 10, "schema = 7");
  WriteFileAtomically(card, text);
  EXPECT_NE(ErrorOf(ErrorCode::kBadModel, [&] { Model::Load(folder.path()); })
                .find("model.schema = 7, this program reads schema 1"),
            std::string::npos);
  WriteTinyModel(folder.path(), TinyOptions());
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
  WriteTinyModel(folder.path(), options);
  const FeatureTrack features = RandomTrack(16);
  FeatureTrack other_end = features;
  for (std::size_t i = 8 * kPool5Size; i < other_end.pool5.size(); ++i)
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

}  // namespace
}  // namespace circumplex
