// SPDX-License-Identifier: Apache-2.0
#include "training/cross_validation.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "config/model_card.h"
#include "core/files.h"
#include "core/progress.h"
#include "datasets/folds.h"
#include "datasets/folds_file.h"
#include "inference/model.h"
#include "inference/predict_track.h"
#include "labels/annotation_io.h"
#include "predictions/prediction_io.h"
#include "run/results_file.h"
#include "support/test_files.h"
#include "support/tiny_data_set.h"
#include "training/training_data.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::TempFolder;
using testing_support::WriteTinyDataSet;

RunOptions TinyOptions() {
  RunOptions options;
  options.phase.size = 16;
  options.phase.snippet_frames = 3;
  options.appearance.hidden = options.motion.hidden = options.regressor.fusion = 8;
  options.appearance.dropout = options.regressor.fusion_dropout = options.regressor.head_dropout =
      0.1;
  options.regressor.hidden = 4;
  options.motion.channels = 2;
  options.clips.window = 8;
  options.clips.stride = 4;
  options.training.folds = 2;
  options.training.epochs = 3;
  options.training.batch = 4;
  options.training.early_stop = 0;
  options.training.lr = 0.01;
  return options;
}

TrainRequest Request(const TempFolder& folder, const Manifest& manifest, const std::string& out) {
  TrainRequest request;
  request.options = TinyOptions();
  request.manifest = manifest;
  request.store = folder / "store";
  request.out = folder / out;
  return request;
}

// Relative path -> content of every file of a run but its log.
std::map<std::string, std::string> Contents(const fs::path& run) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : fs::recursive_directory_iterator(run)) {
    if (!entry.is_regular_file() || entry.path().filename() == "log.txt") continue;
    contents[fs::relative(entry.path(), run).string()] = ReadFile(entry.path());
  }
  return contents;
}

TEST(Train, WritesTheWholeRunFolderAndAUsableModel) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  const TrainSummary summary = Train(Request(folder, manifest, "run"));
  EXPECT_TRUE(summary.finished);
  EXPECT_EQ(summary.members.size(), 2u);
  const auto contents = Contents(folder / "run");
  for (const char* name : {"config.toml",
                           "environment.json",
                           "folds.csv",
                           "metrics.jsonl",
                           "tensorboard/fold_0/events.out.tfevents.0.circumplex",
                           "fold_0/last.safetensors",
                           "fold_0/last.json",
                           "fold_0/best.safetensors",
                           "fold_1/best.safetensors",
                           "model/model.toml",
                           "model/fold_0.safetensors",
                           "out_of_fold/t0.txt",
                           "results.json"}) {
    EXPECT_EQ(contents.count(name), 1u) << name;
  }
  const Model model = Model::Load(summary.model);
  EXPECT_EQ(model.card().trained_on.size(), 6u);
  EXPECT_EQ(model.card().backbone_hash, "untrained-1");
  ASSERT_TRUE(summary.out_of_fold_ccc[0].has_value());
  EXPECT_NE(summary.Report().find("all folds, raw"), std::string::npos);
}

TEST(Train, ItsResultsAreTheScoresOfItsFiles) {
  const TempFolder folder;
  TrainRequest request = Request(folder, WriteTinyDataSet(folder.path()), "run");
  request.options.evaluation.bootstrap = 50;
  Train(request);
  const RunResults results = ReadResults(folder / "run");
  EvaluateOptions options;
  options.bootstrap = request.options.evaluation;
  options.folds = folder / "run/folds.csv";
  options.train_annotations = folder / "labels";
  const EvaluationResult files = Evaluate(folder / "run/out_of_fold", folder / "labels", options);
  ASSERT_TRUE(files.ccc_mean.low.has_value());
  EXPECT_EQ(results.evaluation->ccc_mean.value, files.ccc_mean.value);
  EXPECT_EQ(results.evaluation->ccc_mean.low, files.ccc_mean.low);
  ASSERT_EQ(results.evaluation->folds.size(), 2u);
  EXPECT_EQ(results.evaluation->folds[1].mean_ccc, files.folds[1].mean_ccc);
  EXPECT_EQ(results.evaluation->valence_regions[0].bins, files.valence_regions[0].bins);
  // Frame 7 of each of the six trials has no face.
  EXPECT_EQ(results.evaluation->cropped_only->used, files.rows.used - 6);
  ASSERT_EQ(results.tracks.size(), 6u);
  EXPECT_EQ(results.tracks[5].trial, "t5");
  EXPECT_DOUBLE_EQ(results.tracks[0].time_s[5], 5 / 25.0);
  EXPECT_TRUE(std::isnan(results.tracks[0].valence[3]));
  EXPECT_FALSE(results.label_histogram.empty());
  EXPECT_FALSE(results.lds.empty());
}

