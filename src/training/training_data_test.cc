// SPDX-License-Identifier: Apache-2.0
#include "training/training_data.h"

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

// Trial "long" of eight frames and "short" of three, whose last frame is not annotated. Valence is
// crowded, arousal is even, so that their densities differ.
class TrainingDataTest : public testing::Test {
 protected:
  TrainingDataTest() {
    options_.clips.window = 8;
    options_.clips.stride = 8;
    options_.motion.enabled = false;
    Write("long", {-0.5, -0.5, -0.5, -0.5, -0.5, -0.5, 0.25, 0.75});
    Write("short", {-0.5, 0.25, 0.5});
    labels_["short"][2].annotated = false;
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
      label.arousal = -0.9 + 0.2 * static_cast<double>(labels_[name].size());
      labels_[name].push_back(label);
      // 1, 2, 3, ... in the first value, one constant in the others.
      for (int d = 0; d < kPool5Size; ++d)
        track.pool5.push_back(FloatToHalf(d > 0 ? 0.5f : static_cast<float>(track.size())));
    }
    track.gray.resize(track.frame.size() * 48 * 48);
    testing_support::WriteTrack(store_, track);
  }
  TrainingData Data(const std::vector<std::string>& trials) {
    return TrainingData(options_, trials, labels_, &cache_);
  }

  const TempFolder folder_;
  const FeatureStore store_ = testing_support::UntrainedStore(folder_.path());
  RunOptions options_;
  LabelMap labels_;  // Every frame has a row.
  ClipTrackCache cache_{store_, options_.phase};
  const std::vector<TrialRows> batch_ = {{"long", {0, 1, 2, 3, 4, 5, 6, 7}}, {"short", {0, 1, 2}}};
};

TEST(LabelsOfRows, GoByFrameNumber) {
  std::vector<VaLabel> labels(4);
  for (std::size_t t = 0; t < 4; ++t) labels[t] = {{0.1 * static_cast<double>(t), 0.5}, t != 1};
  // Frame 0 shows no face; frame 5 is beyond the annotation.
  const std::vector<VaLabel> rows = LabelsOfRows({1, 2, 3, 5}, labels);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_FALSE(rows[0].annotated);
  EXPECT_EQ(rows[0].arousal, 0);
  EXPECT_EQ(rows[1].valence, labels[2].valence);
  EXPECT_EQ(rows[2].valence, labels[3].valence);
  EXPECT_FALSE(rows[3].annotated);
}

TEST_F(TrainingDataTest, WeightsHaveMeanOneOverAnnotatedRows) {
  const TrainingData data = Data({"long", "short"});
  EXPECT_EQ(LabelMoments(labels_, {"long", "short"}).count(), 10);
  for (const Targets targets : {Targets::kValence, Targets::kArousal}) {
    // Rows that are not annotated have none.
    EXPECT_NEAR(data.Build(batch_, targets).weight_btk.sum().item<double>() / 10, 1, 1e-6);
  }
}

TEST_F(TrainingDataTest, EqualSeedAndEpochGiveEqualClips) {
  options_.clips.window = options_.clips.stride = 2;
  const TrainingData data = Data({"long", "short"});
  EXPECT_TRUE(data.Batches(0, 1) == data.Batches(0, 1));
  EXPECT_FALSE(data.Batches(0, 1) == data.Batches(1, 1));
  EXPECT_FALSE(data.Batches(0, 1) == data.Batches(0, 2));
}

