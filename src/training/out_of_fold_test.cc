// SPDX-License-Identifier: Apache-2.0
#include "training/out_of_fold.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.h"
#include "features/feature_store.h"
#include "predictions/prediction_io.h"
#include "support/feature_stores.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::TempFolder;

constexpr int kFrames = 90;
constexpr int kFolds = 3;

std::string TrialOf(int fold) { return "t" + std::to_string(fold); }

// One trial per fold, at 10 frames per second; valence moves slowly, arousal from frame to frame.
class OutOfFoldTest : public testing::Test {
 protected:
  OutOfFoldTest()
      : store_(testing_support::UntrainedStore(folder_.path())), cache_(store_, phase_) {
    for (int fold = 0; fold < kFolds; ++fold) {
      FeatureTrack track;
      track.trial = TrialOf(fold);
      track.gray_size = 48;
      track.num_frames = kFrames;
      track.frame_rate = 10;
      for (int t = 0; t < kFrames; ++t) {
        VaLabel label;
        label.annotated = true;
        label.valence = 0.5 * std::sin(0.05 * t + fold);
        label.arousal = t % 2 == 0 ? 0.4 : -0.3;
        labels_[TrialOf(fold)].push_back(label);
        if (t == 4) continue;  // no face
        track.frame.push_back(t);
        row_labels_[TrialOf(fold)].push_back(label);
      }
      track.pool5.resize(track.frame.size() * kPool5Size);
      track.gray.resize(track.frame.size() * 48 * 48);
      testing_support::WriteTrack(store_, track);
    }
  }

  // predict(fold, label) for every row.
  template <typename Predict>
  OutOfFold Make(const InferenceOptions& options, int folds, Predict predict) {
    OutOfFold result(options, &labels_, &row_labels_, &cache_);
    for (int fold = 0; fold < folds; ++fold) {
      RowPredictions predictions;
      for (int t = 0; t < kFrames; ++t) {
        if (t == 4) continue;
        const VaLabel& label = labels_[TrialOf(fold)][t];
        predictions[TrialOf(fold)].push_back(predict(fold, t, label));
      }
      result.AddFold(std::move(predictions), {0.5, 0.25});
    }
    result.MeasureCorrections();
    return result;
  }

  const TempFolder folder_;
  const PhaseOptions phase_;
  LabelMap labels_, row_labels_;
  FeatureStore store_;
  ClipTrackCache cache_;
};

Va Biased(int fold, int, const VaLabel& label) {
  return {label.valence + 0.1 * (fold + 1), label.arousal - 0.2};
}

TEST_F(OutOfFoldTest, BiasComesFromTheOtherFoldsAndForTheModelFromAll) {
  InferenceOptions options;
  options.bias_correction = true;
  const OutOfFold oof = Make(options, kFolds, Biased);
  EXPECT_NEAR(oof.correction(0).bias[0], (0.2 + 0.3) / 2, 1e-7);
  EXPECT_NEAR(oof.correction(1).bias[0], (0.1 + 0.3) / 2, 1e-7);
  EXPECT_NEAR(oof.correction(2).bias[1], -0.2, 1e-7);
  EXPECT_NEAR(oof.result().bias[0], 0.2, 1e-7);
  EXPECT_NEAR(oof.result().bias[1], -0.2, 1e-7);
  const auto written = oof.Write(folder_ / "oof");
  EXPECT_NEAR(*written[1], 1.0, 1e-6);  // the same bias everywhere: gone
  EXPECT_LT(*oof.RawCcc()[1], 0.9);
  EXPECT_GT(*written[0], *oof.RawCcc()[0]);
  const auto file = ReadPredictions(folder_ / "oof/t1.txt").at("t1");
  ASSERT_EQ(file.size(), static_cast<std::size_t>(kFrames));
  EXPECT_NEAR(file[10].valence, labels_["t1"][10].valence, 6e-5);  // four decimals
}

TEST_F(OutOfFoldTest, WithoutOptionsNothingChanges) {
  const OutOfFold oof = Make(InferenceOptions(), kFolds, Biased);
  EXPECT_EQ(oof.result().bias, (Va{0, 0}));
  EXPECT_FALSE(oof.result().smoothing_s);
  EXPECT_EQ(oof.correction(0).Apply({0.3, -0.7}), (Va{0.3, -0.7}));
}