TEST(Train, LearnsWhatTheFeaturesShow) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options.motion.enabled = false;
  request.options.training.epochs = 40;
  request.options.training.optimizer = OptimizerKind::kAdamW;
  request.options.training.lr_steps = {};
  const TrainSummary learnt = Train(request);
  ASSERT_TRUE(learnt.out_of_fold_ccc[0] && learnt.out_of_fold_ccc[1]);
  EXPECT_GT(*learnt.out_of_fold_ccc[0], 0.6);
  EXPECT_GT(*learnt.out_of_fold_ccc[1], 0.6);
}

TEST(Train, TwoRunsAreEqualByteForByte) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  Train(Request(folder, manifest, "a"));
  Train(Request(folder, manifest, "b"));
  EXPECT_EQ(Contents(folder / "a"), Contents(folder / "b"));
  TrainRequest other = Request(folder, manifest, "c");
  other.options.training.seed = 2;
  Train(other);
  EXPECT_NE(Contents(folder / "a")["model/fold_0.safetensors"],
            Contents(folder / "c")["model/fold_0.safetensors"]);
}

// Stops a run after every seven steps, within an epoch of five, until it is done; every file must
// equal the whole run's.
void ExpectResumesAlike(const TempFolder& folder,
                        const Manifest& manifest,
                        const RunOptions& options,
                        const std::string& tag) {
  TrainRequest whole = Request(folder, manifest, "whole_" + tag);
  whole.options = options;
  Train(whole);
  TrainRequest parts = Request(folder, manifest, "parts_" + tag);
  parts.options = options;
  int steps = 0;
  parts.keep_going = [&steps] { return ++steps % 8 != 0; };
  TrainSummary summary = Train(parts);
  EXPECT_FALSE(summary.finished);
  for (int tries = 0; !summary.finished && tries < 20; ++tries) {
    // What a kill in the middle of a write leaves behind.
    for (const auto& entry : fs::recursive_directory_iterator(parts.out / "tensorboard")) {
      if (entry.is_regular_file()) std::ofstream(entry.path(), std::ios::app) << "half a record";
    }
    parts.resume = true;
    summary = Train(parts);
  }
  EXPECT_TRUE(summary.finished);
  const auto expected = Contents(whole.out), resumed = Contents(parts.out);
  ASSERT_EQ(expected.size(), resumed.size());
  for (const auto& [name, bytes] : expected)
    EXPECT_TRUE(resumed.at(name) == bytes) << tag << ": " << name << " differs";
}

TEST(Train, AStoppedRunResumesToTheBytesOfAnUninterruptedOne) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  RunOptions options = TinyOptions();
  ExpectResumesAlike(folder, manifest, options, "sgd");
  options.training.optimizer = OptimizerKind::kAdamW;
  options.training.seeds = 2;
  ExpectResumesAlike(folder, manifest, options, "adamw_seeds");
}

TEST(Train, FdsResumesToTheSameBytes) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  RunOptions options = TinyOptions();
  options.motion.enabled = false;
  options.fds.enabled = true;
  options.training.epochs = 5;
  ExpectResumesAlike(folder, manifest, options, "stored");
  options.fds.live_statistics = true;
  options.regressor.separate_models = true;
  ExpectResumesAlike(folder, manifest, options, "live");
}

// Lines of metrics.jsonl.
std::vector<nlohmann::json> Metrics(const fs::path& run) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(ReadFile(run / "metrics.jsonl"));
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST(Train, FdsActsFromTheEpochThatHasStatistics) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest without = Request(folder, manifest, "without");
  without.options.motion.enabled = false;
  TrainRequest with = without;
  with.out = folder / "with";
  with.options.fds.enabled = true;
  TrainRequest live = with;
  live.out = folder / "live";
  live.options.fds.live_statistics = true;
  live.options.training.epochs = with.options.training.epochs = without.options.training.epochs = 4;
  Train(without);
  Train(with);
  Train(live);
  const auto plain = Metrics(without.out), stored = Metrics(with.out), aliased = Metrics(live.out);
  ASSERT_EQ(plain.size(), 8u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(plain[i]["train_loss"] == stored[i]["train_loss"], i < 2) << i;
    EXPECT_EQ(aliased[i]["train_loss"] == stored[i]["train_loss"], i < 2) << i;
  }
}

