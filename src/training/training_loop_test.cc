// SPDX-License-Identifier: Apache-2.0
#include "training/training_loop.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/files.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::TempFolder;

struct OneValue : torch::nn::Module {
  OneValue() : value(register_parameter("value", at::ones({1}, at::kDouble))) {}
  at::Tensor value;
};

// Goes down along slope * value; what the validation says of each epoch is written down before.
class ScriptedTask : public TrainingTask {
 public:
  explicit ScriptedTask(std::vector<ValidationScores> script) : script_(std::move(script)) {}

  torch::nn::Module& module() override { return module_; }
  ModuleState Network() const override { return NamedState(module_); }
  void LoadNetwork(const ModuleState& state, const std::string& source) override {
    LoadState(module_, state, source);
  }
  void TrainEpoch(int epoch, const TrainingStep& step) override {
    epochs.push_back(epoch);
    for (int i = 0; i < steps; ++i) {
      const auto loss = [this] { return (slope * module_.value).sum(); };
      if (!step(static_cast<double>(i) / steps, 1, loss)) return;
    }
  }
  ValidationScores Validate() override {
    return script_.at(static_cast<std::size_t>(epochs.back()));
  }
  double value() const { return module_.value.item<double>(); }

  int steps = 2;
  double slope = 1;
  std::vector<int> epochs;

 private:
  OneValue module_;
  std::vector<ValidationScores> script_;
};

// Validation losses of epochs, without a CCC.
std::vector<ValidationScores> Losses(const std::vector<double>& losses) {
  std::vector<ValidationScores> script(losses.size());
  for (std::size_t i = 0; i < losses.size(); ++i) script[i].loss = losses[i];
  return script;
}

// Labels -1 and 1, predictions -x and x.
CccAccumulator Moments(double x) {
  CccAccumulator moments;
  moments.Add(-x, -1);
  moments.Add(x, 1);
  return moments;
}

class TrainingLoopTest : public testing::Test {
 protected:
  TrainingLoopTest() {
    setup_.training.optimizer = OptimizerKind::kSgd;
    setup_.training.momentum = setup_.training.weight_decay = 0;
    setup_.training.schedule = ScheduleKind::kConstant;
    setup_.training.lr = 0.1;
    setup_.training.clip_norm = 0;
    setup_.training.early_stop = 0;
    setup_.training.criterion = Criterion::kLoss;
    setup_.name = "net";
  }