TEST_F(TrainingDataTest, EachTargetHasTheWeightsOfItsOwnLabels) {
  std::vector<double> valence, arousal;
  for (const char* name : {"long", "short"}) {
    for (const VaLabel& label : labels_[name]) {
      if (!label.annotated) continue;
      valence.push_back(label.valence);
      arousal.push_back(label.arousal);
    }
  }
  const std::vector<double> of_valence = LdsWeights(valence, options_.lds);
  const std::vector<double> of_arousal = LdsWeights(arousal, options_.lds);
  const TrainingBatch tensors = Data({"long", "short"}).Build(batch_, Targets::kBoth);
  ASSERT_EQ(tensors.weight_btk.sizes(), (std::vector<std::int64_t>{2, 8, 2}));
  const float* weight = tensors.weight_btk.data_ptr<float>();
  double apart = 0;
  for (std::size_t t = 0; t < 8; ++t) {
    EXPECT_FLOAT_EQ(weight[2 * t], static_cast<float>(of_valence[t])) << t;
    EXPECT_FLOAT_EQ(weight[2 * t + 1], static_cast<float>(of_arousal[t])) << t;
    apart += std::abs(of_valence[t] - of_arousal[t]);
  }
  EXPECT_GT(apart, 1);
}

TEST_F(TrainingDataTest, ANetworkOfOneTargetLearnsThatTarget) {
  const TrainingData data = Data({"long", "short"});
  const at::Tensor both = data.Build(batch_, Targets::kBoth).weight_btk;
  for (const Targets targets : {Targets::kValence, Targets::kArousal}) {
    const TrainingBatch tensors = data.Build(batch_, targets);
    ASSERT_EQ(tensors.label_btk.sizes(), (std::vector<std::int64_t>{2, 8, 1}));
    for (std::size_t t = 0; t < 8; ++t) {
      const VaLabel& label = labels_["long"][t];
      EXPECT_EQ(tensors.label_btk.data_ptr<float>()[t],
                static_cast<float>(label[targets == Targets::kValence ? 0 : 1]))
          << t;
    }
    EXPECT_TRUE(tensors.weight_btk.select(2, 0).equal(
        both.select(2, targets == Targets::kArousal ? 1 : 0)));
  }
}

TEST_F(TrainingDataTest, PaddingAndFramesWithoutAnnotationAreMasked) {
  const TrainingBatch tensors = Data({"long", "short"}).Build(batch_, Targets::kBoth);
  const bool expected[] = {true,
                           true,
                           true,
                           true,
                           true,
                           true,
                           true,
                           true,  //
                           true,
                           true,
                           false,
                           false,
                           false,
                           false,
                           false,
                           false};
  for (std::size_t i = 0; i < 16; ++i)
    EXPECT_EQ(tensors.valid_bt.data_ptr<bool>()[i], expected[i]) << i;
}

TEST_F(TrainingDataTest, AnIncompleteLastBatchIsDroppedOnlyIfAsked) {
  options_.clips.window = options_.clips.stride = 2;
  options_.training.batch = 3;
  // Eight rows make four clips.
  const auto sizes = [this](const std::vector<std::string>& trials) {
    std::vector<std::size_t> result;
    for (const auto& batch : Data(trials).Batches(0, 1)) result.push_back(batch.size());
    return result;
  };
  EXPECT_EQ(sizes({"long"}), (std::vector<std::size_t>{3, 1}));
  options_.training.drop_last = true;
  EXPECT_EQ(sizes({"long"}), (std::vector<std::size_t>{3}));
  // The only batch stays.
  options_.training.batch = 5;
  EXPECT_EQ(sizes({"long"}), (std::vector<std::size_t>{4}));
}

TEST_F(TrainingDataTest, Pool5StatisticsAreMeanAndPopulationSpread) {
  const auto [mean, spread] = Data({"long"}).Pool5Statistics();
  // 1 to 8: variance (8^2 - 1) / 12.
  EXPECT_FLOAT_EQ(mean[0].item<float>(), 4.5f);
  EXPECT_FLOAT_EQ(spread[0].item<float>(), static_cast<float>(std::sqrt(63.0 / 12)));
  EXPECT_EQ(mean[1].item<float>(), 0.5f);
  EXPECT_EQ(spread[1].item<float>(), 0.f);
  // Its third frame is not annotated: 1 and 2.
  const auto [mean_short, spread_short] = Data({"short"}).Pool5Statistics();
  EXPECT_FLOAT_EQ(mean_short[0].item<float>(), 1.5f);
  EXPECT_FLOAT_EQ(spread_short[0].item<float>(), 0.5f);
}

}  // namespace
}  // namespace circumplex
