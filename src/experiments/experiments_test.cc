// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "config/toml.h"
#include "core/files.h"
#include "datasets/folds.h"
#include "datasets/folds_file.h"
#include "experiments/ablation.h"
#include "experiments/claims.h"
#include "experiments/paper_tables.h"
#include "predictions/prediction_io.h"
#include "support/test_files.h"
#include "support/tiny_data_set.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::TempFolder;
using testing_support::WriteTinyDataSet;

constexpr const char kTiny[] =
    "[phase]\nsize = 16\nsnippet_frames = 3\n[appearance]\nhidden = 8\n[motion]\nhidden = 8\n"
    "channels = 2\n[regressor]\nfusion = 8\nhidden = 4\n[clips]\nwindow = 8\nstride = 4\n"
    "[training]\nepochs = 3\nbatch = 4\nfolds = 2\nlr = 0.01\n[evaluation]\nbootstrap = 50\n";

// Five of them in the train split.
testing_support::TinyDataSet EightPersons() {
  testing_support::TinyDataSet set;
  set.trials = 8;
  set.trials_per_person = 1;
  set.train_trials = 5;
  set.frames = 20;
  return set;
}

ExperimentRequest Request(const TempFolder& folder) {
  ExperimentRequest request;
  WriteFileAtomically(folder / "tiny.toml", kTiny);
  request.config = folder / "tiny.toml";
  request.manifest = WriteTinyDataSet(folder.path(), EightPersons());
  request.store = folder / "store";
  request.out = folder / "run";
  request.data = "eight drawn trials";
  return request;
}

TEST(Variants, EachIsItsOwnConfigurationInItsOwnFolder) {
  ExperimentRequest request;
  // What a configuration says of the things that are switched must not make two variants the same.
  request.set = {"motion.enabled=false", "lds.enabled=true", "training.merge_splits=true"};
  std::set<std::string> folders, configurations;
  for (const Variant& variant : Variants()) {
    EXPECT_TRUE(folders.insert(variant.folder).second) << variant.folder;
    EXPECT_TRUE(configurations.insert(FormatRunOptions(OptionsOf(variant, request))).second)
        << variant.folder;
  }
}

TEST(Variants, SwitchesGoOverPresetFileAndAssignments) {
  ExperimentRequest request;
  request.set = {"training.epochs=7", "lds.enabled=true", "preset=released"};
  const RunOptions ours = OptionsOf(FindVariant("spatial_ours"), request);
  EXPECT_EQ(ours.preset, "ours");
  EXPECT_EQ(ours.training.epochs, 7);
  EXPECT_FALSE(ours.lds.enabled);
  EXPECT_FALSE(ours.motion.enabled);
  EXPECT_TRUE(ours.training.merge_splits);
  const RunOptions batch = OptionsOf(FindVariant("two_stream_batch"), request);
  EXPECT_EQ(batch.preset, "released");
  EXPECT_TRUE(batch.motion.enabled);
  EXPECT_FALSE(batch.training.merge_splits);
}

TEST(Protocol, NamesPresetFoldsCorrectionAndSmoothing) {
  EXPECT_EQ(ProtocolText(Preset("ours")),
            "preset ours; 5 folds by person, seed 1; LDS on; GRU along time; correction: none; no "
            "smoothing; frames without a face: hold");
  RunOptions options = Preset("released");
  options.inference.smoothing = SmoothingKind::kBox;
  options.inference.smoothing_s = 0.5;
  EXPECT_EQ(
      ProtocolText(options),
      "preset released; 5 folds, slices of the list of names (persons may cross), seed 1; LDS "
      "on; GRU along batch; correction: std matching; box smoothing "
      "of 0.5 s; frames without a face: paper");
  options.inference.bias_correction = options.inference.smoothing_choose = true;
  options.training.seeds = 3;
  const std::string text = ProtocolText(options);
  EXPECT_NE(text.find("mean of seeds 1 to 3"), std::string::npos) << text;
  EXPECT_NE(text.find("correction: std matching and bias; box smoothing of a width chosen on "
                      "the other folds"),
            std::string::npos)
      << text;
}

TEST(Claims, VerdictsFollowTheInterval) {
  EXPECT_EQ(Verdict({0.1, 0.05, 0.2}, false), "holds");
  EXPECT_EQ(Verdict({0.1, -0.05, 0.2}, false), "not significant");
  EXPECT_EQ(Verdict({0.1, 0.0, 0.2}, false), "not significant");
  EXPECT_EQ(Verdict({-0.1, -0.2, -0.05}, false), "does not hold");
  EXPECT_EQ(Verdict({-0.1, -0.2, -0.05}, true), "holds");
  EXPECT_EQ(Verdict({0.1, 0.05, 0.2}, true), "does not hold");
  EXPECT_EQ(Verdict({0.1, {}, {}}, false), "undefined");
}

