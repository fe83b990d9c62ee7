// SPDX-License-Identifier: Apache-2.0
#include "evaluation/evaluator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "circumplex/ccc.h"

#include "core/csv.h"
#include "core/files.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

constexpr int kRows = 40;

// Twenty even steps, repeated; every value is exact in binary and in four decimals.
constexpr double kStep = 0.0625;
constexpr double kVariance = kStep * kStep * (20 * 20 - 1) / 12;
constexpr double kArousalMean = 0.5 - 9.5 * kStep;
double Valence(int row) { return -0.5 + kStep * (row % 20); }
double Arousal(int row) { return 0.5 - kStep * ((row * 3) % 20); }

EvaluationTrial PerfectTrial(const std::string& name) {
  EvaluationTrial trial;
  trial.name = name;
  trial.predicted = true;
  for (int row = 0; row < kRows; ++row) {
    const VaLabel label = {{Valence(row), Arousal(row)}, true};
    trial.labels.push_back(label);
    trial.predictions.push_back(label);
  }
  return trial;
}

EvaluateOptions NoIntervals() {
  EvaluateOptions options;
  options.bootstrap.bootstrap = 0;
  return options;
}

std::string Rows(const std::vector<std::string>& rows) {
  std::string text = "valence,arousal\n";
  for (const std::string& row : rows) text += row + "\n";
  return text;
}

std::string Ramp(int rows, double shift = 0) {
  std::string text = "valence,arousal\n";
  for (int row = 0; row < rows; ++row) {
    text +=
        FormatFixed(Valence(row) + shift, 4) + "," + FormatFixed(Arousal(row) + shift, 4) + "\n";
  }
  return text;
}

TEST(Evaluate, PerfectAgreement) {
  const EvaluationResult result = EvaluateTrials({PerfectTrial("a"), PerfectTrial("b")}, {});
  for (const Score& score : {result.ccc_valence, result.ccc_arousal, result.ccc_mean}) {
    EXPECT_NEAR(score.value.value(), 1, 1e-12);
    EXPECT_NEAR(score.low.value(), 1, 1e-12);
    EXPECT_NEAR(score.high.value(), 1, 1e-12);
  }
  EXPECT_EQ(result.bootstrap, 1000);
  EXPECT_NEAR(result.pooled.valence.pearson.value(), 1, 1e-12);
  EXPECT_EQ(result.pooled.valence.rmse.value(), 0);
  EXPECT_EQ(result.pooled.arousal.sign_agreement.value(), 1);
  EXPECT_EQ(result.pooled.used, 2 * kRows);
  EXPECT_EQ(result.rows.used, 2 * kRows);
  ASSERT_EQ(result.videos.size(), 2u);
  EXPECT_EQ(result.videos[1].name, "b");
  EXPECT_TRUE(result.warnings.empty());
  EXPECT_FALSE(result.cropped_only && result.rows.without_crop > 0);
  const auto& plane = result.predicted_plane.counts;
  EXPECT_EQ(std::accumulate(plane.begin(), plane.end(), std::int64_t{0}), 2 * kRows);
  EXPECT_EQ(result.valence_agreement.counts.size(), 1600u);
}

TEST(Evaluate, ShiftAndScaleHaveTheirClosedForm) {
  EvaluationTrial trial = PerfectTrial("a");
  const double shift = 0.25, scale = 0.5;
  for (int row = 0; row < kRows; ++row) {
    trial.predictions[static_cast<std::size_t>(row)] = {Valence(row) + shift, scale * Arousal(row)};
  }
  const EvaluationResult result = EvaluateTrials({trial}, NoIntervals());
  const double variance = kVariance, mean = kArousalMean;
  EXPECT_NEAR(
      result.ccc_valence.value.value(), 2 * variance / (2 * variance + shift * shift), 1e-12);
  EXPECT_NEAR(result.ccc_arousal.value.value(),
              2 * scale * variance /
                  ((1 + scale * scale) * variance + (1 - scale) * (1 - scale) * mean * mean),
              1e-12);
  EXPECT_NEAR(result.ccc_mean.value.value(),
              (*result.ccc_valence.value + *result.ccc_arousal.value) / 2,
              1e-15);
  EXPECT_NEAR(result.pooled.valence.rmse.value(), shift, 1e-12);
  EXPECT_NEAR(result.pooled.arousal.pearson.value(), 1, 1e-12);
  EXPECT_FALSE(result.ccc_valence.low);
  for (const RegionErrors& region : result.valence_regions) {
    if (region.frames == 0) continue;
    EXPECT_NEAR(region.bias.value(), shift, 1e-12) << region.name;
    EXPECT_NEAR(region.mae.value.value(), shift, 1e-12) << region.name;
    EXPECT_NEAR(region.rmse.value(), shift, 1e-12) << region.name;
    EXPECT_NEAR(region.geometric_mean.value(), shift, 1e-12) << region.name;
  }
}

