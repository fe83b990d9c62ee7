// SPDX-License-Identifier: Apache-2.0
#include "training/trainer.h"

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
#include "inference/sequence_predictor.h"
#include "labels/annotation_io.h"
#include "predictions/prediction_io.h"
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

TEST(ShuffledLabels, NoTrialKeepsItsOwnAndLengthsStay) {
  std::map<std::string, std::vector<VaLabel>> labels;
  for (int trial = 0; trial < 9; ++trial) {
    for (int t = 0; t < 5 + trial; ++t) {
      labels["t" + std::to_string(trial)].push_back({{0.1 * trial, 0.01 * t}, true});
    }
  }
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto shuffled = ShuffledLabels(labels, seed, "fold_0");
    std::set<double> given;
    for (const auto& [trial, rows] : shuffled) {
      ASSERT_EQ(rows.size(), labels.at(trial).size());
      EXPECT_NE(rows[0].valence, labels.at(trial)[0].valence) << trial;
      given.insert(rows[0].valence);
      EXPECT_EQ(rows[4].arousal, 0.04);
    }
    EXPECT_EQ(given.size(), labels.size());
  }
  const auto order = [&](const std::string& network) {
    std::vector<float> given;
    for (const auto& [trial, rows] : ShuffledLabels(labels, 1, network))
      given.push_back(rows[0].valence);
    return given;
  };
  EXPECT_EQ(order("fold_0"), order("fold_0"));
  EXPECT_NE(order("fold_0"), order("fold_1"));
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
                           "out_of_fold/t0.txt"}) {
    EXPECT_EQ(contents.count(name), 1u) << name;
  }
  const Model model = Model::Load(summary.model);
  EXPECT_EQ(model.card().trained_on.size(), 6u);
  EXPECT_EQ(model.card().backbone_hash, "untrained-1");
  ASSERT_TRUE(summary.out_of_fold_ccc[0].has_value());
  EXPECT_NE(summary.Report().find("all folds, raw"), std::string::npos);
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

// Stops a run after every second epoch until it is done; every file must equal the whole run's.
void ExpectResumesAlike(const TempFolder& folder,
                        const Manifest& manifest,
                        const RunOptions& options,
                        const std::string& tag) {
  TrainRequest whole = Request(folder, manifest, "whole_" + tag);
  whole.options = options;
  Train(whole);
  TrainRequest parts = Request(folder, manifest, "parts_" + tag);
  parts.options = options;
  int epochs = 0;
  parts.keep_going = [&epochs] { return ++epochs % 2 != 0; };
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
  const auto a = PredictRows(model.nets()[0], two.options, Targets::kBoth, track.get());
  const auto b = PredictRows(model.nets()[1], two.options, Targets::kBoth, track.get());
  const auto file = ReadPredictions(folder / ("two/out_of_fold/" + trial + ".txt")).at(trial);
  const auto frame = static_cast<std::size_t>(track->features().frame[9]);
  EXPECT_NEAR(file[frame].valence, (a[9][0] + b[9][0]) / 2, 6e-5);  // four decimals
  EXPECT_EQ(model.card().members[0].prediction_mean, model.card().members[1].prediction_mean);
}

TEST(Train, CalibrationGoesIntoTheModelAndTheLog) {
  const TempFolder folder;
  const Manifest manifest = WriteTinyDataSet(folder.path());
  TrainRequest request = Request(folder, manifest, "run");
  request.options.motion.enabled = false;
  request.options.training.folds = 3;
  request.options.inference.bias_calibration = true;
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
  EXPECT_GT(best_epoch, 0);
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
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { Train(request); }).find("circumplex features"),
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
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions, [&] { Train(request); })
                .find("differs from the configuration"),
            std::string::npos);
}

TEST(TrainingData, LdsWeightsHaveMeanOneOverAnnotatedRows) {
  const TempFolder folder;
  WriteTinyDataSet(folder.path());
  std::map<std::string, std::vector<VaLabel>> labels;
  for (int t = 0; t < 6; ++t) {
    const std::string name = "t" + std::to_string(t);
    labels[name] = ReadVaAnnotation(folder / "labels" / (name + ".txt"));
  }
  RunOptions options = TinyOptions();
  options.clips.stride = 8;
  ClipTrackCache cache(FeatureStore::Open(folder / "store"), options.phase);
  const TrainingData data(options, {"t0", "t1", "t2", "t3", "t4", "t5"}, labels, &cache);
  EXPECT_EQ(data.annotated_rows(), 6 * 22);
  EXPECT_TRUE(data.Batches(0, 1) == data.Batches(0, 1));
  EXPECT_FALSE(data.Batches(0, 1) == data.Batches(1, 1));
  EXPECT_FALSE(data.Batches(0, 1) == data.Batches(0, 2));
  // Window 8, stride 8, 23 rows: windows at 0, 8, 15 share one row, so sum over a whole-video
  // window instead.
  RunOptions whole = options;
  whole.clips.window = 64;
  whole.clips.stride = 64;
  const TrainingData once(whole, {"t0", "t1", "t2", "t3", "t4", "t5"}, labels, &cache);
  double sum = 0;
  std::int64_t valid = 0;
  for (const auto& batch : once.Batches(0, 1)) {
    const TrainingBatch tensors = once.Build(batch, Targets::kBoth);
    const float* weight = tensors.weight_btk.data_ptr<float>();
    const bool* mask = tensors.valid_bt.data_ptr<bool>();
    for (std::int64_t i = 0; i < tensors.valid_bt.numel(); ++i) {
      if (!mask[i]) {
        EXPECT_EQ(weight[2 * i], 0.f);
        continue;
      }
      sum += weight[2 * i];
      ++valid;
    }
  }
  EXPECT_EQ(valid, 6 * 22);
  EXPECT_NEAR(sum / static_cast<double>(valid), 1.0, 1e-6);
}

}  // namespace
}  // namespace circumplex