TEST(Train, SeedsAreMoreMembersOfTheSameFolds) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest one = Request(folder, manifest, "one"), two = Request(folder, manifest, "two");
  one.options.training.epochs = two.options.training.epochs = 1;
  two.options.training.seeds = 2;
  Train(one);
  const TrainSummary summary = Train(two);
  ASSERT_EQ(summary.members.size(), 4u);
  EXPECT_EQ(summary.members[1].name, "fold_0_seed_2");
  EXPECT_EQ(summary.members[2].name, "fold_1_seed_1");
  EXPECT_NE(summary.Report().find("fold_1_seed_2"), std::string::npos);
  EXPECT_EQ(ReadFile(folder / "one/model/fold_0.safetensors"),
            ReadFile(folder / "two/model/fold_0_seed_1.safetensors"));
  EXPECT_NE(ReadFile(folder / "two/model/fold_0_seed_1.safetensors"),
            ReadFile(folder / "two/model/fold_0_seed_2.safetensors"));
  EXPECT_EQ(ReadFile(folder / "one/folds.csv"), ReadFile(folder / "two/folds.csv"));
  EXPECT_EQ(Metrics(two.out)[1]["seed"], 2);
  EXPECT_TRUE(
      fs::exists(folder / "two/tensorboard/fold_1_seed_2/events.out.tfevents.0.circumplex"));

  // A fold's out-of-fold file is the mean of its seeds' predictions.
  const Model model = Model::Load(summary.model);
  ASSERT_EQ(model.card().members.size(), 4u);
  const std::string trial = ReadFolds(folder / "two/folds.csv")[0].validation[0];
  ClipTrackCache cache(FeatureStore::Open(two.store), two.options.phase);
  const auto track = cache.Get(trial);
  const auto a = PredictTrack(model.nets()[0], two.options, Targets::kBoth, track.get());
  const auto b = PredictTrack(model.nets()[1], two.options, Targets::kBoth, track.get());
  const auto file = ReadPredictions(folder / ("two/out_of_fold/" + trial + ".txt")).at(trial);
  const auto frame = static_cast<std::size_t>(track->features().frame[9]);
  EXPECT_NEAR(file[frame].valence, (a[9][0] + b[9][0]) / 2, 6e-5);  // four decimals
  EXPECT_EQ(model.card().members[0].prediction_mean, model.card().members[1].prediction_mean);
}

TEST(Train, CorrectionGoesIntoTheModelAndTheLog) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options.motion.enabled = false;
  request.options.training.folds = 3;
  request.options.inference.bias_correction = true;
  request.options.inference.smoothing = SmoothingKind::kBox;
  request.options.inference.smoothing_choose = true;
  const TrainSummary summary = Train(request);
  const ModelCard card = ReadModelCard(summary.model);
  EXPECT_NE(card.bias[0], 0);
  EXPECT_TRUE(card.smoothing_s);
  const std::string log = ReadFile(folder / "run/log.txt");
  EXPECT_NE(log.find("bias of the out-of-fold predictions: valence "), std::string::npos) << log;
  EXPECT_NE(log.find("smoothing width chosen without fold 2"), std::string::npos) << log;
  EXPECT_NE(log.find("smoothing width chosen for the model"), std::string::npos) << log;
  EXPECT_TRUE(summary.written_ccc[0]);
}

TEST(Train, TheLossCriterionIsTheConfiguredLossOnValidationRows) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options.motion.enabled = false;
  request.options.training.criterion = Criterion::kLoss;
  request.options.training.lr = 0.05;
  request.options.training.epochs = 6;
  const TrainSummary summary = Train(request);
  const auto lines = Metrics(request.out);
  for (const MemberSummary& member : summary.members) {
    int best = -1;
    double smallest = 0;
    for (const auto& line : lines) {
      if (line["fold"] != member.fold) continue;
      EXPECT_EQ(line["criterion"].get<double>(), -line["val_loss"].get<double>());
      if (best < 0 || line["val_loss"] < smallest) {
        best = line["epoch"];
        smallest = line["val_loss"];
      }
    }
    EXPECT_EQ(member.best_epoch, best);
  }
}