TEST(Evaluate, ConstantPredictionScoresZeroAndEqualConstantsAreUndefined) {
  EvaluationTrial trial = PerfectTrial("a");
  for (std::size_t row = 0; row < trial.labels.size(); ++row) {
    trial.predictions[row].valence = 0.25;
    trial.labels[row].arousal = 0.5;
    trial.predictions[row].arousal = 0.5;
  }
  const EvaluationResult result = EvaluateTrials({trial, trial}, {});
  EXPECT_EQ(result.ccc_valence.value.value(), 0);
  EXPECT_FALSE(result.pooled.valence.pearson);
  EXPECT_FALSE(result.ccc_arousal.value);
  EXPECT_FALSE(result.ccc_arousal.low);
  EXPECT_FALSE(result.ccc_mean.value);
  EXPECT_FALSE(result.pooled.mean_ccc);
  EXPECT_EQ(result.pooled.arousal.rmse.value(), 0);
}

TEST(Evaluate, PooledIsNotTheMeanOfVideos) {
  // Inside each video the prediction is constant, between them it is right.
  std::vector<EvaluationTrial> trials = {PerfectTrial("a"), PerfectTrial("b")};
  for (std::size_t row = 0; row < static_cast<std::size_t>(kRows); ++row) {
    for (std::size_t v = 0; v < 2; ++v) {
      trials[v].labels[row].valence =
          static_cast<float>(v == 0 ? -0.5 : 0.5) + (row % 2 == 0 ? 0.25f : -0.25f);
      trials[v].predictions[row].valence = v == 0 ? -0.5 : 0.5;
    }
  }
  const EvaluationResult result = EvaluateTrials(trials, NoIntervals());
  EXPECT_EQ(result.videos[0].valence.ccc.value(), 0);
  EXPECT_EQ(result.videos[1].valence.ccc.value(), 0);
  // s_xy = s_xx = 1/4, s_yy = 1/4 + 1/16.
  EXPECT_NEAR(result.ccc_valence.value.value(), 0.5 / (0.25 + 0.3125), 1e-12);
}

TEST(Evaluate, UnannotatedRowsAreDroppedWhateverIsPredictedThere) {
  EvaluationTrial trial = PerfectTrial("a");
  trial.labels[0] = trial.labels[7] = trial.labels.back() = VaLabel();
  trial.predictions[0] = {std::nan(""), std::nan("")};
  trial.predictions[7] = {-5, -5};
  const EvaluationResult result = EvaluateTrials({trial}, NoIntervals());
  EXPECT_EQ(result.rows.total, kRows);
  EXPECT_EQ(result.rows.used, kRows - 3);
  EXPECT_EQ(result.rows.not_annotated, 3);
  EXPECT_EQ(result.rows.sentinel_predictions, 0);
  EXPECT_NEAR(result.ccc_mean.value.value(), 1, 1e-12);
}

TEST(Evaluate, SentinelPredictionsCountAndAreNamed) {
  EvaluationTrial trial = PerfectTrial("a");
  trial.predictions[0] = {-5, -5};
  CccAccumulator expected;
  for (std::size_t row = 0; row < trial.labels.size(); ++row) {
    expected.Add(trial.predictions[row].valence, trial.labels[row].valence);
  }
  const EvaluationResult result = EvaluateTrials({trial}, NoIntervals());
  EXPECT_NEAR(result.ccc_valence.value.value(), expected.Value().value(), 1e-12);
  EXPECT_LT(result.ccc_valence.value.value(), 0.5);
  EXPECT_EQ(result.rows.sentinel_predictions, 1);
  EXPECT_EQ(result.rows.used, kRows);
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_EQ(result.warnings[0],
            "1 prediction is -5 (the paper's rule for frames before the first face), counted as "
            "written; this "
            "lowers the CCC.");
}