  // Trains in a folder of its own.
  RunCounters Train(ScriptedTask* task, const std::string& name, bool resume = false) {
    setup_.training.epochs = std::min(setup_.training.epochs, most_epochs_);
    RunOptions options;
    options.training = setup_.training;
    RunFolder run(folder_ / name, options, resume);
    Progress progress("train", setup_.training.epochs);
    TrainingLoopSetup setup = setup_;
    setup.folder = folder_ / name;
    setup.run = &run;
    setup.progress = &progress;
    setup.resume = resume;
    TrainingLoop loop(setup, task);
    finished_ = loop.Run();
    if (finished_) loop.LoadBest();
    return loop.counters();
  }
  std::vector<nlohmann::json> Metrics(const std::string& name) {
    std::vector<nlohmann::json> lines;
    std::istringstream text(ReadFile(folder_ / name / "metrics.jsonl"));
    for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  const TempFolder folder_;
  TrainingLoopSetup setup_;
  int most_epochs_ = 6;
  bool finished_ = false;
};

TEST_F(TrainingLoopTest, StopsAfterSoManyEpochsWithoutABest) {
  const std::vector<double> losses = {3, 2, 2.5, 2.2, 2.1, 1};
  setup_.training.early_stop = 3;
  ScriptedTask three(Losses(losses));
  RunCounters counters = Train(&three, "three");
  EXPECT_EQ(counters.epochs_done, 5);
  EXPECT_EQ(counters.best_epoch, 2);
  EXPECT_EQ(*counters.best_criterion, -2);
  setup_.training.early_stop = 4;
  ScriptedTask four(Losses(losses));
  counters = Train(&four, "four");
  EXPECT_EQ(counters.epochs_done, 6);
  EXPECT_EQ(counters.best_epoch, 6);
  setup_.training.early_stop = 0;
  ScriptedTask never(Losses({1, 2, 2, 2, 2, 2}));
  counters = Train(&never, "never");
  EXPECT_EQ(counters.epochs_done, 6);
  EXPECT_EQ(counters.best_epoch, 1);
  // Three epochs of two steps of length 0.1: the network of the second epoch is given back.
  EXPECT_NEAR(three.value(), 1 - 4 * 0.1, 1e-12);
  EXPECT_NEAR(never.value(), 1 - 2 * 0.1, 1e-12);
}

TEST_F(TrainingLoopTest, TheFirstOfEqualsIsBestAndWithoutACriterionTheLast) {
  ScriptedTask equal(Losses({2, 1, 1, 1, 1, 1}));
  EXPECT_EQ(Train(&equal, "equal").best_epoch, 2);
  setup_.training.early_stop = 1;
  ScriptedTask blind(std::vector<ValidationScores>(6));
  const RunCounters counters = Train(&blind, "blind");
  EXPECT_EQ(counters.best_epoch, 6);
  EXPECT_FALSE(counters.best_criterion);
}

TEST_F(TrainingLoopTest, TheCriterionIsTheMeanCccOfTheTargetsThatHaveOneElseTheLoss) {
  setup_.training.criterion = Criterion::kCcc;
  most_epochs_ = 2;
  std::vector<ValidationScores> script = Losses({1, 2});
  // CCC of predictions (-x, x) and labels (-1, 1): 2 x / (x^2 + 1).
  script[0].score = {Moments(0.5), Moments(0.1)};
  script[1].score = {Moments(0.5), Moments(0.2)};
  ScriptedTask both(script);
  EXPECT_NEAR(*Train(&both, "both").best_criterion, (0.8 + 0.4 / 1.04) / 2, 1e-12);
  EXPECT_NEAR(Metrics("both")[0]["ccc_arousal"].get<double>(), 0.2 / 1.01, 1e-12);

  CccAccumulator constant;
  constant.Add(0.1, 0.3);
  constant.Add(0.2, 0.3);
  for (ValidationScores& scores : script) scores.score[1] = constant;
  ScriptedTask one(script);
  EXPECT_NEAR(*Train(&one, "one").best_criterion, 0.8, 1e-12);
  EXPECT_TRUE(Metrics("one")[0]["ccc_arousal"].is_null());
  EXPECT_EQ(ReadFile(folder_ / "one/log.txt").find("undefined; epochs"), std::string::npos);

  for (ValidationScores& scores : script) scores.score[0] = constant;
  ScriptedTask none(script);
  const RunCounters counters = Train(&none, "none");
  EXPECT_EQ(*counters.best_criterion, -1);
  EXPECT_EQ(counters.best_epoch, 1);
  const std::string log = ReadFile(folder_ / "none/log.txt");
  const std::size_t said = log.find("epochs are compared by the validation loss");
  EXPECT_NE(said, std::string::npos);
  EXPECT_EQ(log.find("epochs are compared by the validation loss", said + 1), std::string::npos);
}

TEST_F(TrainingLoopTest, TheReleasedCriterionStretchesPredictionsFirst) {
  setup_.training.criterion = Criterion::kCcc;
  setup_.training.criterion_std_matched = true;
  most_epochs_ = 1;
  std::vector<ValidationScores> script(1);
  script[0].score[0] = Moments(0.1);
  script[0].label_std[0] = 0.5;
  ScriptedTask task(script);
  // Stretched to (-0.5, 0.5); the CCC of the table stays that of the raw ones.
  EXPECT_NEAR(*Train(&task, "run").best_criterion, 0.8, 1e-12);
  EXPECT_NEAR(Metrics("run")[0]["ccc_valence"].get<double>(), 0.2 / 1.01, 1e-12);
}

TEST_F(TrainingLoopTest, GradientsAreClippedToTheNormAllowed) {
  most_epochs_ = 1;
  setup_.training.clip_norm = 0.5;
  ScriptedTask steep(Losses({1}));
  steep.slope = 100;
  Train(&steep, "steep");
  EXPECT_NEAR(steep.value(), 1 - 2 * 0.1 * 0.5, 1e-6);
  ScriptedTask flat(Losses({1}));
  flat.slope = 0.25;
  Train(&flat, "flat");
  EXPECT_NEAR(flat.value(), 1 - 2 * 0.1 * 0.25, 1e-12);
}

TEST_F(TrainingLoopTest, TheRateIsThatOfTheEpochOrOfThePlaceInIt) {
  most_epochs_ = 2;
  setup_.training.schedule = ScheduleKind::kCosine;
  ScriptedTask epochs(Losses({2, 1}));
  Train(&epochs, "epochs");
  // Factors 1 and 1/2, two steps each.
  EXPECT_NEAR(epochs.value(), 1 - 0.1 * (2 * 1 + 2 * 0.5), 1e-12);
  setup_.rate_within_epoch = true;
  ScriptedTask within(Losses({2, 1}));
  Train(&within, "within");
  const double root = std::sqrt(0.5);
  EXPECT_NEAR(within.value(), 1 - 0.1 * (1 + (1 + root) / 2 + 0.5 + (1 - root) / 2), 1e-12);
}

TEST_F(TrainingLoopTest, AStoppedRunGoesOnToTheSameBytes) {
  const std::vector<double> losses = {3, 2, 1, 4, 5, 6};
  setup_.training.momentum = 0.9;
  ScriptedTask whole(Losses(losses));
  Train(&whole, "whole");
  EXPECT_TRUE(finished_);

  // Two steps an epoch: the second part stops within an epoch, which is repeated.
  int left = 5;
  setup_.keep_going = [&left] { return left-- > 0; };
  ScriptedTask first(Losses(losses));
  EXPECT_EQ(Train(&first, "parts").epochs_done, 2);
  EXPECT_FALSE(finished_);
  EXPECT_EQ(first.epochs, (std::vector<int>{0, 1, 2}));
  left = 100;
  ScriptedTask second(Losses(losses));
  const RunCounters counters = Train(&second, "parts", true);
  EXPECT_TRUE(finished_);
  EXPECT_EQ(second.epochs, (std::vector<int>{2, 3, 4, 5}));
  EXPECT_EQ(counters.best_epoch, 3);
  for (const char* file : {"last.safetensors", "last.json", "best.safetensors", "metrics.jsonl"})
    EXPECT_EQ(ReadFile(folder_ / "whole" / file), ReadFile(folder_ / "parts" / file)) << file;
  EXPECT_EQ(second.value(), whole.value());
}

TEST_F(TrainingLoopTest, EpochsCountFromOneWhereverTheyAreWritten) {
  most_epochs_ = 2;
  ScriptedTask task(Losses({2, 1}));
  Train(&task, "run");
  const auto metrics = Metrics("run");
  ASSERT_EQ(metrics.size(), 2u);
  EXPECT_EQ(metrics[0]["epoch"], 1);
  EXPECT_EQ(metrics[1]["epoch"], 2);
  const std::string log = ReadFile(folder_ / "run/log.txt");
  EXPECT_EQ(log.find("epoch 0"), std::string::npos) << log;
  EXPECT_NE(log.find("net epoch 2: loss"), std::string::npos) << log;
  const auto state = nlohmann::json::parse(ReadFile(folder_ / "run/last.json"));
  EXPECT_EQ(state["epochs_done"], 2);
  EXPECT_EQ(state["best_epoch"], 2);
}

TEST_F(TrainingLoopTest, ALossThatIsNotFiniteEndsItWithAWord) {
  ScriptedTask infinite(Losses({2, 1, 1, 1, 1, 1}));
  infinite.slope = INFINITY;
  EXPECT_EQ(ErrorOf(ErrorCode::kInvalidOptions, [&] { Train(&infinite, "infinite"); }),
            "net, epoch 1: the loss is not finite; lower training.lr (0.1) or set "
            "training.clip_norm");
  EXPECT_FALSE(fs::exists(folder_ / "infinite/last.safetensors"));
  ScriptedTask blown(Losses({1, std::nan(""), 1, 1, 1, 1}));
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions, [&] { Train(&blown, "blown"); })
                .find("net, epoch 2: the criterion of the validation set is not finite"),
            std::string::npos);
  ScriptedTask idle(Losses({1, 1, 1, 1, 1, 1}));
  idle.steps = 0;
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions, [&] { Train(&idle, "idle"); })
                .find("net: no batch has the two rows"),
            std::string::npos);
}

}  // namespace
}  // namespace circumplex