TEST_F(OutOfFoldTest, StdIsMatchedWithTheOtherFoldsPredictions) {
  InferenceOptions options;
  options.std_matching = true;
  // Fold 0 is predicted with twice the spread; that must not show in its own factor.
  const OutOfFold oof = Make(options, kFolds, [](int fold, int, const VaLabel& label) {
    const double factor = fold == 0 ? 2 : 1;
    return Va{factor * label.valence, factor * label.arousal};
  });
  CccAccumulator others;
  others.Merge(oof.score(1)[1]);
  others.Merge(oof.score(2)[1]);
  EXPECT_NEAR(oof.correction(0).matching[1].scale, 0.25 / std::sqrt(others.variance_x()), 1e-12);
  EXPECT_NEAR(oof.correction(0).matching[1].center, others.mean_x(), 1e-12);
  EXPECT_LT(oof.correction(1).matching[1].scale, oof.correction(0).matching[1].scale);
}

Va Noisy(int fold, int t, const VaLabel& label) {
  Rng rng(3, std::to_string(fold) + "/" + std::to_string(t));
  return {label.valence + 0.3 * rng.Normal(), label.arousal};
}

TEST_F(OutOfFoldTest, TheWidthFitsEachTarget) {
  InferenceOptions options;
  options.smoothing = SmoothingKind::kBox;
  options.smoothing_choose = true;
  const OutOfFold oof = Make(options, kFolds, Noisy);
  ASSERT_TRUE(oof.result().smoothing_s);
  EXPECT_GE((*oof.result().smoothing_s)[0], 0.5);  // noise on a slow curve
  EXPECT_LE((*oof.result().smoothing_s)[0], 4.0);
  EXPECT_EQ((*oof.result().smoothing_s)[1], 0.0);  // smoothing would destroy it
  const auto written = oof.Write(folder_ / "oof");
  EXPECT_GT(*written[0], *oof.RawCcc()[0] + 0.05);
  EXPECT_NEAR(*written[1], 1.0, 1e-6);
}

TEST_F(OutOfFoldTest, AFoldsOwnLabelsDoNotReachItsFile) {
  InferenceOptions options;
  options.smoothing = SmoothingKind::kGaussian;
  options.smoothing_choose = options.bias_correction = options.std_matching = true;
  const auto predict = [](int fold, int t, const VaLabel&) {
    Rng rng(9, std::to_string(fold) + "/" + std::to_string(t));
    return Va{0.4 * std::sin(0.05 * t) + 0.2 * rng.Normal(), 0.3 * rng.Normal()};
  };
  const OutOfFold before = Make(options, kFolds, predict);
  for (LabelMap* labels : {&labels_, &row_labels_}) {
    for (VaLabel& label : labels->at("t0")) label.valence = label.arousal = 0.9;
  }
  const OutOfFold after = Make(options, kFolds, predict);
  EXPECT_EQ(before.correction(0).bias, after.correction(0).bias);
  for (std::size_t k = 0; k < 2; ++k)
    EXPECT_EQ(before.correction(0).matching[k].scale, after.correction(0).matching[k].scale);
  EXPECT_EQ(before.widths(0), after.widths(0));
  EXPECT_NE(before.correction(1).bias, after.correction(1).bias);
  EXPECT_NE(before.result().bias, after.result().bias);
}

TEST_F(OutOfFoldTest, ASingleFoldCorrectsTheModelButNotItself) {
  InferenceOptions options;
  options.bias_correction = options.std_matching = options.smoothing_choose = true;
  options.smoothing = SmoothingKind::kBox;
  options.smoothing_s = 0.7;
  const OutOfFold oof = Make(options, 1, Biased);
  EXPECT_EQ(oof.correction(0).Apply({0.3, -0.7}), (Va{0.3, -0.7}));
  EXPECT_EQ(oof.widths(0), (Va{0.7, 0.7}));
  EXPECT_NEAR(oof.result().bias[0], 0.1, 1e-7);
  EXPECT_TRUE(oof.result().smoothing_s);
}

TEST_F(OutOfFoldTest, ATargetWithoutNetworkStaysUndefined) {
  InferenceOptions options;
  options.bias_correction = true;
  const OutOfFold oof = Make(options, kFolds, [](int fold, int, const VaLabel& label) {
    return Va{label.valence + 0.1 * fold, std::nan("")};
  });
  oof.Write(folder_ / "one_target");
  const auto file = ReadPredictions(folder_ / "one_target/t0.txt").at("t0");
  EXPECT_TRUE(std::isfinite(file[3].valence));
  EXPECT_TRUE(std::isnan(file[3].arousal));
  EXPECT_TRUE(oof.RawCcc()[0]);
  EXPECT_FALSE(oof.RawCcc()[1]);
  EXPECT_FALSE(oof.Write(folder_ / "oof")[1]);
}

}  // namespace
}  // namespace circumplex