TEST(Evaluate, ValuesOutsideTheSquareAreNamed) {
  EvaluationTrial trial = PerfectTrial("a");
  trial.predictions[0].valence = 1.2;
  trial.predictions[1].arousal = -1.01;
  const EvaluationResult result = EvaluateTrials({trial}, NoIntervals());
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_EQ(result.warnings[0], "2 predictions lie outside [-1, 1], counted as written.");
}

TEST(Evaluate, OneVideoHasNoInterval) {
  const EvaluationResult result = EvaluateTrials({PerfectTrial("a")}, {});
  EXPECT_EQ(result.bootstrap, 0);
  EXPECT_FALSE(result.ccc_mean.low);
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_NE(result.warnings[0].find("One video only"), std::string::npos);
}

TEST(Evaluate, RowCountsMustMatch) {
  EvaluationTrial trial = PerfectTrial("10-60-1280x720_left");
  trial.predictions.pop_back();
  EXPECT_EQ(
      ErrorOf(ErrorCode::kBadData, [&] { EvaluateTrials({trial}, {}); }),
      "trial '10-60-1280x720_left': 39 predictions for 40 annotation rows; write one prediction "
      "per "
      "annotation row, or allow fitting (fit_rows), which repeats the last prediction or cuts");
  EvaluateOptions fit = NoIntervals();
  fit.fit_rows = true;
  EvaluationTrial longer = PerfectTrial("b");
  longer.predictions.push_back({0.9, 0.9});
  const EvaluationResult result = EvaluateTrials({trial, longer}, fit);
  EXPECT_EQ(result.rows.used, 2 * kRows);
  EXPECT_NEAR(result.videos[1].mean_ccc.value(), 1, 1e-12);
  // The last of 40 rows is predicted as the one before, a step away.
  EXPECT_NEAR(result.videos[0].valence.rmse.value(), kStep / std::sqrt(40.0), 1e-12);
  EXPECT_EQ(result.warnings.at(0),
            "2 trials' predictions were cut or extended to the annotation's rows.");
  trial.predictions.clear();
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { EvaluateTrials({trial}, fit); })
                .find("0 predictions for 40"),
            std::string::npos);
}

TEST(Evaluate, MissingTrialsAreRefusedOrListed) {
  EvaluationTrial missing = PerfectTrial("m");
  missing.predicted = false;
  missing.predictions.clear();
  EXPECT_EQ(ErrorOf(ErrorCode::kBadData,
                    [&] {
                      EvaluateTrials({PerfectTrial("a"), missing}, {});
                    }),
            "1 annotated trial has no prediction: 'm'; predict them, or allow missing trials "
            "(allow_missing)");
  EvaluateOptions options = NoIntervals();
  options.allow_missing = true;
  const EvaluationResult result = EvaluateTrials({PerfectTrial("a"), missing}, options);
  EXPECT_EQ(result.missing_trials, std::vector<std::string>{"m"});
  EXPECT_EQ(result.rows.without_prediction, kRows);
  EXPECT_EQ(result.rows.used, kRows);
  EXPECT_EQ(result.rows.total, 2 * kRows);
  EXPECT_EQ(result.videos.size(), 1u);
  EXPECT_EQ(result.warnings.at(0),
            "1 of 2 annotated trials have no prediction and are not scored.");
  EXPECT_EQ(ErrorOf(ErrorCode::kBadData, [&] { EvaluateTrials({missing}, options); }),
            "none of the 1 annotated trial has a prediction ('m'); predictions are matched by "
            "trial name: check "
            "the names");
}

TEST(Evaluate, ATrialWithoutAnAnnotatedRowIsNotMissing) {
  EvaluationTrial unlabelled = PerfectTrial("u");
  for (VaLabel& label : unlabelled.labels) label = VaLabel();
  unlabelled.predicted = false;
  unlabelled.predictions.clear();
  const EvaluationResult result = EvaluateTrials({PerfectTrial("a"), unlabelled}, NoIntervals());
  EXPECT_TRUE(result.missing_trials.empty());
  EXPECT_TRUE(result.warnings.empty());
  EXPECT_EQ(result.rows.total, 2 * kRows);
  EXPECT_EQ(result.rows.not_annotated, kRows);
  EXPECT_EQ(result.rows.used, kRows);
  EXPECT_EQ(ErrorOf(ErrorCode::kBadData, [&] { EvaluateTrials({unlabelled}, NoIntervals()); }),
            "none of the 1 trial has an annotated row, so there is nothing to score; check the "
            "annotations");
  // One run may have predicted it and the other not.
  EvaluationTrial predicted = unlabelled;
  predicted.predicted = true;
  predicted.predictions.assign(predicted.labels.size(), Va());
  const RunComparison comparison =
      CompareTrials({PerfectTrial("a"), unlabelled}, {PerfectTrial("a"), predicted}, NoIntervals());
  EXPECT_EQ(comparison.rows, kRows);
  EXPECT_EQ(comparison.mean.difference.value.value(), 0);
}