// Moments of one network's predictions against the annotated rows of trials.
std::array<CccAccumulator, 2> MomentsOf(const TrainRequest& request,
                                        TwoStreamNet net,
                                        const std::vector<std::string>& trials) {
  ClipTrackCache cache(FeatureStore::Open(request.store), request.options.phase);
  std::array<CccAccumulator, 2> moments;
  for (const std::string& trial : trials) {
    const auto labels = ReadVaAnnotation(request.manifest.root / "labels" / (trial + ".txt"));
    const auto track = cache.Get(trial);
    const auto rows = PredictTrack(net, request.options, Targets::kBoth, track.get());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const VaLabel& label = labels[static_cast<std::size_t>(track->features().frame[r])];
      if (!label.annotated) continue;
      moments[0].Add(rows[r][0], label.valence);
      moments[1].Add(rows[r][1], label.arousal);
    }
  }
  return moments;
}

TEST(Train, TheReleasedCriterionIsTheCccAfterSpreadMatching) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options.motion.enabled = false;
  request.options.training.epochs = 1;
  request.options.training.criterion_std_matched = true;
  const Model model = Model::Load(Train(request).model);
  const std::vector<Fold> folds = ReadFolds(request.out / "folds.csv");
  const auto metrics = Metrics(request.out);
  for (std::size_t f = 0; f < folds.size(); ++f) {
    const auto scored = MomentsOf(request, model.nets()[f], folds[f].validation);
    const auto trained = MomentsOf(request, model.nets()[f], folds[f].train);
    double expected = 0, raw = 0;
    for (std::size_t k = 0; k < 2; ++k) {
      // Predictions x become m + a (x - m): covariance times a, spread that of the labels.
      const double spread = std::sqrt(trained[k].variance_y());
      const double a = spread / std::sqrt(scored[k].variance_x());
      const double gap = scored[k].mean_x() - scored[k].mean_y();
      expected +=
          a * scored[k].covariance() / (spread * spread + scored[k].variance_y() + gap * gap);
      raw += *scored[k].Value() / 2;
    }
    EXPECT_NEAR(metrics[f]["criterion"].get<double>(), expected, 1e-9);
    EXPECT_GT(std::abs(expected - raw), 1e-3);
  }
}

TEST(Train, TheModelIsTheBestEpochsNetworkAndKnowsItsPredictions) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options.motion.enabled = false;
  request.options.training.epochs = 8;
  request.options.training.lr = 0.3;  // too large to get better each time
  request.options.inference.clamp = false;
  const TrainSummary summary = Train(request);
  const Model model = Model::Load(summary.model);
  const std::vector<Fold> folds = ReadFolds(request.out / "folds.csv");
  ClipTrackCache cache(FeatureStore::Open(request.store), request.options.phase);
  int earlier = 0;
  for (std::size_t f = 0; f < folds.size(); ++f) {
    earlier += summary.members[f].best_epoch < summary.members[f].epochs ? 1 : 0;
    const auto moments = MomentsOf(request, model.nets()[f], folds[f].validation);
    for (std::size_t k = 0; k < 2; ++k) {
      EXPECT_NEAR(*moments[k].Value(), *summary.members[f].ccc[k], 1e-9);
      // What spread matching needs is of the predictions, not of the labels.
      EXPECT_NEAR(model.card().members[f].prediction_mean[k], moments[k].mean_x(), 1e-9);
      EXPECT_NEAR(
          model.card().members[f].prediction_std[k], std::sqrt(moments[k].variance_x()), 1e-9);
      EXPECT_GT(std::abs(moments[k].mean_x() - moments[k].mean_y()), 1e-3);
    }
    for (const std::string& trial : folds[f].validation) {
      const auto track = cache.Get(trial);
      const auto rows = PredictTrack(model.nets()[f], request.options, Targets::kBoth, track.get());
      const auto file = ReadPredictions(request.out / "out_of_fold" / (trial + ".txt")).at(trial);
      for (std::size_t r = 0; r < rows.size(); ++r) {
        const auto frame = static_cast<std::size_t>(track->features().frame[r]);
        EXPECT_NEAR(file[frame].valence, rows[r][0], 6e-5);  // four decimals
        EXPECT_NEAR(file[frame].arousal, rows[r][1], 6e-5);
      }
    }
  }
  EXPECT_GT(earlier, 0) << "the best epochs are the last: nothing is shown";
}

