// SPDX-License-Identifier: Apache-2.0
// Ten SGD steps of every network form and loss against an independent implementation, in double.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/optim/optimizer.h>

#include <array>
#include <cmath>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "support/golden_net.h"
#include "training/losses.h"
#include "training/optimization.h"

namespace circumplex {
namespace {

using namespace testing_support;

struct TrainCase {
  GoldenNetCase net;
  std::string loss;
};

void PrintTo(const TrainCase& value, std::ostream* out) {
  *out << value.net.name << " " << value.loss;
}

class Settings {
 public:
  Settings() : table_(GoldenRegressorFolder() / "train_settings.csv") {}
  std::string Text(const std::string& key) const {
    for (std::size_t row = 0; row < table_.size(); ++row) {
      if (table_.Text(row, "key") == key) return table_.Text(row, "value");
    }
    throw Error(ErrorCode::kNotFound, "train_settings.csv has no " + key);
  }
  double Double(const std::string& key) const { return std::strtod(Text(key).c_str(), nullptr); }

 private:
  GoldenTable table_;
};

std::vector<TrainCase> TrainCases() {
  std::vector<TrainCase> cases;
  const std::string losses = Settings().Text("losses");
  for (const GoldenNetCase& item : ReadGoldenNetCases("train_cases.csv")) {
    for (std::size_t at = 0; at < losses.size();) {
      const std::size_t end = std::min(losses.find(' ', at), losses.size());
      cases.push_back({item, losses.substr(at, end - at)});
      at = end + 1;
    }
  }
  return cases;
}

LossOptions OptionsOf(const std::string& loss) {
  LossOptions options;
  options.ccc = 0;
  if (loss == "wl1") {
    options.kind = LossKind::kWeightedL1;
  } else if (loss == "wmse") {
    options.kind = LossKind::kWeightedMse;
  } else if (loss == "ccc") {
    options.kind = LossKind::kCcc;
  } else {
    throw Error(ErrorCode::kNotFound, "no loss " + loss);
  }
  return options;
}

struct TrainTargets {
  at::Tensor label, weight, valid;
};

TrainTargets TargetsOf(const GoldenNetCase& item, at::ScalarType type) {
  const GoldenTable table(GoldenRegressorFolder() / "train_targets.csv");
  at::Tensor label = at::zeros({item.b, item.t, item.n_out}, at::kFloat),
             weight = at::zeros_like(label);
  at::Tensor valid = at::zeros({item.b, item.t}, at::kBool);
  std::int64_t seen = 0;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (table.Text(row, "case") != item.name) continue;
    const std::int64_t frame = table.Int(row, "b") * item.t + table.Int(row, "t");
    const std::int64_t at = frame * item.n_out + (table.Text(row, "target") == "a");
    label.data_ptr<float>()[at] = table.Float(row, "label");
    weight.data_ptr<float>()[at] = table.Float(row, "weight");
    valid.data_ptr<bool>()[frame] = table.Int(row, "valid") != 0;
    ++seen;
  }
  EXPECT_EQ(seen, label.numel());
  return {label.to(type), weight.to(type), valid};
}

struct ExpectedStep {
  double value = 0;
  std::array<std::string, 2> ccc;
};

std::map<int, ExpectedStep> ExpectedSteps(const TrainCase& item, const std::string& dtype) {
  const GoldenTable table(GoldenRegressorFolder() / "train_losses.csv");
  std::map<int, ExpectedStep> steps;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (table.Text(row, "case") != item.net.name || table.Text(row, "loss") != item.loss ||
        table.Text(row, "dtype") != dtype) {
      continue;
    }
    steps[static_cast<int>(table.Int(row, "step"))] = {
        table.Double(row, "value"),
        {table.Text(row, "ccc_valence"), table.Text(row, "ccc_arousal")}};
  }
  return steps;
}

/// Gradients of step 0 against train_grads.csv, on the scale of the case's largest norm.
void ExpectGradients(const TrainCase& item,
                     const std::string& dtype,
                     TwoStreamNet& net,
                     double tolerance) {
  const GoldenTable table(GoldenRegressorFolder() / "train_grads.csv");
  std::vector<std::size_t> rows;
  double largest = 0;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (table.Text(row, "case") != item.net.name || table.Text(row, "loss") != item.loss ||
        table.Text(row, "dtype") != dtype) {
      continue;
    }
    rows.push_back(row);
    largest = std::max(largest, table.Double(row, "norm"));
  }
  EXPECT_EQ(rows.size(), net->parameters().size());
  const auto parameters = net->named_parameters();
  double worst = 0;
  for (const std::size_t row : rows) {
    const std::string& name = table.Text(row, "param");
    SCOPED_TRACE(name);
    const at::Tensor gradient = parameters[name].grad().contiguous().reshape({-1}).to(at::kDouble);
    EXPECT_EQ(gradient.numel(), table.Int(row, "numel"));
    const auto compare = [&](double actual, double expected) {
      worst = std::max(worst, std::abs(actual - expected) / largest);
      EXPECT_NEAR(actual, expected, tolerance * largest);
    };
    compare(gradient.norm().item<double>(), table.Double(row, "norm"));
    for (std::int64_t i = 0; i < std::min<std::int64_t>(4, gradient.numel()); ++i) {
      compare(gradient.data_ptr<double>()[i], table.Double(row, "g" + std::to_string(i)));
    }
  }
  testing::Test::RecordProperty("worst_gradient", std::to_string(worst * 1e15) + "e-15");
}