TEST(Evaluate, MissingRowsAreRefusedOrCounted) {
  EvaluationTrial trial = PerfectTrial("a");
  trial.predictions[4].valence = std::nan("");
  trial.predictions[9].arousal = INFINITY;
  EXPECT_EQ(ErrorOf(ErrorCode::kBadData, [&] { EvaluateTrials({trial}, {}); }),
            "trial 'a': 2 annotated rows have no prediction, the first is row 5; predict every "
            "row, or allow "
            "missing rows (allow_missing)");
  EvaluateOptions options = NoIntervals();
  options.allow_missing = true;
  const EvaluationResult result = EvaluateTrials({trial}, options);
  EXPECT_EQ(result.rows.used, kRows - 2);
  EXPECT_EQ(result.rows.without_prediction, 2);
  EXPECT_EQ(result.warnings.at(0),
            "2 annotated rows of 1 trial without a prediction are not scored.");
}

TEST(Evaluate, CroppedOnlyLeavesOutFramesWithoutACrop) {
  EvaluationTrial trial = PerfectTrial("a");
  trial.has_crop.assign(kRows, true);
  trial.has_crop[3] = false;
  trial.has_crop[5] = false;
  trial.labels[5] = VaLabel();
  trial.predictions[3] = {1, -1};
  const EvaluationResult result = EvaluateTrials({trial}, NoIntervals());
  EXPECT_EQ(result.rows.without_crop, 1);
  ASSERT_TRUE(result.cropped_only);
  EXPECT_EQ(result.cropped_only->rows, kRows - 2);
  EXPECT_EQ(result.cropped_only->used, kRows - 2);
  EXPECT_NEAR(result.cropped_only->mean_ccc.value(), 1, 1e-12);
  EXPECT_LT(result.pooled.mean_ccc.value(), 0.95);
  EXPECT_FALSE(EvaluateTrials({PerfectTrial("b")}, NoIntervals()).cropped_only);
}

TEST(Evaluate, RegionsFollowLabelFrequency) {
  EvaluationTrial trial;
  trial.name = "a";
  trial.predicted = true;
  const auto add = [&](int count, double label, double error) {
    for (int i = 0; i < count; ++i) {
      trial.labels.push_back({{label, label}, true});
      trial.predictions.push_back({label + error, label + error});
    }
  };
  // Mean of the occupied bins: 111 / 3 = 37; a fifth of it is 7.4.
  add(90, 0.0625, 0.125);
  add(20, 0.5625f, -0.25);
  add(1, -0.9375f, 0.5);
  const EvaluationResult result = EvaluateTrials({trial}, NoIntervals());
  ASSERT_EQ(result.valence_regions.size(), 3u);
  const auto check = [&](std::size_t i, const char* name, std::int64_t frames, double bias) {
    const RegionErrors& region = result.valence_regions[i];
    EXPECT_EQ(region.name, name);
    EXPECT_EQ(region.bins, 1);
    EXPECT_EQ(region.frames, frames);
    EXPECT_NEAR(region.bias.value(), bias, 1e-12);
    EXPECT_NEAR(region.mae.value.value(), std::abs(bias), 1e-12);
  };
  check(0, "many", 90, 0.125);
  check(1, "medium", 20, -0.25);
  check(2, "few", 1, 0.5);
}

// `count` rows of one label with an error, for both targets.
void AddRows(EvaluationTrial* trial, int count, double label, double error) {
  for (int i = 0; i < count; ++i) {
    trial->labels.push_back({{label, label}, true});
    trial->predictions.push_back({label + error, label + error});
  }
}

