// SPDX-License-Identifier: Apache-2.0
#include "training/fold_scores.h"

#include <gtest/gtest.h>

#include <cmath>

#include "circumplex/lds.h"

#include "core/safetensors.h"
#include "features/feature_store.h"
#include "support/feature_stores.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::TempFolder;

TEST(FoldCcc, ConstantLabelsSayNothing) {
  CccAccumulator constant;
  EXPECT_FALSE(FoldCcc(constant));
  constant.Add(0.1, 0.3f);
  constant.Add(0.2, 0.3f);
  EXPECT_EQ(constant.Value(), 0.0);
  EXPECT_FALSE(FoldCcc(constant));
  EXPECT_FALSE(SpreadMatchedCcc(constant, 0.5));
  constant.Add(0.3, 0.4f);
  EXPECT_EQ(FoldCcc(constant), constant.Value());
}

TEST(SpreadMatchedCcc, IsTheCccOfStretchedPredictions) {
  const double x[] = {0.1, 0.4, -0.2, 0.3}, y[] = {0.3, 0.9, -0.6, 0.1};
  CccAccumulator raw, stretched;
  for (int i = 0; i < 4; ++i) raw.Add(x[i], y[i]);
  for (int i = 0; i < 4; ++i) {
    const double scale = 0.7 / std::sqrt(raw.variance_x());
    stretched.Add(raw.mean_x() + scale * (x[i] - raw.mean_x()), y[i]);
  }
  EXPECT_NEAR(*SpreadMatchedCcc(raw, 0.7), *stretched.Value(), 1e-12);
}

// Trial "train" with few labels, trial "test" with one among them and one far from all.
class ValidationLossTest : public testing::Test {
 protected:
  ValidationLossTest() {
    options_.clips.window = 8;
    Write("train", {-0.5f, -0.5f, -0.5f, -0.5f, 0.0f, 0.5f, -0.5f, -0.5f});
    Write("test", {0.5f, 0.9f, -0.5f});
  }
  void Write(const std::string& name, const std::vector<double>& valence) {
    FeatureTrack track;
    track.trial = name;
    track.num_frames = static_cast<std::int64_t>(valence.size());
    for (const double value : valence) {
      track.frame.push_back(static_cast<std::int64_t>(track.frame.size()));
      VaLabel label;
      label.annotated = true;
      label.valence = value;
      label.arousal = -value;
      labels_[name].push_back(label);
    }
    track.pool5.resize(track.frame.size() * FeatureTrack::kPool5, FloatToHalf(1));
    track.gray.resize(track.frame.size() * 48 * 48);
    testing_support::WriteTrack(store_, track);
  }

  const TempFolder folder_;
  const FeatureStore store_ = testing_support::UntrainedStore(folder_.path());
  RunOptions options_;
  LabelMap labels_;
  const RowPredictions predictions_ = {{"test", {{0.4, -0.5}, {0.4, -0.5}, {0.0, 0.0}}}};
};

TEST_F(ValidationLossTest, IsTheConfiguredLossWithTheTrainingDensitysWeights) {
  ClipTrackCache cache(store_, options_.phase);
  const TrainingData data(options_, {"train"}, labels_, &cache);
  std::vector<double> train;
  for (const VaLabel& label : labels_["train"]) train.push_back(label.valence);
  const std::vector<double> weights = LdsWeights(train, options_.lds);
  EXPECT_EQ(data.WeightOf({-0.5f, 0.5f})[0], weights[0]);
  EXPECT_EQ(data.WeightOf({0.5f, -0.5f})[0], weights[5]);
  EXPECT_EQ(data.WeightOf({0.9, -0.9})[0], weights[5]);  // nearest bin with a label
  EXPECT_EQ(data.WeightOf({-0.9f, 0.9f})[0], weights[0]);
  EXPECT_GT(weights[5], weights[0]);

  LossOptions loss;
  loss.kind = LossKind::kWeightedL1;
  loss.ccc = 0;
  const double expected = (weights[5] * 0.1 + weights[5] * 0.5 + weights[0] * 0.5) / 3;
  EXPECT_NEAR(*ValidationLoss(predictions_, labels_, Targets::kValence, loss, data, &cache),
              expected,
              1e-6);
  loss.ccc = 2;  // 1 - CCC is not weighted here
  const auto score = ScoreRows(predictions_, labels_, Targets::kValence, &cache);
  EXPECT_NEAR(*ValidationLoss(predictions_, labels_, Targets::kValence, loss, data, &cache),
              expected + 2 * (1 - *score[0].Value()),
              1e-6);
}

TEST_F(ValidationLossTest, WithoutLdsEveryRowCountsOne) {
  options_.lds.enabled = false;
  ClipTrackCache cache(store_, options_.phase);
  const TrainingData data(options_, {"train"}, labels_, &cache);
  LossOptions loss;
  loss.ccc = 0;
  const double valence = 0.01 + 0.25 + 0.25, arousal = 0 + 0.16 + 0.25;
  EXPECT_NEAR(*ValidationLoss(predictions_, labels_, Targets::kBoth, loss, data, &cache),
              (valence + arousal) / 6,
              1e-6);
  EXPECT_FALSE(ValidationLoss({}, labels_, Targets::kBoth, loss, data, &cache));
}

TEST_F(ValidationLossTest, JointWeightsAreOfCells) {
  options_.lds.joint = true;
  ClipTrackCache cache(store_, options_.phase);
  const TrainingData data(options_, {"train"}, labels_, &cache);
  std::vector<double> valence, arousal;
  for (const VaLabel& label : labels_["train"]) {
    valence.push_back(label.valence);
    arousal.push_back(label.arousal);
  }
  const std::vector<double> weights = JointLdsWeights(valence, arousal, options_.lds);
  EXPECT_EQ(data.WeightOf({0.5f, -0.5f})[0], weights[5]);
  EXPECT_EQ(data.WeightOf({0.5f, -0.5f})[1], weights[5]);
  EXPECT_EQ(data.WeightOf({0.7f, -0.7f})[0], weights[5]);
  EXPECT_EQ(data.WeightOf({-0.9f, 0.9f})[1], weights[0]);
}

}  // namespace
}  // namespace circumplex
