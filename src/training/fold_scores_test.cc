// SPDX-License-Identifier: Apache-2.0
#include "training/fold_scores.h"

#include <gtest/gtest.h>

#include <cmath>

#include "circumplex/lds.h"

#include "metrics/summary.h"

namespace circumplex {
namespace {

TEST(StdMatchedCcc, ConstantLabelsSayNothing) {
  CccAccumulator constant;
  EXPECT_FALSE(GroupCcc(constant));
  constant.Add(0.1, 0.3);
  constant.Add(0.2, 0.3);
  EXPECT_EQ(constant.Value(), 0.0);
  EXPECT_FALSE(GroupCcc(constant));
  EXPECT_FALSE(StdMatchedCcc(constant, 0.5));
  constant.Add(0.3, 0.4);
  EXPECT_EQ(GroupCcc(constant), constant.Value());
}

TEST(StdMatchedCcc, IsTheCccOfStretchedPredictions) {
  const double x[] = {0.1, 0.4, -0.2, 0.3}, y[] = {0.3, 0.9, -0.6, 0.1};
  CccAccumulator raw, stretched;
  for (int i = 0; i < 4; ++i) raw.Add(x[i], y[i]);
  for (int i = 0; i < 4; ++i) {
    const double scale = 0.7 / std::sqrt(raw.variance_x());
    stretched.Add(raw.mean_x() + scale * (x[i] - raw.mean_x()), y[i]);
  }
  EXPECT_NEAR(*StdMatchedCcc(raw, 0.7), *stretched.Value(), 1e-12);
}

// Trial "train" with few labels, trial "test" with one among them and one far from all.
class ValidationLossTest : public testing::Test {
 protected:
  ValidationLossTest() {
    Add("train", {-0.5, -0.5, -0.5, -0.5, 0.0, 0.5, -0.5, -0.5});
    Add("test", {0.5, 0.9, -0.5});
  }
  void Add(const std::string& name, const std::vector<double>& valence) {
    for (const double value : valence) {
      VaLabel label;
      label.annotated = true;
      label.valence = value;
      label.arousal = -value;
      labels_[name].push_back(label);
    }
  }
  LabelWeights Weights() {
    std::vector<double> valence, arousal;
    for (const VaLabel& label : labels_["train"]) {
      valence.push_back(label.valence);
      arousal.push_back(label.arousal);
    }
    return LabelWeights(valence, arousal, options_.lds);
  }

  RunOptions options_;
  LabelMap labels_;
  const RowPredictions predictions_ = {{"test", {{0.4, -0.5}, {0.4, -0.5}, {0.0, 0.0}}}};
};

TEST_F(ValidationLossTest, RowsWithoutAnnotationCountNeitherInScoresNorInTheLoss) {
  labels_["test"][1].annotated = false;
  labels_["test"][1].valence = labels_["test"][1].arousal = 0;
  options_.lds.enabled = false;
  const auto score = ScoreRows(predictions_, labels_, Targets::kBoth);
  for (const CccAccumulator& target : score) EXPECT_EQ(target.count(), 2);
  EXPECT_NEAR(score[0].mean_x(), 0.2, 1e-12);  // 0.4 and 0.0
  EXPECT_NEAR(score[0].mean_y(), 0.0, 1e-12);  // 0.5 and -0.5
  EXPECT_NEAR(score[1].mean_x(), -0.25, 1e-12);
  const auto arousal = ScoreRows(predictions_, labels_, Targets::kArousal);
  EXPECT_EQ(arousal[0].count(), 0);
  EXPECT_EQ(arousal[1].count(), 2);

  const LabelWeights of_labels = Weights();
  LossOptions loss;
  loss.ccc = 0;
  EXPECT_NEAR(*ValidationLoss(predictions_, labels_, Targets::kValence, loss, of_labels),
              (0.01 + 0.25) / 2,
              1e-9);
}

TEST_F(ValidationLossTest, IsTheConfiguredLossWithTheTrainingDensitysWeights) {
  const LabelWeights of_labels = Weights();
  std::vector<double> train;
  for (const VaLabel& label : labels_["train"]) train.push_back(label.valence);
  const std::vector<double> weights = LdsWeights(train, options_.lds);
  EXPECT_EQ(of_labels.Of({-0.5, 0.5})[0], weights[0]);
  EXPECT_EQ(of_labels.Of({0.5, -0.5})[0], weights[5]);
  EXPECT_EQ(of_labels.Of({0.9, -0.9})[0], weights[5]);  // nearest bin with a label
  EXPECT_EQ(of_labels.Of({-0.9, 0.9})[0], weights[0]);
  EXPECT_GT(weights[5], weights[0]);

  LossOptions loss;
  loss.kind = LossKind::kWeightedL1;
  loss.ccc = 0;
  const double expected = (weights[5] * 0.1 + weights[5] * 0.5 + weights[0] * 0.5) / 3;
  EXPECT_NEAR(
      *ValidationLoss(predictions_, labels_, Targets::kValence, loss, of_labels), expected, 1e-6);
  loss.ccc = 2;  // 1 - CCC is not weighted here
  const auto score = ScoreRows(predictions_, labels_, Targets::kValence);
  EXPECT_NEAR(*ValidationLoss(predictions_, labels_, Targets::kValence, loss, of_labels),
              expected + 2 * (1 - *score[0].Value()),
              1e-6);
}

TEST_F(ValidationLossTest, WithoutLdsEveryRowCountsOne) {
  options_.lds.enabled = false;
  const LabelWeights of_labels = Weights();
  LossOptions loss;
  loss.ccc = 0;
  const double valence = 0.01 + 0.25 + 0.25, arousal = 0 + 0.16 + 0.25;
  EXPECT_NEAR(*ValidationLoss(predictions_, labels_, Targets::kBoth, loss, of_labels),
              (valence + arousal) / 6,
              1e-6);
  EXPECT_FALSE(ValidationLoss({}, labels_, Targets::kBoth, loss, of_labels));
}

}  // namespace
}  // namespace circumplex