TEST(Evaluate, RegionsFollowTheTrainingLabels) {
  EvaluationTrial trial;
  trial.name = "a";
  trial.predicted = true;
  AddRows(&trial, 90, 0.0625, 0.125);
  AddRows(&trial, 20, 0.5625f, -0.25);
  AddRows(&trial, 10, -0.9375f, 0.5);
  // In training the bin of -0.9375 is the most frequent, and that of 0.5625 does not occur.
  EvaluationTrial seen;
  AddRows(&seen, 100, -0.9375f, 0);
  AddRows(&seen, 40, 0.0625, 0);
  seen.labels.push_back(VaLabel());
  LabelDensity training;
  training.Add(seen.labels);
  const EvaluationResult result = EvaluateTrials({trial}, NoIntervals(), training);
  EXPECT_EQ(result.region_density, RegionDensity::kTraining);
  const double errors[] = {0.5, 0.125, 0.25};
  const std::int64_t frames[] = {10, 90, 20};
  for (std::size_t r = 0; r < 3; ++r) {
    EXPECT_EQ(result.arousal_regions[r].frames, frames[r]);
    EXPECT_EQ(result.arousal_regions[r].bins, 1);
    EXPECT_NEAR(result.arousal_regions[r].mae.value.value(), errors[r], 1e-12);
  }
  EXPECT_EQ(EvaluateTrials({trial}, NoIntervals()).region_density, RegionDensity::kScored);
  // Each target by its own labels: valence of one bin only makes every other valence rare.
  for (VaLabel& label : seen.labels) label.valence = 0.0625;
  LabelDensity other;
  other.Add(seen.labels);
  const EvaluationResult apart = EvaluateTrials({trial}, NoIntervals(), other);
  EXPECT_EQ(apart.valence_regions[2].frames, 30);
  EXPECT_EQ(apart.arousal_regions[2].frames, 20);
}

TEST(Evaluate, FoldsAreAveragedWhereTheyAreDefined) {
  std::vector<EvaluationTrial> trials = {PerfectTrial("a"), PerfectTrial("b"), PerfectTrial("c")};
  for (std::size_t f = 0; f < 3; ++f) trials[f].fold = static_cast<int>(f);
  for (std::size_t row = 0; row < trials[1].labels.size(); ++row) {
    trials[1].predictions[row].valence = 0.25;  // Fold 1: no agreement in valence,
    trials[2].labels[row].valence = 0.25;       // fold 2: nothing to agree with.
  }
  const EvaluationResult result = EvaluateTrials(trials, NoIntervals());
  EXPECT_EQ(result.folds[1].valence.ccc.value(), 0);
  EXPECT_FALSE(result.folds[2].valence.ccc);
  EXPECT_FALSE(result.folds[2].mean_ccc);
  EXPECT_NEAR(result.fold_mean.ccc_valence.value(), 0.5, 1e-12);
  EXPECT_NEAR(result.fold_mean.ccc_arousal.value(), 1, 1e-12);
  EXPECT_NEAR(result.fold_mean.mean_ccc.value(), 0.75, 1e-12);
  EXPECT_EQ(result.fold_mean.folds, 2);
  EXPECT_EQ(EvaluateTrials({PerfectTrial("a")}, NoIntervals()).fold_mean.folds, 0);
}

TEST(Evaluate, PairedRegionErrorsHaveTheirClosedForm) {
  // b errs by 1/8 less on the rare labels and by 1/16 more on the frequent ones, in every video.
  std::vector<EvaluationTrial> a, b;
  for (int v = 0; v < 4; ++v) {
    EvaluationTrial of_a, of_b;
    of_a.name = of_b.name = "v" + std::to_string(v);
    of_a.predicted = of_b.predicted = true;
    const double own = 0.0625 * v;
    AddRows(&of_a, 40, 0.0625, 0.125 + own);
    AddRows(&of_b, 40, 0.0625, 0.1875 + own);
    AddRows(&of_a, 1, -0.9375f, 0.5 + own);
    AddRows(&of_b, 1, -0.9375f, 0.375 + own);
    a.push_back(of_a);
    b.push_back(of_b);
  }
  const RunComparison comparison = CompareTrials(a, b, {});
  ASSERT_EQ(comparison.valence_regions.size(), 3u);
  const PairedRegion& many = comparison.valence_regions[0];
  const PairedRegion& few = comparison.valence_regions[2];
  EXPECT_EQ(few.name, "few");
  EXPECT_EQ(few.frames, 4);
  EXPECT_NEAR(few.mae.a.value(), 0.5 + 0.09375, 1e-12);
  EXPECT_NEAR(few.mae.b.value(), 0.375 + 0.09375, 1e-12);
  for (const auto& value :
       {few.mae.difference.value, few.mae.difference.low, few.mae.difference.high}) {
    EXPECT_NEAR(value.value(), -0.125, 1e-12);
  }
  EXPECT_NEAR(many.mae.difference.value.value(), 0.0625, 1e-12);
  EXPECT_FALSE(comparison.valence_regions[1].mae.a) << "no label is of medium density";
  // By a density in which the rare label is the frequent one, the two change places.
  EvaluationTrial seen;
  AddRows(&seen, 50, -0.9375f, 0);
  AddRows(&seen, 1, 0.0625, 0);
  LabelDensity training;
  training.Add(seen.labels);
  const RunComparison swapped = CompareTrials(a, b, NoIntervals(), training);
  EXPECT_EQ(swapped.region_density, RegionDensity::kTraining);
  EXPECT_EQ(swapped.valence_regions[0].frames, 4);
  EXPECT_NEAR(swapped.valence_regions[0].mae.difference.value.value(), -0.125, 1e-12);
  EXPECT_FALSE(swapped.valence_regions[0].mae.difference.low);
}

