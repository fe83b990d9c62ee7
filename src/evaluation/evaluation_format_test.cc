// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "circumplex/evaluation.h"

#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

EvaluationResult Filled() {
  EvaluationResult result;
  result.ccc_valence = {0.1 + 0.2, -1.0 / 3, 0.7};
  result.ccc_arousal = {};
  result.ccc_mean = {std::nan(""), {}, {}};
  result.bootstrap = 500;
  result.rows = {100, 80, 15, 5, 2, 3};
  result.pooled = {
      "all annotated frames", 100, 80, {0.3, 0.4, 0.5, 0.625}, {{}, {}, 0.25, 1.0}, {}};
  result.cropped_only = result.pooled;
  result.cropped_only->name = "frames with a crop";
  result.videos = {{"a", 60, 50, {0.3, 0.4, 0.5, 0.6}, {}, {}},
                   {"\xC3\xA9t\xC3\xA9 \"x\"", 40, 30, {}, {}, {}}};
  result.folds = {{"0", 60, 50, {}, {}, 0.25}};
  result.fold_mean = {{}, 0.5, 0.25, 1};
  result.valence_regions = {{"many", 3, 70, {0.1, 0.05, 0.15}, 0.2, -0.05, 0.08},
                            {"few", 0, 0, {}, {}, {}, {}}};
  result.region_density = RegionDensity::kTraining;
  result.annotated_plane = SquareHistogram(2);
  result.annotated_plane.Add(0.5, -0.5);
  result.missing_trials = {"m"};
  result.unused_predictions = {"u1", "u2"};
  result.warnings = {"A sentence."};
  return result;
}

TEST(EvaluationJson, RoundTripIsExact) {
  const EvaluationResult original = Filled();
  const std::string text = ToJson(original);
  const EvaluationResult read = EvaluationFromJson(text, "x.json");
  EXPECT_EQ(ToJson(read), text);
  EXPECT_EQ(read.ccc_valence.value, original.ccc_valence.value);
  EXPECT_EQ(read.ccc_valence.low, original.ccc_valence.low);
  EXPECT_FALSE(read.ccc_mean.value);
  EXPECT_EQ(read.rows.without_crop, 3);
  EXPECT_EQ(read.videos.at(1).name, original.videos[1].name);
  EXPECT_EQ(read.cropped_only->arousal.rmse, 0.25);
  EXPECT_EQ(read.annotated_plane.counts, original.annotated_plane.counts);
  EXPECT_EQ(read.valence_regions.at(0).bias, -0.05);
  EXPECT_EQ(read.valence_regions.at(0).mae.high, 0.15);
  EXPECT_EQ(read.region_density, RegionDensity::kTraining);
  EXPECT_EQ(read.fold_mean.ccc_arousal, 0.5);
}

TEST(EvaluationJson, UndefinedIsNull) {
  const std::string text = ToJson(Filled());
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("NaN"), std::string::npos);
  const auto json = nlohmann::json::parse(text);
  EXPECT_TRUE(json["ccc"]["arousal"]["value"].is_null());
  EXPECT_TRUE(json["ccc"]["mean"]["value"].is_null());
  EXPECT_TRUE(json["videos"][1]["mean_ccc"].is_null());
  EXPECT_EQ(json["rows"]["used"], 80);
  EXPECT_EQ(text.back(), '\n');
}

TEST(EvaluationJson, DamageIsNamed) {
  const auto failure = [](const std::string& text) {
    return ErrorOf(ErrorCode::kBadData, [&] { EvaluationFromJson(text, "x.json"); });
  };
  EXPECT_EQ(failure("{\n\"ccc\": "),
            "x.json:2: not JSON (byte 10); the file is damaged or was cut off: write it again");
  EXPECT_EQ(failure("{}"), "x.json: 'ccc' is missing");
  auto json = nlohmann::json::parse(ToJson(Filled()));
  json["videos"][1]["valence"]["rmse"] = "0.1";
  EXPECT_EQ(failure(json.dump()),
            "x.json: 'videos[1].valence.rmse' is \"0.1\"; it should be a number or null");
  json = nlohmann::json::parse(ToJson(Filled()));
  json["histograms"]["annotated_plane"]["cells"] = 3;
  EXPECT_EQ(
      failure(json.dump()),
      "x.json: 'histograms.annotated_plane.counts' is [0,1,0,0]; it should be 9 numbers for 3 x "
      "3 cells, not 4");
  json["histograms"]["annotated_plane"]["cells"] = 2000000000;
  EXPECT_EQ(failure(json.dump()),
            "x.json: 'histograms.annotated_plane.cells' is 2000000000; it should be a whole number "
            "in [0, 1000]");
}

