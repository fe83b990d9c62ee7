// SPDX-License-Identifier: Apache-2.0
#include "network/resnet50_module.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <map>
#include <string>

#include "core/csv.h"
#include "support/golden_net.h"
#include "support/golden_recipe.h"
#include "support/npy.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using namespace testing_support;

std::filesystem::path Folder() { return GoldenFolder() / "model" / "resnet50"; }

BackboneWeights GoldenWeights(BackboneLayout layout) {
  std::map<std::string, Tensor> tensors;
  for (const GoldenTensorSpec& spec : ReadGoldenTensorSpecs(Folder() / "tensors.csv")) {
    if (spec.variant != "both" && spec.variant != LayoutName(layout)) continue;
    tensors[spec.StateName()] = Tensor::From(DType::kF32, spec.shape, GoldenValues(spec).data());
  }
  return MakeBackboneWeights(layout, tensors, "the golden recipe");
}

Image ImageAt(const CsvTable& table, std::size_t row) {
  const std::string source = "images.csv";
  const auto value = [&](const char* name) {
    return std::stoi(table.rows[row][table.Column(name, source)]);
  };
  return GoldenImage("v1", value("image"), value("height"), value("width"));
}

class ResNet50Golden : public testing::TestWithParam<BackboneLayout> {
 protected:
  ResNet50Golden() : net_(GetParam()) {
    net_->LoadState(GoldenWeights(GetParam()));
    net_->eval();
  }
  at::Tensor Expected() const {
    NpyArray<double> array =
        ReadNpy<double>(Folder() / ("pool5_" + std::string(LayoutName(GetParam())) + ".npy"));
    return at::from_blob(array.values.data(), array.shape, at::kDouble).clone();
  }
  c10::NoGradGuard no_grad_;
  ResNet50 net_;
};

TEST_P(ResNet50Golden, EveryStageAgreesWithTheReferenceInDouble) {
  net_->to(at::kDouble);
  const CsvTable images = ReadCsv(Folder() / "images.csv"),
                 stages = ReadCsv(Folder() / "stages.csv");
  const auto column = [&](const char* name) { return stages.Column(name, "stages.csv"); };
  const at::Tensor expected = Expected();
  double largest = 0;
  int compared = 0;
  for (std::size_t i = 0; i < images.rows.size(); ++i) {
    std::map<std::string, at::Tensor> values;
    values["input"] = NormalizeImages(net_->layers(), {ImageAt(images, i)}).to(at::kDouble);
    const at::Tensor pool5 =
        net_->Observe(values["input"], [&](const std::string& stage, const at::Tensor& value) {
          values[stage] = value.clone();
          // A stage's last block overwrites the earlier ones under the stage's own name.
          if (stage.find('.') != std::string::npos)
            values[stage.substr(0, stage.find('.'))] = values[stage];
        });
    const double difference = LargestDifference(pool5[0], expected[static_cast<std::int64_t>(i)]);
    largest = std::max(largest, difference);
    EXPECT_LE(difference, 1e-10) << "image " << i;
    for (const auto& row : stages.rows) {
      if (row[column("variant")] != LayoutName(GetParam()) ||
          row[column("image")] != std::to_string(i))
        continue;
      SCOPED_TRACE("image " + std::to_string(i) + " " + row[column("stage")]);
      const at::Tensor& value = values.at(row[column("stage")]);
      std::string shape;
      for (std::int64_t axis = 1; axis < value.dim(); ++axis) {
        shape += (axis > 1 ? "x" : "") + std::to_string(value.size(axis));
      }
      EXPECT_EQ(shape, row[column("shape_chw")]);
      const auto number = [&](const std::string& name) {
        return std::strtod(row[column(name.c_str())].c_str(), nullptr);
      };
      const at::Tensor flat = value.contiguous().reshape({-1});
      EXPECT_NEAR(flat.mean().item<double>(), number("mean"), 1e-10);
      EXPECT_NEAR(flat.std(false).item<double>(), number("std"), 1e-10);
      EXPECT_NEAR(flat.abs().max().item<double>(), number("max_abs"), 1e-10);
      EXPECT_NEAR(flat.abs().sum().item<double>() / number("sum_abs"), 1, 1e-10);
      for (std::int64_t k = 0; k < 8; ++k) {
        EXPECT_NEAR(flat[k].item<double>(), number("first" + std::to_string(k)), 1e-10);
        EXPECT_NEAR(
            flat[flat.numel() - 8 + k].item<double>(), number("last" + std::to_string(k)), 1e-10);
      }
      ++compared;
    }
  }
  EXPECT_EQ(compared, 52);
  RecordProperty("largest_difference", std::to_string(largest * 1e15) + "e-15");
}