TEST(SquareHistogram, CellsAndBorders) {
  SquareHistogram histogram(4);
  histogram.Add(-1, -1);    // column 0, row 0
  histogram.Add(1, 1);      // last cell owns its upper edge
  histogram.Add(-5, 0);     // clamped
  histogram.Add(0, -0.51);  // column 2, row 0
  histogram.Add(std::nan(""), 0);
  EXPECT_EQ(histogram.counts,
            (std::vector<std::int64_t>{1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1}));
  SquareHistogram none;
  none.Add(0, 0);
  EXPECT_TRUE(none.empty());
}

// ----------------------------------------------------------------------------------------- files

class EvaluateFiles : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    WriteFileAtomically(folder_ / name, text);
  }
  TempFolder folder_;
};

TEST_F(EvaluateFiles, ReadsSplitFoldersFoldsAndCrops) {
  Write("annotations/VA_Set/Train_Set/2-30.txt", Ramp(30));
  Write("annotations/VA_Set/Validation_Set/10-30.txt", Ramp(30));
  Write("annotations/EXPR_Set/Train_Set/2-30.txt", "Neutral,Anger\n0\n");
  Write("predictions/2-30.txt", Ramp(30));
  Write("predictions/10-30.txt", Ramp(30, 0.125));
  Write("predictions/other.txt", Ramp(3));
  Write("folds.csv", "trial,video,fold\n2-30,2-30,1\n10-30,10-30,0\n");
  for (int frame = 2; frame <= 31; ++frame) {
    char name[64];
    std::snprintf(name, sizeof(name), "crops/2-30/%05d.jpg", frame);
    Write(name, "");
  }
  EvaluateOptions options = NoIntervals();
  options.folds = folder_ / "folds.csv";
  options.crops = {folder_ / "other", folder_ / "crops"};
  std::filesystem::create_directories(folder_ / "other");
  const EvaluationResult result =
      Evaluate(folder_ / "predictions", folder_ / "annotations", options);
  ASSERT_EQ(result.videos.size(), 2u);
  EXPECT_EQ(result.videos[0].name, "2-30");
  EXPECT_EQ(result.videos[1].name, "10-30");
  ASSERT_EQ(result.folds.size(), 2u);
  EXPECT_EQ(result.folds[0].name, "0");
  EXPECT_NEAR(result.folds[0].valence.rmse.value(), 0.125, 1e-12);
  EXPECT_NEAR(result.folds[1].mean_ccc.value(), 1, 1e-12);
  EXPECT_EQ(result.unused_predictions, std::vector<std::string>{"other"});
  EXPECT_EQ(result.rows.without_crop, 31);  // Frame 1 of 2-30 and all of 10-30.
  EXPECT_EQ(result.cropped_only->used, 29);
}

TEST_F(EvaluateFiles, ReadsTheFoldsOfARunByTheirValidationRows) {
  Write("v/a.txt", Ramp(20));
  Write("v/b.txt", Ramp(20));
  Write("p/a.txt", Ramp(20));
  Write("p/b.txt", Ramp(20, 0.125));
  Write("folds.csv",
        "fold,trial,person,role\n0,a,x,train\n0,b,y,validation\n1,a,x,validation\n1,b,y,train\n");
  EvaluateOptions options = NoIntervals();
  options.folds = folder_ / "folds.csv";
  const EvaluationResult result = Evaluate(folder_ / "p", folder_ / "v", options);
  ASSERT_EQ(result.folds.size(), 2u);
  EXPECT_NEAR(result.folds[0].valence.rmse.value(), 0.125, 1e-12);
  EXPECT_NEAR(result.folds[1].mean_ccc.value(), 1, 1e-12);
  // Trials that only train are in no fold.
  Write("folds.csv", "fold,trial,person,role\n0,a,x,train\n0,b,y,validation\n");
  EXPECT_EQ(Evaluate(folder_ / "p", folder_ / "v", options).folds.size(), 1u);
}