TEST(Claims, TakeTheFiguresOfTheirMetric) {
  RunComparison comparison;
  comparison.mean = {0.5, 0.625, {0.125, 0.0625, 0.25}};
  comparison.arousal_regions = {{"many", 9, {}}, {"few", 3, {0.5, 0.25, {-0.25, -0.5, -0.125}}}};
  const ClaimRow overall = MakeClaim("c", ClaimMetric::kCccMean, "b", "a", comparison);
  EXPECT_EQ(overall.better_value, 0.625);
  EXPECT_EQ(overall.other_value, 0.5);
  EXPECT_EQ(overall.verdict, "holds");
  const ClaimRow few = MakeClaim("c", ClaimMetric::kFewMaeArousal, "b", "a", comparison);
  EXPECT_EQ(few.metric, "MAE of rare arousal, 3 frames");
  EXPECT_EQ(few.better_value, 0.25);
  EXPECT_EQ(few.verdict, "holds");
  RunResults results;
  AddClaims({overall, few}, &results);
  AddClaims({few}, &results);
  EXPECT_EQ(results.claims.size(), 2u);
}

TEST(OutOfFold, SpreadIsMatchedFoldByFold) {
  const TempFolder folder;
  ExperimentRequest request = Request(folder);
  const ExperimentData data(request);
  // The networks predicted a quarter of the label, moved by the fold's number.
  std::vector<Fold> folds(2);
  for (const Trial* trial : data.trials()) {
    const int own = trial->name < "t4" ? 0 : 1;
    folds[own].validation.push_back(trial->name);
    folds[1 - own].train.push_back(trial->name);
    TrialPrediction prediction;
    prediction.trial = trial->name;
    for (const VaLabel& label : data.Labels(trial->name)) {
      prediction.values.push_back({0.25 * label.valence + 0.1 * own, label.arousal});
    }
    prediction.values[0] = {-5, -5};
    WriteTrialPrediction(folder / "run/v/out_of_fold" / (trial->name + ".txt"), prediction);
  }
  WriteFolds(folder / "run/v/folds.csv", folds, request.manifest);
  TrainedVariant trained;
  trained.folder = folder / "run/v";
  const OutOfFoldTrials out_of_fold = ReadOutOfFold(trained.folder, data.labels(), data.store());
  const std::vector<EvaluationTrial>& raw = out_of_fold.trials;
  const std::vector<EvaluationTrial> matched = StdMatchedOnOwnFold(out_of_fold);
  ASSERT_EQ(raw.size(), 8u);
  EXPECT_EQ(raw[5].fold, 1);
  EXPECT_TRUE(raw[0].has_crop[6]);
  EXPECT_FALSE(raw[0].has_crop[7]);
  EXPECT_NEAR(raw[1].predictions[5].valence, 0.25 * raw[1].labels[5].valence, 1e-4);
  for (int fold = 0; fold < 2; ++fold) {
    double sum = 0, squares = 0, label_sum = 0, label_squares = 0, count = 0, label_count = 0;
    double mean_raw = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      for (std::size_t row = 1; row < 20; ++row) {
        if (row == 3 || row == 7) continue;
        if (matched[i].fold == fold) {
          const double value = matched[i].predictions[row].valence;
          sum += value;
          squares += value * value;
          mean_raw += raw[i].predictions[row].valence;
          count += 1;
        } else {
          // Row 0 of a training trial is annotated and has a face: it counts for the labels.
          for (std::size_t r :
               row == 1 ? std::vector<std::size_t>{0, 1} : std::vector<std::size_t>{row}) {
            const double value = matched[i].labels[r].valence;
            label_sum += value;
            label_squares += value * value;
            label_count += 1;
          }
        }
      }
    }
    const double mean = sum / count, label_mean = label_sum / label_count;
    EXPECT_NEAR(mean, mean_raw / count, 1e-12) << "the mean stays";
    EXPECT_NEAR(
        squares / count - mean * mean, label_squares / label_count - label_mean * label_mean, 1e-6);
  }
  EXPECT_EQ(matched[2].predictions[0].valence, -5);
}

TEST(ExperimentData, ChecksTheDeviceFirst) {
  const TempFolder folder;
  ExperimentRequest request = Request(folder);
  request.store = folder / "nowhere";
  request.device = "gpu";
  EXPECT_EQ(ErrorOf(ErrorCode::kInvalidArgument, [&] { const ExperimentData data(request); }),
            "device 'gpu': choose cpu or cuda");
}