TEST_P(ResNet50Golden, SinglePrecisionInOneBatch) {
  const CsvTable images = ReadCsv(Folder() / "images.csv");
  const at::Tensor expected = Expected();
  const at::Tensor pool5 =
      net_(NormalizeImages(net_->layers(), {ImageAt(images, 2), ImageAt(images, 3)}));
  ASSERT_EQ(pool5.sizes(), at::IntArrayRef({2, 2048}));
  for (std::int64_t i = 0; i < 2; ++i) {
    const at::Tensor difference = pool5[i].to(at::kDouble) - expected[2 + i];
    EXPECT_LE(difference.abs().max().item<double>(), 1e-4);
    EXPECT_LE((difference.norm() / expected[2 + i].norm()).item<double>(), 3e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts,
                         ResNet50Golden,
                         testing::Values(BackboneLayout::kTorchvision, BackboneLayout::kCaffe),
                         [](const auto& case_info) {
                           return std::string(LayoutName(case_info.param));
                         });

TEST(ResNet50, StateNamesAndCountAreTorchvisions) {
  const ResNet50 net(BackboneLayout::kTorchvision);
  std::map<std::string, std::vector<std::int64_t>> own;
  std::int64_t parameters = 0;
  for (const auto& item : net->named_parameters()) {
    own[item.key()] = item.value().sizes().vec();
    parameters += item.value().numel();
  }
  for (const auto& item : net->named_buffers()) {
    if (item.key().find("num_batches_tracked") == std::string::npos)
      own[item.key()] = item.value().sizes().vec();
  }
  EXPECT_EQ(parameters, 23508032);
  std::map<std::string, std::vector<std::int64_t>> expected;
  for (const GoldenTensorSpec& spec : ReadGoldenTensorSpecs(Folder() / "tensors.csv")) {
    expected[spec.StateName()] = spec.shape;
  }
  EXPECT_EQ(own, expected);
}

TEST(ResNet50, StateGivesBackWhatWasLoaded) {
  const BackboneWeights weights = GoldenWeights(BackboneLayout::kCaffe);
  ResNet50 net(BackboneLayout::kCaffe);
  net->LoadState(weights);
  EXPECT_EQ(net->State().hash, weights.hash);
  const c10::NoGradGuard no_grad;
  net->parameters()[0].flatten()[7] = std::numeric_limits<float>::infinity();
  EXPECT_NE(ErrorOf(ErrorCode::kBadModel, [&] { net->State(); }).find("conv1.weight holds inf"),
            std::string::npos);
}

TEST(ResNet50, FrozenStagesKeepParametersAndStatistics) {
  ResNet50 net(BackboneLayout::kTorchvision);
  const BackboneWeights start = DrawBackboneWeights(BackboneLayout::kTorchvision, 3);
  const at::Tensor images = at::linspace(-1, 1, 2 * 3 * 32 * 32).view({2, 3, 32, 32});
  for (const int first : {5, 4, 0}) {
    net->LoadState(start);
    net->TrainFrom(first);
    const at::Tensor pool5 = net(images);
    EXPECT_EQ(pool5.requires_grad(), first < 5);
    const BackboneWeights after = net->State();
    for (const auto& parameter : net->named_parameters()) {
      const int stage = parameter.key().rfind("layer", 0) == 0 ? parameter.key()[5] - '0' : 0;
      EXPECT_EQ(parameter.value().requires_grad(), stage >= first) << parameter.key();
    }
    for (const std::string name : {"bn1", "layer1.0.bn1", "layer3.0.bn1", "layer4.2.bn3"}) {
      const int stage = name.rfind("layer", 0) == 0 ? name[5] - '0' : 0;
      EXPECT_EQ(after.tensors.at(name + ".running_mean").bytes ==
                    start.tensors.at(name + ".running_mean").bytes,
                stage < first)
          << name << " from " << first;
    }
  }
}

TEST(ResNet50, InitBatchNormTakesTheMeanOfTheBatchesStatistics) {
  ResNet50 net(BackboneLayout::kTorchvision);
  net->LoadState(DrawBackboneWeights(BackboneLayout::kTorchvision, 3));
  at::manual_seed(5);
  const std::vector<at::Tensor> batches = {at::randn({3, 3, 32, 32}),
                                           2 * at::randn({3, 3, 32, 32})};
  const c10::NoGradGuard no_grad;
  at::Tensor mean = at::zeros({64}), variance = at::zeros({64});
  for (const at::Tensor& batch : batches) {
    net->Observe(batch, [&](const std::string& stage, const at::Tensor& value) {
      if (stage != "conv1") return;
      const at::Tensor rows = value.transpose(0, 1).reshape({64, -1});
      mean += rows.mean(1) / 2;
      variance += rows.var(1) / 2;
    });
    // Observe() in training mode has moved them.
    net->LoadState(DrawBackboneWeights(BackboneLayout::kTorchvision, 3));
  }
  net->InitBatchNorm(batches);
  EXPECT_FALSE(net->is_training());
  const auto buffers = net->named_buffers();
  EXPECT_LT(LargestDifference(buffers["bn1.running_mean"], mean), 1e-5);
  EXPECT_LT(LargestDifference(buffers["bn1.running_var"], variance), 1e-4);
}

TEST(ResNet50, WhatDoesNotFitIsRefused) {
  ResNet50 net(BackboneLayout::kCaffe);
  BackboneWeights weights;
  ErrorOf(ErrorCode::kBadModel, [&] { net->LoadState(weights); });
  weights.layout = BackboneLayout::kCaffe;
  EXPECT_NE(ErrorOf(ErrorCode::kBadModel, [&] { net->LoadState(weights); }).find("conv1.weight"),
            std::string::npos);
  ErrorOf(ErrorCode::kInvalidArgument, [&] { net(at::zeros({1, 1, 64, 64})); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { net(at::zeros({1, 3, 16, 64})); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { NormalizeImages(net->layers(), {}); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] {
    NormalizeImages(net->layers(), {Image(32, 32, 3), Image(32, 33, 3)});
  });
}

}  // namespace
}  // namespace circumplex