TEST_F(EvaluateFiles, ReadsTheTrainingAnnotations) {
  Write("v/a.txt", Rows({"0.05,0.05", "0.95,0.95"}));
  Write("p/a.txt", Rows({"0.05,0.05", "0.7,0.7"}));
  std::vector<std::string> rows(50, "0.05,0.05");
  rows.push_back("0.95,0.95");
  Write("train/Train_Set/t.txt", Rows(rows));
  EvaluateOptions options = NoIntervals();
  EXPECT_EQ(Evaluate(folder_ / "p", folder_ / "v", options).valence_regions[2].frames, 0);
  options.train_annotations = folder_ / "train";
  const EvaluationResult result = Evaluate(folder_ / "p", folder_ / "v", options);
  EXPECT_EQ(result.valence_regions[2].frames, 1);
  EXPECT_NEAR(result.valence_regions[2].mae.value.value(), 0.25, 1e-12);
  options.train_annotations = folder_ / "nowhere";
  ErrorOf(ErrorCode::kNotFound, [&] { Evaluate(folder_ / "p", folder_ / "v", options); });
}

TEST_F(EvaluateFiles, ReadsTheSingleFile) {
  Write("annotations/a.txt", Rows({"0.1,0.2", "-5,-5", "0.3,-0.2"}));
  Write("all.txt",
        "image_location,valence,arousal\na/00003.jpg,0.3,-0.2\na/00001.jpg,0.1,0.2\na/"
        "00002.jpg,0,0\n");
  const EvaluationResult result =
      Evaluate(folder_ / "all.txt", folder_ / "annotations", NoIntervals());
  EXPECT_EQ(result.rows.used, 2);
  EXPECT_EQ(result.rows.not_annotated, 1);
  EXPECT_NEAR(result.ccc_mean.value.value(), 1, 1e-12);
}

TEST_F(EvaluateFiles, ReadsOneAnnotationFile) {
  Write("v/a.txt", Ramp(20));
  Write("p/a.txt", Ramp(20));
  EXPECT_EQ(Evaluate(folder_ / "p", folder_ / "v/a.txt", NoIntervals()).rows.used, 20);
}

TEST_F(EvaluateFiles, MapOfPredictionsEqualsTheFiles) {
  Write("v/a.txt", Ramp(20));
  Write("p/a.txt", Ramp(20, 0.25));
  VaPredictions predictions;
  for (int row = 0; row < 20; ++row)
    predictions["a"].push_back({Valence(row) + 0.25, Arousal(row) + 0.25});
  EXPECT_EQ(ToJson(Evaluate(folder_ / "p", folder_ / "v", NoIntervals())).substr(0, 60),
            ToJson(Evaluate(predictions, folder_ / "v", NoIntervals())).substr(0, 60));
}

TEST_F(EvaluateFiles, ATargetThatNoRowPredictsIsAbsentNotZero) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  for (const char* name : {"a", "b"}) Write(std::string("v/") + name + ".txt", Ramp(20));
  VaPredictions predictions;
  for (const char* name : {"a", "b"}) {
    for (int row = 0; row < 20; ++row) predictions[name].push_back({Valence(row), kNaN});
  }
  const EvaluationResult result = Evaluate(predictions, folder_ / "v", EvaluateOptions());
  EXPECT_EQ(result.rows.used, 40);
  EXPECT_EQ(result.pooled.used, 40);
  EXPECT_NEAR(result.ccc_valence.value.value(), 1, 1e-12);
  EXPECT_FALSE(result.ccc_arousal.value);
  EXPECT_FALSE(result.ccc_mean.value);
  EXPECT_FALSE(result.videos[0].arousal.ccc);
  ASSERT_FALSE(result.warnings.empty());
  EXPECT_EQ(result.warnings[0],
            "No row predicts arousal: it is not scored, and a mean of both is undefined.");
  // One row without it beside rows with it is a missing row, as ever.
  predictions["a"][3].arousal = 0.1;
  EXPECT_NE(
      ErrorOf(ErrorCode::kBadData, [&] { Evaluate(predictions, folder_ / "v", EvaluateOptions()); })
          .find("have no prediction"),
      std::string::npos);
}

