// SPDX-License-Identifier: Apache-2.0
#include "stills/still_trainer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "backbone/pool5_extractor.h"
#include "core/csv.h"
#include "core/files.h"
#include "core/rng.h"
#include "network/checkpoint.h"
#include "network/still_net.h"
#include "support/layout_fixture.h"
#include "support/test_files.h"
#include "video/image_io.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::TempFolder;

constexpr int kSide = 32;

// Valence is red against blue, arousal the brightness; every pixel has noise of its own.
Image Picture(Rng* rng, double valence, double arousal) {
  Image image(kSide, kSide, 3);
  const double light = 90 + 60 * arousal;
  const double red = light * (1 + 0.5 * valence), blue = light * (1 - 0.5 * valence);
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    const double means[] = {red, light, blue};
    for (std::size_t c = 0; c < 3; ++c) {
      image.pixels[i + c] =
          static_cast<std::uint8_t>(std::clamp(means[c] + rng->Uniform(-20.0, 20.0), 0.0, 255.0));
    }
  }
  return image;
}

// AffectNet's first layout. The expression is 1 (happy) for valence above 0, else 2 (sad); every
// seventh image has none of the eight.
void WriteSet(const fs::path& root, int training, int validation) {
  for (const auto& [list, count] :
       {std::pair<const char*, int>{"training", training}, {"validation", validation}}) {
    Rng rng(11, list);
    std::string rows;
    for (int i = 0; i < count; ++i) {
      const double valence = rng.Uniform(-0.9, 0.9), arousal = rng.Uniform(-0.9, 0.9);
      const std::string file = std::string("0/") + list + std::to_string(i) + ".png";
      WriteImage(root / "Manually_Annotated_Images" / file, Picture(&rng, valence, arousal));
      rows += file + ",0,0,32,32,," +
              (i % 7 == 6    ? "8"
               : valence > 0 ? "1"
                             : "2") +
              "," + FormatFixed(valence, 3) + "," + FormatFixed(arousal, 3) + "\n";
    }
    WriteFileAtomically(root / (std::string(list) + ".csv"), rows);
  }
}

RunOptions TinyOptions(StillTune tune) {
  RunOptions options;
  options.backbone.input_size = kSide;
  options.appearance.hidden = 16;
  options.appearance.dropout = 0.1;
  options.stills.tune = tune;
  options.training.epochs = 2;
  options.training.batch = 8;
  options.training.lr = 0.01;
  options.training.early_stop = 0;
  options.evaluation.bootstrap = 50;
  return options;
}

StillRequest Request(const fs::path& data, const fs::path& out, const RunOptions& options) {
  StillRequest request;
  request.data = data;
  request.out = out;
  request.options = options;
  request.threads = 1;
  return request;
}