TEST(EvaluationTable, TextIsAlignedAndUndefinedIsAWord) {
  EXPECT_EQ(
      FormatTable(Filled()),
      "Pooled over 80 frames of 2 videos; 95 % intervals from 500 resamples of whole videos.\n"
      "               CCC    95 % interval        PCC   RMSE     sign\n"
      "valence      0.300  [-0.333, 0.700]      0.400  0.500   62.5 %\n"
      "arousal  undefined                   undefined  0.250  100.0 %\n"
      "mean     undefined\n"
      "\n"
      "Rows: 100 annotation rows, 80 scored, 15 not annotated (-5), 5 without a prediction.\n"
      "Warning: A sentence.\n"
      "Annotated, not predicted (1): m\n"
      "Predicted, not annotated (2): u1, u2\n"
      "\n"
      "frames counted        frames  CCC V      CCC A   CCC mean  PCC V      PCC A  RMSE V  RMSE A "
      " sign V   sign A\n"
      "all annotated frames      80  0.300  undefined  undefined  0.400  undefined   0.500   0.250 "
      " 62.5 %  100.0 %\n"
      "frames with a crop        80  0.300  undefined  undefined  0.400  undefined   0.500   0.250 "
      " 62.5 %  100.0 %\n"
      "\n"
      "fold       frames      CCC V      CCC A  CCC mean      PCC V      PCC A     RMSE V     RMSE "
      "A     sign V     sign A\n"
      "0              50  undefined  undefined     0.250  undefined  undefined  undefined  "
      "undefined  undefined  undefined\n"
      "mean of 1          undefined      0.500     0.250\n"
      "\n"
      "video    frames      CCC V      CCC A   CCC mean      PCC V      PCC A     RMSE V     RMSE "
      "A     sign V     sign A\n"
      "a            50      0.300  undefined  undefined      0.400  undefined      0.500  "
      "undefined     60.0 %  undefined\n"
      "\xC3\xA9t\xC3\xA9 \"x\"      30  undefined  undefined  undefined  undefined  undefined  "
      "undefined  undefined  undefined  undefined\n"
      "\n"
      "labels, by density in training  bins  frames        MAE   95 % interval       RMSE       "
      "bias "
      " geometric mean\n"
      "valence, many                      3      70      0.100  [0.050, 0.150]      0.200     "
      "-0.050 "
      "          0.080\n"
      "valence, few                       0       0  undefined                  undefined  "
      "undefined "
      "      undefined\n");
}

TEST(EvaluationTable, WithoutIntervals) {
  EvaluationResult result = Filled();
  result.bootstrap = 0;
  result.ccc_valence = {0.3, {}, {}};
  result.valence_regions[0].mae = {0.1, {}, {}};
  const std::string text = FormatTable(result);
  EXPECT_EQ(text.rfind("Pooled over 80 frames of 2 videos; no intervals.\n", 0), 0u);
  EXPECT_EQ(text.find('['), std::string::npos);
}

RunComparison FilledComparison() {
  RunComparison comparison;
  comparison.valence = {0.4, 0.5, {0.1, 0.05, 0.15}};
  comparison.arousal = {0.32, 0.3, {-0.02, -0.05, 0.01}};
  comparison.valence_regions = {{"few", 12, {0.5, 0.25, {-0.25, -0.375, -0.125}}}};
  comparison.videos = 12;
  comparison.rows = 3000;
  comparison.bootstrap = 1000;
  comparison.share_b_better = 0.975;
  return comparison;
}

TEST(EvaluationTable, Comparison) {
  EXPECT_EQ(
      FormatTable(FilledComparison()),
      "Runs a and b over 3000 frames of 12 videos; the difference is b minus a, its 95 % "
      "interval from 1000 paired resamples of whole videos.\n"
      "CCC              a          b  difference    95 % interval  excludes 0\n"
      "valence      0.400      0.500       0.100   [0.050, 0.150]         yes\n"
      "arousal      0.320      0.300      -0.020  [-0.050, 0.010]          no\n"
      "mean     undefined  undefined   undefined\n"
      "b's mean CCC is the larger in 97.5 % of the resamples.\n"
      "\n"
      "MAE of labels, by density here      a      b  difference     95 % interval  excludes 0\n"
      "valence, few (12 frames)        0.500  0.250      -0.250  [-0.375, -0.125]         yes\n");
}

TEST(EvaluationJson, ComparisonKeepsEveryFigure) {
  const auto json = nlohmann::json::parse(ToJson(FilledComparison()));
  EXPECT_EQ(json["ccc"]["valence"]["difference"]["low"], 0.05);
  EXPECT_TRUE(json["ccc"]["mean"]["a"].is_null());
  EXPECT_EQ(json["regions"]["density"], "scored");
  EXPECT_EQ(json["regions"]["valence"][0]["mae"]["difference"]["value"], -0.25);
  EXPECT_EQ(json["share_b_better"], 0.975);
}

}  // namespace
}  // namespace circumplex