TEST_F(EvaluateFiles, DefectsAreNamed) {
  Write("v/Train_Set/a.txt", Ramp(20));
  Write("p/a.txt", Ramp(20));
  EvaluateOptions options = NoIntervals();
  options.folds = folder_ / "folds.csv";
  const auto evaluate = [&] { Evaluate(folder_ / "p", folder_ / "v", options); };
  Write("folds.csv", "trial,fold\nb,0\n");
  EXPECT_EQ(ErrorOf(ErrorCode::kBadData, evaluate),
            (folder_ / "folds.csv").string() +
                " has no row for trial 'a'; give the folds of these annotations, with fold -1 for "
                "trials in none");
  Write("folds.csv", "trial,fold\na,0\na,1\n");
  EXPECT_EQ(ErrorOf(ErrorCode::kBadData, evaluate),
            (folder_ / "folds.csv").string() +
                ":3: trial 'a' is in fold 0 already; name each trial once");
  Write("folds.csv", "trial,fold\na,x\n");
  EXPECT_EQ(ErrorOf(ErrorCode::kBadData, evaluate),
            (folder_ / "folds.csv").string() +
                ":2: fold 'x' is not a fold number from 0 (or -1 for none)");
  options.folds.clear();
  options.crops = {folder_ / "nowhere"};
  EXPECT_NE(ErrorOf(ErrorCode::kNotFound, evaluate).find("is not a folder of crops"),
            std::string::npos);
  options.crops.clear();
  Write("v/Validation_Set/a.txt", Ramp(20));
  const std::string twice = ErrorOf(ErrorCode::kBadData, evaluate);
  EXPECT_EQ(twice.rfind("trial 'a' has two annotations: ", 0), 0u) << twice;
  ErrorOf(ErrorCode::kNotFound, [&] { Evaluate(folder_ / "p", folder_ / "none", options); });
  std::filesystem::create_directories(folder_ / "empty");
  EXPECT_NE(
      ErrorOf(ErrorCode::kNotFound, [&] { Evaluate(folder_ / "p", folder_ / "empty", options); })
          .find("hold no annotation <trial>.txt"),
      std::string::npos);
}

TEST_F(EvaluateFiles, ComparisonIsPairedAndSigned) {
  for (const char* trial : {"a", "b", "c"}) {
    Write(std::string("v/") + trial + ".txt", Ramp(40));
    Write(std::string("good/") + trial + ".txt", Ramp(40, 0.0625));
    Write(std::string("bad/") + trial + ".txt", Ramp(40, 0.3125));
  }
  const RunComparison comparison = CompareRuns(folder_ / "bad", folder_ / "good", folder_ / "v");
  const double variance = kVariance;
  const double expected = 2 * variance / (2 * variance + 0.0625 * 0.0625) -
                          2 * variance / (2 * variance + 0.3125 * 0.3125);
  EXPECT_NEAR(comparison.valence.difference.value.value(), expected, 1e-12);
  EXPECT_NEAR(comparison.mean.difference.value.value(), expected, 1e-12);
  // The videos are alike, so every resample gives the same difference.
  EXPECT_NEAR(comparison.mean.difference.low.value(), expected, 1e-12);
  EXPECT_NEAR(comparison.mean.difference.high.value(), expected, 1e-12);
  EXPECT_EQ(comparison.share_b_better.value(), 1);
  EXPECT_EQ(comparison.videos, 3);
  EXPECT_EQ(comparison.rows, 120);
  EXPECT_NEAR(CompareRuns(folder_ / "bad", folder_ / "good", folder_ / "v", NoIntervals())
                  .mean.difference.value.value(),
              expected,
              1e-12);
  std::filesystem::remove(folder_ / "good/c.txt");
  EvaluateOptions allow;
  allow.allow_missing = true;
  EXPECT_NE(ErrorOf(ErrorCode::kBadData,
                    [&] { CompareRuns(folder_ / "bad", folder_ / "good", folder_ / "v", allow); })
                .find("no prediction: 'c'"),
            std::string::npos);
}

}  // namespace
}  // namespace circumplex