TEST(Train, AStepIsAsLongAsTheLargestGradientNormAllows) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "clipped");
  request.options.motion.enabled = false;
  request.options.training.epochs = 1;
  request.options.training.batch = 1000;  // one step
  request.options.training.weight_decay = 0;
  request.options.training.lr = 0.5;
  request.options.training.clip_norm = 0.01;
  const Model clipped = Model::Load(Train(request).model);
  request.out = folder / "start";
  request.options.training.lr = 1e-30;
  const Model start = Model::Load(Train(request).model);
  double squares = 0;
  for (const auto& parameter : clipped.nets()[0]->named_parameters()) {
    const at::Tensor before = start.nets()[0]->named_parameters()[parameter.key()];
    squares += (parameter.value() - before).to(at::kDouble).square().sum().item<double>();
  }
  EXPECT_NEAR(std::sqrt(squares), 0.5 * 0.01, 1e-5);
}

TEST(Train, OtherDevicesThanTheseAreRefusedBeforeAnythingIsWritten) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  for (const auto& [device, code] : {std::pair("gpu", ErrorCode::kInvalidArgument),
                                     std::pair("cuda", ErrorCode::kUnsupported)}) {
    if (code == ErrorCode::kUnsupported && at::globalContext().hasCUDA()) continue;
    request.device = device;
    EXPECT_NE(ErrorOf(code, [&] { Train(request); }).find(std::string("device '") + device),
              std::string::npos);
    EXPECT_FALSE(fs::exists(request.out));
  }
}

TEST(Train, ProgressNamesNetworkAndEpoch) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options.motion.enabled = false;
  std::vector<ProgressReport> reports;
  SetProgressSink([&](const ProgressReport& report) { reports.push_back(report); });
  Train(request);
  SetProgressSink({});
  EXPECT_EQ(reports.back().done, 6);
  EXPECT_EQ(reports.back().total, 6);
  const auto within =
      std::find_if(reports.begin(), reports.end(), [](const ProgressReport& report) {
        return report.detail == "fold_1, epoch 2/3" && report.part > 0;
      });
  EXPECT_NE(within, reports.end());
}

TEST(Train, SeparateModelsGiveOneNetworkPerTarget) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options = Preset("released");
  RunOptions tiny = TinyOptions();
  request.options.phase = tiny.phase;
  request.options.backbone = tiny.backbone;
  request.options.appearance = tiny.appearance;
  request.options.regressor.fusion = 8;
  request.options.regressor.hidden = 4;
  request.options.clips.window = 8;
  request.options.clips.stride = 4;
  request.options.training.folds = 2;
  request.options.training.epochs = 1;
  request.options.training.batch = 3;
  const TrainSummary summary = Train(request);
  EXPECT_EQ(summary.members.size(), 4u);
  const Model model = Model::Load(summary.model);
  EXPECT_EQ(model.card().members[1].targets, Targets::kArousal);
  EXPECT_GT(model.card().members[0].prediction_std[0], 0);
  ClipTrackCache cache(FeatureStore::Open(request.store), request.options.phase);
  for (const Va& pair : model.Predict(cache.Get("t0").get())) {
    EXPECT_TRUE(std::isfinite(pair[0]) && std::isfinite(pair[1]));
  }
}

// Gives trials t4 and t5, the third person's, one label in every frame.
void MakeConstant(const fs::path& root) {
  for (const char* name : {"t4", "t5"}) {
    std::vector<VaLabel> labels(24);
    for (VaLabel& label : labels) {
      label.annotated = true;
      label.valence = 0.3;
    }
    WriteVaAnnotation(root / "labels" / (std::string(name) + ".txt"), labels, 6);
  }
}

TEST(Train, AConstantValidationLabelIsUndefinedNotNan) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  MakeConstant(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options.training.fold_rule = FoldRule::kOfficial;
  request.options.training.epochs = 6;
  const TrainSummary summary = Train(request);
  EXPECT_FALSE(summary.out_of_fold_ccc[0]);
  EXPECT_FALSE(summary.members[0].ccc[1]);
  EXPECT_NE(summary.Report().find("undefined"), std::string::npos);
  // Epochs are compared by the validation loss instead.
  double best = 0;
  int best_epoch = -1;
  for (const auto& line : Metrics(request.out)) {
    EXPECT_TRUE(line["ccc_valence"].is_null() && line["ccc_arousal"].is_null());
    EXPECT_EQ(line["criterion"].get<double>(), -line["val_loss"].get<double>());
    if (best_epoch >= 0 && line["criterion"] <= best) continue;
    best = line["criterion"];
    best_epoch = line["epoch"];
  }
  EXPECT_EQ(summary.members[0].best_epoch, best_epoch);
  EXPECT_GT(best_epoch, 1);
  EXPECT_EQ(ReadFile(folder / "run/metrics.jsonl").find("nan"), std::string::npos);
  EXPECT_NE(ReadFile(folder / "run/log.txt").find("validation labels are constant or absent"),
            std::string::npos);
}

