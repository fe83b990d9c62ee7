// SPDX-License-Identifier: Apache-2.0
#include "training/feature_smoothing.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

constexpr int kFeatures = 3;

FdsOptions TinyFds() {
  FdsOptions options;
  options.enabled = true;
  options.buckets = 8;
  return options;
}

// Rows whose features follow valence in one way and arousal in another.
struct Batch {
  at::Tensor features, label, valid;
};

Batch MakeBatch(int seed) {
  at::manual_seed(seed);
  Batch batch;
  batch.label = 2 * at::rand({4, 6, 2}) - 1;
  const at::Tensor valence = batch.label.select(2, 0), arousal = batch.label.select(2, 1);
  batch.features =
      at::stack({valence, arousal * arousal, valence * arousal}, 2) + 0.1 * at::randn({4, 6, 3});
  batch.valid = at::ones({4, 6}, at::kBool);
  batch.valid[1][2] = false;
  return batch;
}

// Smoothing with statistics in use: two epochs are over.
FeatureSmoothing Warm(const FdsOptions& options, int targets) {
  FeatureSmoothing smoothing(options, targets, kFeatures);
  for (int epoch = 0; epoch < 2; ++epoch) {
    const Batch batch = MakeBatch(epoch);
    smoothing.Observe(batch.features, batch.label, batch.valid);
    smoothing.EndEpoch(epoch);
  }
  return smoothing;
}

TEST(FeatureSmoothing, EachTargetIsCalibratedByItsOwnBuckets) {
  const FeatureSmoothing smoothing = Warm(TinyFds(), 2);
  const Batch batch = MakeBatch(5);
  const std::vector<at::Tensor> smoothed =
      smoothing.Smooth(batch.features, batch.label, batch.valid, 2);
  ASSERT_EQ(smoothed.size(), 2u);
  EXPECT_FALSE(smoothed[0].equal(smoothed[1]));
  for (int k = 0; k < 2; ++k) {
    for (int b = 0; b < 4; ++b) {
      for (int t = 0; t < 6; ++t) {
        const at::Tensor row = batch.features[b][t].contiguous();
        std::vector<float> expected(row.data_ptr<float>(), row.data_ptr<float>() + kFeatures);
        if (batch.valid[b][t].item<bool>()) {
          smoothing.statistics(k).Smooth(
              &expected, {FdsBucket(batch.label[b][t][k].item<float>(), 8)}, 2);
        }
        for (int d = 0; d < kFeatures; ++d)
          EXPECT_NEAR(smoothed[k][b][t][d].item<float>(), expected[d], 1e-5) << k << b << t << d;
      }
    }
  }
}

TEST(FeatureSmoothing, NothingHappensBeforeThereAreStatistics) {
  const FeatureSmoothing smoothing(TinyFds(), 2, kFeatures);
  const Batch batch = MakeBatch(5);
  EXPECT_FALSE(smoothing.Acts(1));
  EXPECT_TRUE(Warm(TinyFds(), 2).Acts(2));
  EXPECT_FALSE(Warm(TinyFds(), 2).Acts(0));
  for (const at::Tensor& same : smoothing.Smooth(batch.features, batch.label, batch.valid, 1))
    EXPECT_TRUE(same.equal(batch.features));
}

TEST(FeatureSmoothing, TheGradientIsTheCalibrationsGain) {
  const FeatureSmoothing smoothing = Warm(TinyFds(), 1);
  Batch batch = MakeBatch(5);
  batch.label = batch.label.narrow(2, 0, 1);
  const at::Tensor features = batch.features.clone().set_requires_grad(true);
  smoothing.Smooth(features, batch.label, batch.valid, 2)[0].sum().backward();
  const at::Tensor step = at::full_like(batch.features, 0.5);
  const at::Tensor slope =
      (smoothing.Smooth(batch.features + step, batch.label, batch.valid, 2)[0] -
       smoothing.Smooth(batch.features, batch.label, batch.valid, 2)[0]) /
      0.5;
  EXPECT_LT((features.grad() - slope).abs().max().item<float>(), 1e-4);
  EXPECT_GT((features.grad() - 1).abs().max().item<float>(), 1e-3);
}

TEST(FeatureSmoothing, SavedStateGoesOnAlike) {
  for (const bool live : {false, true}) {
    FdsOptions options = TinyFds();
    options.live_statistics = live;
    FeatureSmoothing one = Warm(options, 2), other(options, 2, kFeatures);
    TensorFile file;
    one.Save("fds/", &file);
    other.Load("fds/", file, "last.safetensors");
    for (FeatureSmoothing* smoothing : {&one, &other}) {
      const Batch batch = MakeBatch(7);
      smoothing->Observe(batch.features, batch.label, batch.valid);
      smoothing->EndEpoch(2);
    }
    const Batch batch = MakeBatch(8);
    for (int k = 0; k < 2; ++k) {
      EXPECT_TRUE(one.Smooth(batch.features, batch.label, batch.valid, 3)[k].equal(
          other.Smooth(batch.features, batch.label, batch.valid, 3)[k]));
    }
  }
}

TEST(FeatureSmoothing, AStateOfOtherOptionsIsRefused) {
  TensorFile file;
  Warm(TinyFds(), 1).Save("fds/", &file);
  FdsOptions more = TinyFds();
  more.buckets = 9;
  FeatureSmoothing other(more, 1, kFeatures);
  EXPECT_NE(ErrorOf(ErrorCode::kBadModel, [&] { other.Load("fds/", file, "last.safetensors"); })
                .find("last.safetensors: fds/0/running_mean has another size"),
            std::string::npos);
  FeatureSmoothing two(TinyFds(), 2, kFeatures);
  ErrorOf(ErrorCode::kBadModel, [&] { two.Load("fds/", file, "last.safetensors"); });
}

TEST(FeatureSmoothing, LiveAndStoredStatisticsDiffer) {
  FdsOptions live = TinyFds();
  live.live_statistics = true;
  const Batch batch = MakeBatch(5);
  EXPECT_FALSE(Warm(TinyFds(), 1)
                   .Smooth(batch.features, batch.label, batch.valid, 2)[0]
                   .equal(Warm(live, 1).Smooth(batch.features, batch.label, batch.valid, 2)[0]));
}

}  // namespace
}  // namespace circumplex