TEST(PaperTables, RunOnDataBesideThePapersFigures) {
  const TempFolder folder;
  ExperimentRequest request = Request(folder);
  const PaperTableResult two = RunPaperTable(PaperTable::kTwo, request);
  ASSERT_TRUE(two.finished);
  ASSERT_EQ(two.rows.size(), 2u);
  // Two rows, three presets, scored three ways.
  ASSERT_EQ(two.ours.size(), 18u);
  EXPECT_EQ(two.effects.size(), 9u);
  const std::string text = two.Text();
  for (const char* word :
       {"0.604",
        "preset released, spatial + LDS: 8 trials pooled",
        "mean of 2 folds, frames with a face, standard deviation matched on the fold",
        "official validation split, 3 trials pooled",
        "[2] Measured on",
        "GRU along batch; correction: none",
        "eight drawn trials",
        "Table II: LDS gains, preset ours"}) {
    EXPECT_NE(text.find(word), std::string::npos) << word << "\n" << text;
  }
  request.resume = true;
  const PaperTableResult one = RunPaperTable(PaperTable::kOne, request);
  ASSERT_EQ(one.rows.size(), 3u);
  // The same variants, trained once, so the same figures.
  ASSERT_EQ(one.ours.size(), 9u);
  EXPECT_EQ(one.ours[0].method, "Ours (spatial)");
  EXPECT_EQ(one.ours[0].name, two.ours[9].name);
  EXPECT_EQ(one.ours[0].ccc.mean.value, two.ours[9].ccc.mean.value);
  const RunResults report = ReadResults(request.out);
  // Both tables stand beside each other.
  ASSERT_EQ(report.paper.value().size(), 27u);
  EXPECT_EQ(report.claims.size(), 9u);
  EXPECT_TRUE(report.evaluation);
  EXPECT_EQ(report.evaluation->region_density, RegionDensity::kTraining);
}

TEST(Claims, AreTestedOnTrialsThatNoNetworkSawAndShareTheAblationsVariants) {
  const TempFolder folder;
  ExperimentRequest request = Request(folder);
  const ClaimsResult claims = RunClaims(request);
  ASSERT_TRUE(claims.finished);
  EXPECT_EQ(claims.rows.size(), 15u);
  EXPECT_EQ(claims.rows.back().better, "two-stream, shuffled labels");
  EXPECT_NE(claims.Table().find("A GRU along time beats one along the batch"), std::string::npos);
  request.resume = true;
  const AblationResult ablation = RunAblation(request);
  ASSERT_EQ(ablation.rows.size(), 7u);
  EXPECT_EQ(ablation.rows[0].name, "constant");
  EXPECT_EQ(ablation.rows[0].ccc.valence.value, 0);
  EXPECT_TRUE(ablation.rows[6].chosen);
  // Row 5 is "two-stream", the figure that the first claim speaks of.
  EXPECT_EQ(ablation.rows[5].ccc.arousal.value, claims.rows[0].better_value);
  const RunResults report = ReadResults(request.out);
  EXPECT_EQ(report.claims.size(), 15u);
  EXPECT_EQ(report.ablation.size(), 7u);
  ASSERT_EQ(report.tracks.size(), 3u);
  EXPECT_DOUBLE_EQ(report.tracks[0].time_s[5], 5 / 25.0);
  EXPECT_EQ(report.evaluation->rows.total, 3 * 20);
  // circumplex evaluate on the files gives what the experiment says.
  VaPredictions written = ReadVaPredictions(ablation.predictions);
  EvaluateOptions options;
  options.bootstrap.bootstrap = 50;
  const ExperimentData data(request);
  EXPECT_EQ(EvaluateTrials(data.WithPredictions(written), options).ccc_mean.low,
            ablation.rows[6].ccc.mean.low);
}

TEST(Claims, OnlyThoseAskedForAreTrained) {
  const TempFolder folder;
  ExperimentRequest request = Request(folder);
  const ClaimsResult shuffled = RunClaims(request, "Shuffled");
  ASSERT_EQ(shuffled.rows.size(), 1u);
  // Two folds: with their scores x and y the mean lies between, and Student's interval with one
  // degree of freedom is 12.70620474 |x - y| / 2 to each side.
  const ClaimRow& row = shuffled.rows[0];
  EXPECT_EQ(row.metric, "CCC mean, 2 folds");
  const ExperimentData data(request);
  request.resume = true;
  const auto trained = TrainVariant(FindVariant("two_stream_shuffled"), request);
  const auto folds =
      EvaluateTrials(ReadOutOfFold(trained->folder, data.labels(), data.store()).trials, {}).folds;
  ASSERT_EQ(folds.size(), 2u);
  const double x = *folds[0].mean_ccc, y = *folds[1].mean_ccc;
  EXPECT_NEAR(*row.difference.value, (x + y) / 2, 1e-12);
  EXPECT_NEAR(*row.difference.high, (x + y) / 2 + 12.706204736174696 * std::abs(x - y) / 2, 1e-9);
  EXPECT_TRUE(fs::exists(request.out / "two_stream_shuffled"));
  EXPECT_FALSE(fs::exists(request.out / "two_stream"));
  EXPECT_TRUE(ReadResults(request.out).evaluation);
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument, [&] { RunClaims(request, "nonsense"); })
                .find("'Shuffled labels teach nothing'"),
            std::string::npos);
}

TEST(Experiments, WithoutAValidationSplitTheRefusalSaysWhatToDo) {
  const TempFolder folder;
  ExperimentRequest request = Request(folder);
  for (Trial& trial : request.manifest.trials) trial.split = Split::kTrain;
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { RunAblation(request); })
                .find("no validation trial with features"),
            std::string::npos);
  request.store = folder / "nowhere";
  EXPECT_NE(ErrorOf(ErrorCode::kNotFound, [&] { RunClaims(request); }).find("no feature store"),
            std::string::npos);
}

}  // namespace
}  // namespace circumplex