TEST(Train, AFoldOfConstantLabelsDoesNotSpoilTheOthers) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  MakeConstant(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options.motion.enabled = false;
  request.options.training.folds = 3;
  const TrainSummary summary = Train(request);
  int undefined = 0;
  for (const MemberSummary& member : summary.members) undefined += member.ccc[0] ? 0 : 1;
  EXPECT_EQ(undefined, 1);
  ASSERT_TRUE(summary.out_of_fold_ccc[0]);
  EXPECT_TRUE(std::isfinite(*summary.out_of_fold_ccc[0]));
}

TEST(Train, BrokenRulesOfOptionsAndDataComeTogetherAndNothingIsWritten) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options.training.folds = 9;
  request.options.training.lr = -1;
  request.options.clips.window = 64;
  request.options.loss.kind = LossKind::kCcc;
  request.options.loss.ccc = 0;
  const std::string message = ErrorOf(ErrorCode::kInvalidOptions, [&] { Train(request); });
  for (const char* part : {"breaks 4 rules",
                           "lds.enabled = true: the loss takes no weights",
                           "training.lr = -1: must be positive",
                           "training.folds = 9 but there are only 3 groups of persons",
                           "clips.window = 64: longer than every video: the longest has 23 rows"}) {
    EXPECT_NE(message.find(part), std::string::npos) << part << "\n" << message;
  }
  EXPECT_FALSE(fs::exists(request.out));
  // Features of another size are not what is wrong here.
  request.options = TinyOptions();
  request.options.phase.size = 50;
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions, [&] { Train(request); }).find("phase.size = 50"),
            std::string::npos);
  // The released rule drops a video that a window fills exactly.
  request.options = TinyOptions();
  request.options.clips.window = 23;
  request.options.clips.train_rule = WindowRule::kReleasedTrain;
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions, [&] { Train(request); }).find("needs 24"),
            std::string::npos);
}

TEST(Train, AModelOfOtherTargetsThanItsConfigurationIsRefused) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options.motion.enabled = false;
  request.options.training.epochs = 1;
  const TrainSummary summary = Train(request);
  std::string text = ReadFile(summary.model / "model.toml");
  const std::string one = "targets = \"valence\"";
  const std::size_t config = text.find("[regressor]");
  text.replace(text.find("targets = ", config), std::string("targets = 'both'").size(), one);
  WriteFileAtomically(summary.model / "model.toml", text);
  EXPECT_NE(ErrorOf(ErrorCode::kBadModel, [&] { Model::Load(summary.model); })
                .find("configuration has regressor.targets = \"valence\""),
            std::string::npos);
}

TEST(Train, RefusesWhatCannotWork) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options.training.folds = 9;
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions, [&] { Train(request); }).find("9"),
            std::string::npos);
  request = Request(folder, manifest, "run2");
  request.options.clips.window = 64;
  request.options.clips.train_rule = WindowRule::kReleasedTrain;
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions, [&] { Train(request); }).find("clips.window = 64"),
            std::string::npos);
  request = Request(folder, manifest, "run3");
  request.store = folder / "nowhere";
  EXPECT_NE(ErrorOf(ErrorCode::kNotFound, [&] { Train(request); }).find("circumplex features"),
            std::string::npos);
  request = Request(folder, manifest, "run4");
  request.resume = true;
  EXPECT_NE(
      ErrorOf(ErrorCode::kInvalidArgument, [&] { Train(request); }).find("holds no run to resume"),
      std::string::npos);
  request.resume = false;
  Train(request);
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument, [&] { Train(request); }).find("holds a run"),
            std::string::npos);
  request.resume = true;
  request.options.training.lr = 0.5;
  request.options.lds.enabled = false;
  EXPECT_EQ(ErrorOf(ErrorCode::kInvalidOptions, [&] { Train(request); }),
            "'" + (request.out / "config.toml").string() +
                "' differs from the configuration given:\n"
                "  lds.enabled = true in the run, false in what is given\n"
                "  training.lr = 0.01 in the run, 0.5 in what is given\n"
                "resume with the run's own config.toml and no --set");
  request = Request(folder, manifest, std::string(300, 'x'));
  EXPECT_NE(ErrorOf(ErrorCode::kIo, [&] { Train(request); }).find("cannot look at '"),
            std::string::npos);
}

}  // namespace
}  // namespace circumplex