std::vector<nlohmann::json> Metrics(const fs::path& run) {
  std::vector<nlohmann::json> metrics;
  std::istringstream lines(ReadFile(run / "metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) metrics.push_back(nlohmann::json::parse(line));
  return metrics;
}

TEST(TrainStills, LearnsWhatPicturesShowAndNothingFromShuffledLabels) {
  const TempFolder folder;
  WriteSet(folder / "set", 128, 96);
  RunOptions options = TinyOptions(StillTune::kHead);
  options.training.epochs = 10;
  options.training.optimizer = OptimizerKind::kAdamW;
  options.training.schedule = ScheduleKind::kCosine;
  options.appearance.dropout = 0;
  options.stills.expression_weight = 0.5;
  const StillSummary summary = TrainStills(Request(folder / "set", folder / "run", options));
  EXPECT_EQ(summary.training.used, 128);
  EXPECT_EQ(summary.validation.used, 96);
  EXPECT_GT(*summary.scores.ccc_valence.value, 0.8);
  EXPECT_GT(*summary.scores.ccc_arousal.value, 0.8);
  EXPECT_EQ(summary.expression_images, 83);
  EXPECT_GT(*summary.expression_accuracy, 0.85);
  EXPECT_LT(*summary.scores.pooled.valence.rmse, summary.constant_rmse[0]);
  // Uniform labels: the spread is 1.8 / sqrt(12).
  EXPECT_NEAR(summary.constant_rmse[0], 0.52, 0.05);
  const auto metrics = Metrics(folder / "run");
  ASSERT_EQ(metrics.size(), 10u);
  EXPECT_LT(metrics.back()["train_loss"].get<double>(),
            0.5 * metrics.front()["train_loss"].get<double>());
  EXPECT_NE(summary.Report().find("\nvalence"), std::string::npos);

  // One order of 96 images shares up to a few times 0.1 with the truth by chance, of either sign;
  // the mean over orders shows what is learnt (decision 0021).
  options.training.shuffle_labels = true;
  constexpr int kOrders = 4;
  double mean = 0;
  for (int order = 0; order < kOrders; ++order) {
    options.training.seed = static_cast<std::uint64_t>(1 + order);
    const StillSummary control =
        TrainStills(Request(folder / "set", folder / ("control" + std::to_string(order)), options));
    mean += *control.scores.ccc_mean.value / kOrders;
  }
  EXPECT_LT(std::abs(mean), 0.25);
}

// What metrics.jsonl says of the epoch that is kept, against the scores of its predictions.
TEST(TrainStills, ShuffledLabelsChooseTheEpochAndTrueOnesScoreIt) {
  const TempFolder folder;
  WriteSet(folder / "set", 24, 24);
  RunOptions options = TinyOptions(StillTune::kHead);
  options.training.epochs = 3;
  options.inference.clamp = false;
  const auto apart = [&](const char* run) {
    const StillSummary summary = TrainStills(Request(folder / "set", folder / run, options));
    const nlohmann::json kept =
        Metrics(folder / run)[static_cast<std::size_t>(summary.best_epoch - 1)];
    EXPECT_EQ(kept["epoch"], summary.best_epoch);
    return std::abs(kept["ccc_valence"].get<double>() - *summary.scores.ccc_valence.value) +
           std::abs(kept["ccc_arousal"].get<double>() - *summary.scores.ccc_arousal.value);
  };
  EXPECT_LT(apart("true"), 1e-5);
  options.training.shuffle_labels = true;
  EXPECT_GT(apart("shuffled"), 1e-3);
}

TEST(TrainStills, TheLossCriterionIsTheConfiguredLossOnValidationImages) {
  const TempFolder folder;
  WriteSet(folder / "set", 24, 12);
  RunOptions options = TinyOptions(StillTune::kHead);
  options.training.criterion = Criterion::kLoss;
  options.training.epochs = 6;
  options.training.lr = 0.2;
  options.lds.enabled = false;
  options.loss.kind = LossKind::kWeightedL1;
  options.loss.ccc = 0;
  options.inference.clamp = false;
  const StillSummary summary = TrainStills(Request(folder / "set", folder / "run", options));
  int best = 0;
  double smallest = 0;
  for (const auto& line : Metrics(folder / "run")) {
    EXPECT_EQ(line["criterion"].get<double>(), -line["val_loss"].get<double>());
    if (best > 0 && line["val_loss"] >= smallest) continue;
    best = line["epoch"];
    smallest = line["val_loss"];
  }
  EXPECT_EQ(summary.best_epoch, best);
  // The mean distance of what was written, six decimals.
  const CsvTable table = ReadCsv(folder / "run" / "validation.csv");
  double distance = 0;
  for (const auto& row : table.rows) {
    distance += std::abs(std::stod(row[1]) - std::stod(row[4])) +
                std::abs(std::stod(row[2]) - std::stod(row[5]));
  }
  EXPECT_NEAR(smallest, distance / (2 * static_cast<double>(table.rows.size())), 1e-5);
}

TEST(TrainStills, EpochsOfConstantValidationLabelsAreComparedByTheLoss) {
  const TempFolder folder;
  WriteSet(folder / "set", 24, 4);
  std::string rows;
  for (int i = 0; i < 4; ++i)
    rows += "0/validation" + std::to_string(i) + ".png,0,0,32,32,,1,0.5,-0.25\n";
  WriteFileAtomically(folder / "set" / "validation.csv", rows);
  const StillSummary summary =
      TrainStills(Request(folder / "set", folder / "run", TinyOptions(StillTune::kHead)));
  for (const auto& line : Metrics(folder / "run")) {
    EXPECT_TRUE(line["ccc_valence"].is_null() && line["ccc_arousal"].is_null());
    EXPECT_EQ(line["criterion"].get<double>(), -line["val_loss"].get<double>());
  }
  EXPECT_FALSE(summary.scores.ccc_valence.value);
  EXPECT_NE(ReadFile(folder / "run" / "log.txt").find("epochs are compared by the validation loss"),
            std::string::npos);
}

TEST(TrainStills, TunedWeightsFeedFeaturesAndFrozenStagesStayAsTheyWere) {
  const TempFolder folder;
  WriteSet(folder / "set", 20, 6);
  RunOptions options = TinyOptions(StillTune::kLastStage);
  options.training.epochs = 1;
  options.backbone.layout = BackboneLayout::kCaffe;
  const StillSummary summary = TrainStills(Request(folder / "set", folder / "run", options));

  // features --set backbone.weights=RUN/backbone.safetensors is this extractor.
  BackboneOptions backbone = options.backbone;
  backbone.weights = summary.backbone.string();
  Pool5Extractor extractor(backbone);
  EXPECT_EQ(extractor.weights_origin(),
            "trained on still images (affectnet layout, 20 images of 'set', stages: last_stage)");
  StillNet net(options);
  ReadCheckpoint(folder / "run" / "best.safetensors", *net);
  net->eval();
  Rng rng(1);
  const std::vector<Image> images = {Picture(&rng, 0.5, 0), Picture(&rng, -0.5, 0.5)};
  const std::vector<float> extracted = extractor.Extract(images);
  const c10::NoGradGuard no_grad;
  const at::Tensor expected = net->backbone(NormalizeImages(net->backbone->layers(), images));
  const at::Tensor found = at::tensor(at::ArrayRef<float>(extracted), at::kFloat).view({2, 2048});
  EXPECT_LT((found - expected).norm().item<double>(), 1e-5 * expected.norm().item<double>());

  const BackboneWeights start = LoadBackboneWeights(options.backbone);
  const BackboneWeights trained = LoadBackboneWeights(backbone);
  EXPECT_NE(trained.hash, start.hash);
  for (const auto& [name, tensor] : start.tensors) {
    const bool same = tensor.bytes == trained.tensors.at(name).bytes;
    EXPECT_EQ(same, name.rfind("layer4", 0) != 0) << name;
  }
}

TEST(TrainStills, AStoppedRunResumesToTheSameBytes) {
  const TempFolder folder;
  WriteSet(folder / "set", 20, 8);
  for (const StillTune tune : {StillTune::kHead, StillTune::kLastStage}) {
    SCOPED_TRACE(static_cast<int>(tune));
    RunOptions options = TinyOptions(tune);
    options.stills.expression_weight = 0.3;
    options.stills.init_batch_norm = tune == StillTune::kHead;
    const std::string suffix = std::to_string(static_cast<int>(tune));
    const fs::path whole = folder / ("whole" + suffix), parts = folder / ("parts" + suffix);
    TrainStills(Request(folder / "set", whole, options));
    StillRequest request = Request(folder / "set", parts, options);
    // Three batches an epoch: stops within the second.
    int batches = 0;
    request.keep_going = [&batches] { return ++batches < 4; };
    const StillSummary stopped = TrainStills(request);
    EXPECT_FALSE(stopped.finished);
    EXPECT_EQ(stopped.epochs, 1);
    EXPECT_FALSE(fs::exists(parts / "backbone.safetensors"));
    request.keep_going = {};
    request.resume = true;
    EXPECT_TRUE(TrainStills(request).finished);
    for (const char* file : {"backbone.safetensors",
                             "head.safetensors",
                             "last.safetensors",
                             "best.safetensors",
                             "metrics.jsonl",
                             "validation.csv",
                             "evaluation.json"}) {
      EXPECT_TRUE(ReadFile(whole / file) == ReadFile(parts / file)) << file;
    }
  }
}

TEST(TrainStills, InitBatchNormIsOfUntrainedWeightsOnlyAndTheHeadLeavesThemAlone) {
  const TempFolder folder;
  WriteSet(folder / "set", 16, 4);
  RunOptions options = TinyOptions(StillTune::kHead);
  options.training.epochs = 1;
  options.stills.init_batch_norm = true;
  TrainStills(Request(folder / "set", folder / "a", options));
  const fs::path weights = folder / "a" / "backbone.safetensors";
  BackboneOptions backbone = options.backbone;
  backbone.weights = weights.string();
  const BackboneWeights first = LoadBackboneWeights(backbone);
  EXPECT_EQ(first.origin, "untrained, drawn from seed 1, batch-norm statistics of still images");
  const BackboneWeights drawn = DrawBackboneWeights(BackboneLayout::kTorchvision, 1);
  EXPECT_EQ(first.tensors.at("layer2.0.conv1.weight").bytes,
            drawn.tensors.at("layer2.0.conv1.weight").bytes);
  EXPECT_NE(first.tensors.at("layer2.0.bn1.running_mean").bytes,
            drawn.tensors.at("layer2.0.bn1.running_mean").bytes);
  options.backbone.weights = weights.string();
  TrainStills(Request(folder / "set", folder / "b", options));
  backbone.weights = (folder / "b" / "backbone.safetensors").string();
  EXPECT_EQ(LoadBackboneWeights(backbone).hash, first.hash);
}

TEST(TrainStills, SaysWhatItCannotTrainOn) {
  const TempFolder folder;
  const RunOptions options = TinyOptions(StillTune::kHead);
  const auto error = [&](ErrorCode code, const fs::path& data, const RunOptions& with) {
    return ErrorOf(code, [&] { TrainStills(Request(data, folder / "run", with)); });
  };
  WriteFixture(folder / "videos", FixtureLayout::kAffWild2);
  EXPECT_NE(error(ErrorCode::kBadData, folder / "videos", options)
                .find("is aff-wild2, a set of videos; --stills takes photographs"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(folder / "run"));

  fs::create_directories(folder / "nothing");
  EXPECT_NE(error(ErrorCode::kBadData, folder / "nothing", options).find("affectnet: no"),
            std::string::npos);

  WriteSet(folder / "set", 4, 0);
  EXPECT_NE(error(ErrorCode::kBadData, folder / "set", options)
                .find("the validation list gives 0 usable photographs (0 listed"),
            std::string::npos);

  WriteFileAtomically(folder / "invalid" / "training.csv",
                      "0/a.png,0,0,9,9,,9,-2,-2\n0/b.png,0,0,9,9,,10,-2,-2\n");
  EXPECT_NE(error(ErrorCode::kBadData, folder / "invalid", options)
                .find("the training list gives 0 usable photographs (2 listed, 2 without labels"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(folder / "run"));

  RunOptions contradictory = options;
  contradictory.appearance.enabled = false;
  contradictory.regressor.separate_models = true;
  contradictory.stills.limit = -1;
  const std::string message = error(ErrorCode::kInvalidOptions, folder / "set", contradictory);
  EXPECT_NE(message.find("breaks 3 rules"), std::string::npos) << message;
  EXPECT_NE(message.find("appearance.enabled = false: photographs train"), std::string::npos);
  EXPECT_NE(message.find("regressor.separate_models = true: on photographs"), std::string::npos);
  EXPECT_NE(message.find("stills.limit = -1: must not be negative"), std::string::npos);

  StillRequest request = Request(folder / "set", folder / "run", options);
  request.device = "tpu";
  EXPECT_EQ(ErrorOf(ErrorCode::kInvalidArgument, [&] { TrainStills(request); }),
            "device 'tpu': choose cpu or cuda");
  EXPECT_FALSE(fs::exists(folder / "run"));
}

TEST(TrainStills, WeightsOfTheOtherLayoutAndOtherWeightsOnResumeAreRefused) {
  const TempFolder folder;
  WriteSet(folder / "set", 12, 4);
  RunOptions options = TinyOptions(StillTune::kHead);
  options.training.epochs = 1;
  options.backbone.weights = (folder / "w.safetensors").string();
  options.backbone.layout = BackboneLayout::kTorchvision;  // Unset, it is the file's.
  WriteBackboneWeights(options.backbone.weights, DrawBackboneWeights(BackboneLayout::kCaffe, 1));
  EXPECT_NE(ErrorOf(ErrorCode::kBadModel,
                    [&] { TrainStills(Request(folder / "set", folder / "run", options)); })
                .find("made for layout \"caffe\", but backbone.layout is \"torchvision\""),
            std::string::npos);
  fs::remove_all(folder / "run");
  WriteBackboneWeights(options.backbone.weights,
                       DrawBackboneWeights(BackboneLayout::kTorchvision, 1));
  StillRequest request = Request(folder / "set", folder / "run", options);
  TrainStills(request);
  WriteBackboneWeights(options.backbone.weights,
                       DrawBackboneWeights(BackboneLayout::kTorchvision, 2));
  request.resume = true;
  EXPECT_NE(ErrorOf(ErrorCode::kBadModel, [&] { TrainStills(request); })
                .find("the run began with weights"),
            std::string::npos);
}

TEST(TrainStills, UnreadablePicturesAreReportedAndTheCountsAddUp) {
  const TempFolder folder;
  WriteSet(folder / "set", 14, 5);
  const fs::path pictures = folder / "set" / "Manually_Annotated_Images" / "0";
  WriteFileAtomically(pictures / "training3.png", "no picture");
  WriteFileAtomically(pictures / "validation2.png", "");
  fs::remove(pictures / "training5.png");
  RunOptions options = TinyOptions(StillTune::kHead);
  options.training.epochs = 1;
  options.stills.limit = 12;
  const StillSummary summary = TrainStills(Request(folder / "set", folder / "run", options));
  EXPECT_EQ(summary.training.listed, 14);
  EXPECT_EQ(summary.training.missing, 1);
  EXPECT_EQ(summary.training.not_drawn, 1);
  EXPECT_EQ(summary.training.unlabelled + summary.training.missing + summary.training.not_drawn +
                summary.training.unreadable + summary.training.used,
            14);
  EXPECT_EQ(summary.validation.unreadable, 1);
  EXPECT_EQ(summary.validation.used, 4);
  const CsvTable left_out = ReadCsv(folder / "run" / "left_out.csv");
  EXPECT_EQ(static_cast<std::int64_t>(left_out.rows.size()),
            summary.training.unreadable + summary.validation.unreadable);
  EXPECT_EQ(ReadCsv(folder / "run" / "validation.csv").rows.size(), 4u);
}

}  // namespace
}  // namespace circumplex
