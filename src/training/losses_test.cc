// SPDX-License-Identifier: Apache-2.0
#include "training/losses.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "support/golden_net.h"

namespace circumplex {
namespace {

using namespace testing_support;

struct LossCase {
  at::Tensor pred, label, weight, valid;
  std::map<std::string, at::Tensor>
      gradients;  ///< Per loss name; only those with every cell filled.
};

/// The cases of losses/gradients.csv.
std::map<std::string, LossCase> ReadLossCases() {
  const GoldenTable table(GoldenFolder() / "model" / "losses" / "gradients.csv");
  const std::vector<std::string> losses = {"wl1",
                                           "wmse",
                                           "whuber_1.0",
                                           "whuber_0.125",
                                           "wsmooth_l1_0.125",
                                           "one_minus_ccc_mean",
                                           "one_minus_ccc_sum",
                                           "minus_ccc_sum",
                                           "one_minus_weighted_ccc_mean",
                                           "wmse_plus_one_minus_ccc_mean",
                                           "one_minus_ccc_per_window_mean"};
  std::map<std::string, std::array<std::int64_t, 2>> sizes;
  for (std::size_t row = 0; row < table.size(); ++row) {
    auto& size = sizes[table.Text(row, "case")];
    size[0] = std::max(size[0], table.Int(row, "b") + 1);
    size[1] = std::max(size[1], table.Int(row, "t") + 1);
  }
  std::map<std::string, LossCase> cases;
  for (const auto& [name, size] : sizes) {
    LossCase& item = cases[name];
    item.pred = at::zeros({size[0], size[1], 2}, at::kDouble);
    item.label = at::zeros_like(item.pred);
    item.weight = at::zeros_like(item.pred);
    item.valid = at::zeros({size[0], size[1]}, at::kBool);
    for (const std::string& loss : losses) item.gradients[loss] = at::zeros_like(item.pred);
  }
  for (std::size_t row = 0; row < table.size(); ++row) {
    LossCase& item = cases.at(table.Text(row, "case"));
    const std::int64_t b = table.Int(row, "b"), t = table.Int(row, "t");
    const std::int64_t k = table.Text(row, "target") == "a";
    const auto set = [&](at::Tensor& tensor, double value) {
      tensor.data_ptr<double>()[(b * tensor.size(1) + t) * 2 + k] = value;
    };
    set(item.pred, table.Float(row, "pred"));
    set(item.label, table.Float(row, "label"));
    set(item.weight, table.Float(row, "weight"));
    item.valid.data_ptr<bool>()[b * item.valid.size(1) + t] = table.Int(row, "valid") != 0;
    for (const std::string& loss : losses) {
      if (item.gradients.count(loss) == 0) continue;
      if (table.Text(row, loss).empty()) {
        item.gradients.erase(loss);
      } else {
        set(item.gradients[loss], table.Double(row, loss));
      }
    }
  }
  return cases;
}

LossOptions Options(LossKind kind, double pointwise, double ccc, double delta = 1.0) {
  LossOptions options;
  options.kind = kind;
  options.pointwise = pointwise;
  options.ccc = ccc;
  options.huber_delta = delta;
  return options;
}

using LossFunction = std::function<at::Tensor(
    const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&)>;

/// The golden losses by name, all through the public functions.
std::map<std::string, LossFunction> LossFunctions() {
  const auto with = [](const LossOptions& options) -> LossFunction {
    return [options](
               const at::Tensor& p, const at::Tensor& y, const at::Tensor& w, const at::Tensor& v) {
      return Loss(p, y, w, v, options);
    };
  };
  const auto ccc = [](const at::Tensor& p, const at::Tensor& y, const at::Tensor& v) {
    return BatchCcc(p, y, at::Tensor(), v);
  };
  LossOptions weighted_term = Options(LossKind::kWeightedMse, 0, 1);
  weighted_term.ccc_weighted = true;
  return {
      {"wl1", with(Options(LossKind::kWeightedL1, 1, 0))},
      {"wmse", with(Options(LossKind::kWeightedMse, 1, 0))},
      {"whuber_1.0", with(Options(LossKind::kWeightedHuber, 1, 0))},
      {"whuber_0.125", with(Options(LossKind::kWeightedHuber, 1, 0, 0.125))},
      {"wsmooth_l1_0.125", with(Options(LossKind::kWeightedHuber, 8, 0, 0.125))},
      {"one_minus_ccc_mean", with(Options(LossKind::kCcc, 1, 0))},
      {"one_minus_ccc_mean:added", with(Options(LossKind::kWeightedMse, 0, 1))},
      {"one_minus_ccc_sum",
       [ccc](const auto& p, const auto& y, const auto&, const auto& v) {
         return (1 - ccc(p, y, v)).sum();
       }},
      {"minus_ccc_sum",
       [ccc](const auto& p, const auto& y, const auto&, const auto& v) {
         return -ccc(p, y, v).sum();
       }},
      {"one_minus_weighted_ccc_mean", with(Options(LossKind::kWeightedCcc, 1, 0))},
      {"one_minus_weighted_ccc_mean:added", with(weighted_term)},
      {"wmse_plus_one_minus_ccc_mean", with(LossOptions())},
      {"one_minus_ccc_per_window_mean",
       [ccc](const auto& p, const auto& y, const auto&, const auto& v) {
         std::vector<at::Tensor> clips;
         for (std::int64_t b = 0; b < p.size(0); ++b) {
           if (v[b].any().template item<bool>()) {
             clips.push_back(
                 (1 - ccc(p.slice(0, b, b + 1), y.slice(0, b, b + 1), v.slice(0, b, b + 1)))
                     .mean());
           }
         }
         return at::stack(clips).mean();
       }},
      {"ccc_v",
       [ccc](const auto& p, const auto& y, const auto&, const auto& v) { return ccc(p, y, v)[0]; }},
      {"ccc_a",
       [ccc](const auto& p, const auto& y, const auto&, const auto& v) { return ccc(p, y, v)[1]; }},
  };
}

std::string Plain(const std::string& name) { return name.substr(0, name.find(':')); }

TEST(Loss, ValuesAndGradientsOfTheReference) {
  const std::map<std::string, LossCase> cases = ReadLossCases();
  const GoldenTable values(GoldenFolder() / "model" / "losses" / "values.csv");
  int compared_values = 0, compared_gradients = 0;
  double largest = 0;
  for (const auto& [name, function] : LossFunctions()) {
    for (std::size_t row = 0; row < values.size(); ++row) {
      if (values.Text(row, "loss") != Plain(name)) continue;
      const LossCase& item = cases.at(values.Text(row, "case"));
      SCOPED_TRACE(values.Text(row, "case") + " " + name);
      const at::Tensor pred = item.pred.clone().requires_grad_();
      const at::Tensor loss = function(pred, item.label, item.weight, item.valid);
      EXPECT_NEAR(loss.item<double>(), values.Double(row, "value"), 1e-13);
      largest = std::max(largest, std::abs(loss.item<double>() - values.Double(row, "value")));
      ++compared_values;
      const auto gradient = item.gradients.find(Plain(name));
      if (gradient == item.gradients.end()) continue;
      loss.backward();
      const double difference = (pred.grad() - gradient->second).abs().max().item<double>();
      EXPECT_LE(difference, 1e-13);
      largest = std::max(largest, difference);
      EXPECT_EQ(pred.grad()
                    .masked_select(item.valid.logical_not().unsqueeze(2))
                    .abs()
                    .sum()
                    .item<double>(),
                0);
      ++compared_gradients;

      // Single precision.
      const at::Tensor single =
          function(item.pred.to(at::kFloat), item.label, item.weight, item.valid);
      EXPECT_EQ(single.scalar_type(), at::kFloat);
      EXPECT_NEAR(single.item<double>(), values.Double(row, "value"), 1e-5);
    }
  }
  RecordProperty("largest_difference", std::to_string(largest * 1e16) + "e-16");
  EXPECT_GE(compared_values, 60);
  EXPECT_GE(compared_gradients, 50);
}

TEST(Loss, GradientsAgreeWithCentralDifferences) {
  at::manual_seed(4);
  const at::Tensor label = at::rand({3, 5, 2}, at::kDouble) * 2 - 1,
                   weight = at::rand({3, 5, 2}, at::kDouble) + 0.1;
  at::Tensor valid = at::ones({3, 5}, at::kBool);
  valid[1][2] = valid[2][4] = false;
  // Kept away from |error| = 0 and delta, where L1 and Huber have kinks.
  const at::Tensor sign = at::rand({3, 5, 2}, at::kDouble).gt(0.5).to(at::kDouble) * 2 - 1;
  const at::Tensor start = label + sign * (at::rand({3, 5, 2}, at::kDouble) * 0.5 + 0.2);
  for (const auto& [name, function] : LossFunctions()) {
    SCOPED_TRACE(name);
    const at::Tensor pred = start.clone().requires_grad_();
    function(pred, label, weight, valid).backward();
    const double step = 1e-6;
    for (std::int64_t i = 0; i < start.numel(); ++i) {
      at::Tensor up = start.clone(), down = start.clone();
      up.data_ptr<double>()[i] += step;
      down.data_ptr<double>()[i] -= step;
      const double slope = (function(up, label, weight, valid).item<double>() -
                            function(down, label, weight, valid).item<double>()) /
                           (2 * step);
      EXPECT_NEAR(pred.grad().data_ptr<double>()[i], slope, 1e-8) << i;
    }
  }
}

TEST(Loss, ConstantsGiveZeroCccAndFiniteGradients) {
  const at::Tensor valid = at::ones({2, 8}, at::kBool);
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    for (const bool constant_label : {false, true}) {
      for (const double value : {0.0, 0.1, -0.7}) {
        const at::Tensor pred = at::full({2, 8, 2}, value, type).requires_grad_();
        const at::Tensor label =
            constant_label ? at::full({2, 8, 2}, value, type) : at::rand({2, 8, 2}, type);
        const at::Tensor ccc = BatchCcc(pred, label, at::Tensor(), valid);
        EXPECT_LE(ccc.abs().max().item<double>(), 1e-6) << value;
        Loss(pred, label, at::Tensor(), valid, LossOptions()).backward();
        EXPECT_TRUE(pred.grad().isfinite().all().item<bool>());
        EXPECT_LE(pred.grad().abs().max().item<double>(), 100) << value;
      }
    }
  }
}

TEST(Loss, MaskedFramesDoNotCountWhateverTheyHold) {
  at::manual_seed(6);
  const at::Tensor label = at::rand({2, 6, 2}), weight = at::rand({2, 6, 2});
  const at::Tensor start = at::rand({2, 6, 2});
  at::Tensor valid = at::ones({2, 6}, at::kBool);
  valid[0][3] = valid[1][5] = false;
  at::Tensor broken_label = label.clone(), broken_weight = weight.clone();
  broken_label[0][3].fill_(std::numeric_limits<float>::quiet_NaN());
  broken_label[1][5].fill_(-5);
  broken_weight[1][5].fill_(std::numeric_limits<float>::infinity());
  for (const auto& [name, function] : LossFunctions()) {
    SCOPED_TRACE(name);
    const at::Tensor a = start.clone().requires_grad_(), b = start.clone().requires_grad_();
    const at::Tensor loss_a = function(a, label, weight, valid);
    const at::Tensor loss_b = function(b, broken_label, broken_weight, valid);
    EXPECT_EQ(loss_a.item<float>(), loss_b.item<float>());
    loss_a.backward();
    loss_b.backward();
    EXPECT_TRUE(a.grad().equal(b.grad()));
    EXPECT_EQ(b.grad()[0][3].abs().sum().item<float>() + b.grad()[1][5].abs().sum().item<float>(),
              0);
  }
}

TEST(Loss, WithoutAValidFrameItIsZero) {
  const at::Tensor valid = at::zeros({2, 3}, at::kBool);
  const at::Tensor label = at::rand({2, 3, 2});
  for (const LossKind kind : {LossKind::kWeightedL1,
                              LossKind::kWeightedMse,
                              LossKind::kWeightedHuber,
                              LossKind::kCcc,
                              LossKind::kWeightedCcc}) {
    const at::Tensor pred = at::rand({2, 3, 2}).requires_grad_();
    const at::Tensor loss = Loss(pred, label, at::Tensor(), valid, Options(kind, 1, 1));
    EXPECT_EQ(loss.item<float>(), 0);
    loss.backward();
    EXPECT_EQ(pred.grad().abs().sum().item<float>(), 0);
  }
}

TEST(Loss, CombinationIsTheSumOfItsParts) {
  at::manual_seed(8);
  const at::Tensor pred = at::rand({2, 9, 2}, at::kDouble),
                   label = at::rand({2, 9, 2}, at::kDouble);
  const at::Tensor weight = at::rand({2, 9, 2}, at::kDouble), valid = at::ones({2, 9}, at::kBool);
  const auto value = [&](const LossOptions& options) {
    return Loss(pred, label, weight, valid, options).item<double>();
  };
  EXPECT_NEAR(value(Options(LossKind::kWeightedL1, 0.3, 0.7)),
              0.3 * value(Options(LossKind::kWeightedL1, 1, 0)) +
                  0.7 * value(Options(LossKind::kCcc, 1, 0)),
              1e-14);
  EXPECT_EQ(value(Options(LossKind::kWeightedL1, 0, 0)), 0);
  // Equal weights make the weighted form the plain one, whatever their size.
  EXPECT_NEAR((BatchCcc(pred, label, at::full_like(pred, 3.5), valid) -
               BatchCcc(pred, label, at::Tensor(), valid))
                  .abs()
                  .max()
                  .item<double>(),
              0,
              1e-14);
}

TEST(Loss, ShapesThatDoNotMatchAreNamed) {
  const at::Tensor pred = at::rand({2, 3, 2}), valid = at::ones({2, 3}, at::kBool);
  const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [&] {
    Loss(pred, at::rand({2, 4, 2}), at::Tensor(), valid, LossOptions());
  });
  EXPECT_NE(message.find("[2, 4, 2]"), std::string::npos) << message;
  ErrorOf(ErrorCode::kInvalidArgument, [&] {
    Loss(pred, pred, at::rand({2, 3, 1}), valid, LossOptions());
  });
  ErrorOf(ErrorCode::kInvalidArgument,
          [&] { Loss(pred, pred, at::Tensor(), valid.t(), LossOptions()); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { BatchCcc(pred, at::Tensor(), at::Tensor(), valid); });
}

}  // namespace
}  // namespace circumplex