/// Everything in train_after.csv for the case.
void ExpectStateAfter(const TrainCase& item, TwoStreamNet& net, double tolerance) {
  const GoldenTable table(GoldenRegressorFolder() / "train_after.csv");
  const ModuleState state = NamedState(*net);
  std::size_t compared = 0;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (table.Text(row, "case") != item.net.name || table.Text(row, "loss") != item.loss) continue;
    SCOPED_TRACE(table.Text(row, "tensor"));
    const at::Tensor values =
        state.at(table.Text(row, "tensor")).detach().contiguous().reshape({-1});
    EXPECT_EQ(values.numel(), table.Int(row, "numel"));
    EXPECT_NEAR(values.norm().item<double>(), table.Double(row, "norm"), tolerance);
    EXPECT_NEAR(values[0].item<double>(), table.Double(row, "first"), tolerance);
    EXPECT_NEAR(values[-1].item<double>(), table.Double(row, "last"), tolerance);
    ++compared;
  }
  EXPECT_EQ(compared, state.size());
}

struct Tolerances {
  double first_loss, later_loss, gradient;
};

/// Runs `steps` steps and compares all that the reference tells about them.
void RunCase(const TrainCase& item, at::ScalarType type, int steps, const Tolerances& tolerances) {
  const Settings settings;
  const std::string dtype = type == at::kDouble ? "f64" : "f32";
  TwoStreamNet net = GoldenNet(item.net, type);
  const GoldenInputs in = InputsOf(item.net, type);
  const TrainTargets targets = TargetsOf(item.net, type);
  const LossOptions options = OptionsOf(item.loss);
  const std::map<int, ExpectedStep> expected = ExpectedSteps(item, dtype);
  const int all_steps = static_cast<int>(settings.Double("steps"));
  ASSERT_EQ(static_cast<int>(expected.size()), all_steps + 1);
  TrainingOptions training;
  training.lr = settings.Double("lr");
  training.momentum = settings.Double("momentum");
  training.weight_decay = settings.Double("weight_decay");
  const auto optimizer = MakeOptimizer(training, net->parameters());
  double worst = 0;
  for (int step = 0; step <= steps; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    if (step == all_steps && type == at::kDouble) {
      c10::NoGradGuard no_grad;
      net->eval();
      ExpectStateAfter(item, net, 1e-9);
      const at::Tensor after = TensorOf(ReadNpy<double>(
          GoldenRegressorFolder() / ("after_" + item.net.name + "_" + item.loss + ".npy")));
      const at::Tensor output = net(in.pool5, in.phase1, in.phase2);
      ASSERT_EQ(output.sizes(), after.sizes());
      EXPECT_LE((output - after).abs().max().item<double>(), 1e-9);
    }
    net->train();
    const at::Tensor pred = net(in.pool5, in.phase1, in.phase2);
    const at::Tensor loss = Loss(pred, targets.label, targets.weight, targets.valid, options);
    const double tolerance = step == 0 ? tolerances.first_loss : tolerances.later_loss;
    EXPECT_NEAR(loss.item<double>(), expected.at(step).value, tolerance);
    worst = std::max(worst, std::abs(loss.item<double>() - expected.at(step).value));
    const at::Tensor ccc = BatchCcc(pred.detach(), targets.label, at::Tensor(), targets.valid);
    for (std::int64_t k = 0; k < item.net.n_out; ++k) {
      const double value =
          std::strtod(expected.at(step).ccc[static_cast<std::size_t>(k)].c_str(), nullptr);
      EXPECT_NEAR(ccc[k].item<double>(), value, tolerance);
    }
    if (step == steps) break;
    optimizer->zero_grad();
    loss.backward();
    if (step == 0) ExpectGradients(item, dtype, net, tolerances.gradient);
    optimizer->step();
  }
  testing::Test::RecordProperty("worst_loss", std::to_string(worst * 1e15) + "e-15");
}

int Steps() { return static_cast<int>(Settings().Double("steps")); }

class GoldenTraining : public testing::TestWithParam<TrainCase> {};

/// Every network takes all steps under one loss, and every loss under the smallest and the whole
/// network. The other pairs add no computation that these lack: they go as far as momentum shows.
int StepsOf(const TrainCase& item) {
  const bool all = item.loss == "wmse" || item.net.name == "s_t17" || item.net.name == "2b_t17";
  return all ? Steps() : 3;
}

TEST_P(GoldenTraining, LossesGradientsAndStateFollowTheReference) {
  RunCase(GetParam(), at::kDouble, StepsOf(GetParam()), {1e-9, 1e-9, 1e-9});
}

INSTANTIATE_TEST_SUITE_P(Regressor,
                         GoldenTraining,
                         testing::ValuesIn(TrainCases()),
                         [](const auto& case_info) {
                           return case_info.param.net.name + "_" + case_info.param.loss;
                         });

TEST(GoldenTrainingSingle, PrecisionOfASpatialRun) {
  for (const TrainCase& item : TrainCases()) {
    if (item.net.name != "s_t64") continue;
    SCOPED_TRACE(item.loss);
    RunCase(item, at::kFloat, 10, {2e-6, 1e-5, 1e-5});
  }
}

}  // namespace
}  // namespace circumplex
