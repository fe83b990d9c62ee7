// SPDX-License-Identifier: Apache-2.0
#include "backbone/pool5_extractor.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>
#include <map>
#include <utility>

#include "backbone/resnet50_weights.h"
#include "core/csv.h"
#include "support/golden_recipe.h"
#include "support/npy.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::GoldenFolder;
using testing_support::GoldenImage;

const std::filesystem::path kGolden = GoldenFolder() / "model/resnet50";

BackboneWeights GoldenWeights(BackboneLayout layout) {
  std::map<std::string, Tensor> tensors;
  for (const auto& spec : testing_support::ReadGoldenTensorSpecs(kGolden / "tensors.csv")) {
    if (spec.variant != "both" && spec.variant != LayoutName(layout)) continue;
    tensors[spec.StateName()] =
        Tensor::From(DType::kF32, spec.shape, testing_support::GoldenValues(spec).data());
  }
  return MakeBackboneWeights(layout, std::move(tensors), "golden recipe");
}

class Pool5 : public testing::TestWithParam<BackboneLayout> {};

TEST_P(Pool5, AgreesWithDoubleReference) {
  BackboneOptions options;
  options.layout = GetParam();
  const BackboneWeights weights = GoldenWeights(options.Layout());
  const auto golden = testing_support::ReadNpy<double>(
      kGolden / (std::string("pool5_") + LayoutName(options.Layout()) + ".npy"));
  const CsvTable images = ReadCsv(kGolden / "images.csv");
  ASSERT_EQ(golden.shape,
            (std::vector<std::int64_t>{static_cast<std::int64_t>(images.rows.size()), 2048}));
  std::map<int, std::vector<std::int64_t>> by_size;
  for (std::size_t row = 0; row < images.rows.size(); ++row) {
    by_size[std::stoi(images.rows[row][images.Column("height", "images.csv")])].push_back(
        static_cast<std::int64_t>(row));
  }
  ASSERT_GE(by_size.size(), 2u);
  double worst_relative = 0, worst_absolute = 0;
  for (const auto& [size, rows] : by_size) {
    options.input_size = size;
    Pool5Extractor extractor(options, weights);
    // Ten images, so that both the full batch and the single one are used.
    std::vector<Image> crops;
    for (std::size_t i = 0; i < 10; ++i) {
      crops.push_back(GoldenImage("v1", static_cast<int>(rows[i % rows.size()]), size, size));
    }
    const std::vector<float> features = extractor.Extract(crops);
    ASSERT_EQ(features.size(), 10u * 2048u);
    for (std::size_t i = 0; i < 10; ++i) {
      const double* const expected = golden.From({rows[i % rows.size()]});
      double squares = 0, norm = 0;
      for (std::size_t c = 0; c < 2048; ++c) {
        const double difference = features[i * 2048 + c] - expected[c];
        ASSERT_GE(features[i * 2048 + c], 0.0f);
        squares += difference * difference;
        norm += expected[c] * expected[c];
        worst_absolute = std::max(worst_absolute, std::abs(difference));
      }
      worst_relative = std::max(worst_relative, std::sqrt(squares / norm));
    }
  }
  EXPECT_LT(worst_relative, 3e-6);
  EXPECT_LT(worst_absolute, 1e-4);
  RecordProperty("relative", FormatShortest(worst_relative));
  RecordProperty("absolute", FormatShortest(worst_absolute));
}

INSTANTIATE_TEST_SUITE_P(Layouts,
                         Pool5,
                         testing::Values(BackboneLayout::kTorchvision, BackboneLayout::kCaffe),
                         [](const auto& layout) { return std::string(LayoutName(layout.param)); });

TEST(NormalizeInput, AgreesWithReference) {
  const CsvTable stages = ReadCsv(kGolden / "stages.csv");
  std::size_t checked = 0;
  for (const auto& row : stages.rows) {
    if (row[stages.Column("stage", "stages.csv")] != "input") continue;
    ++checked;
    const std::string shape = row[stages.Column("shape_chw", "stages.csv")];
    const int side = std::stoi(shape.substr(2));
    const auto layout = row[0] == "caffe" ? BackboneLayout::kCaffe : BackboneLayout::kTorchvision;
    std::vector<float> values(3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
    NormalizeInput(
        MakeResNet50Layers(layout),
        GoldenImage("v1", std::stoi(row[stages.Column("image", "stages.csv")]), side, side),
        values.data());
    const std::size_t first = stages.Column("first0", "stages.csv"),
                      last = stages.Column("last0", "stages.csv");
    for (std::size_t i = 0; i < 8; ++i) {
      EXPECT_EQ(values[i], std::strtof(row[first + i].c_str(), nullptr)) << row[0] << ' ' << i;
      EXPECT_EQ(values[values.size() - 8 + i], std::strtof(row[last + i].c_str(), nullptr))
          << row[0] << ' ' << i;
    }
    double magnitudes = 0;
    for (const float value : values) magnitudes += std::abs(static_cast<double>(value));
    const double expected =
        std::strtod(row[stages.Column("sum_abs", "stages.csv")].c_str(), nullptr);
    EXPECT_NEAR(magnitudes, expected, 1e-9 * expected);
  }
  EXPECT_EQ(checked, 8u);
}

/// Untrained extractor of small crops, shared by the tests below: drawing weights takes a second.
Pool5Extractor& Small() {
  static Pool5Extractor extractor = [] {
    BackboneOptions options;
    options.input_size = 40;
    options.seed = 5;
    return Pool5Extractor(options);
  }();
  return extractor;
}

TEST(Pool5Extractor, UntrainedFeaturesAreUsable) {
  for (const BackboneLayout layout : {BackboneLayout::kTorchvision, BackboneLayout::kCaffe}) {
    BackboneOptions options;
    options.layout = layout;
    options.input_size = 64;
    Pool5Extractor extractor(options);
    EXPECT_EQ(extractor.weights_hash(), "untrained-1");
    const auto features =
        extractor.Extract({GoldenImage("v1", 0, 64, 64), GoldenImage("v1", 1, 64, 64)});
    double sum = 0, change = 0;
    for (std::size_t i = 0; i < 2048; ++i) {
      ASSERT_TRUE(std::isfinite(features[i]));
      sum += features[i];
      change += std::abs(features[i] - features[2048 + i]);
    }
    EXPECT_GT(sum / 2048, 0.05) << LayoutName(layout);
    EXPECT_LT(sum / 2048, 50) << LayoutName(layout);
    EXPECT_GT(change, 0.01 * sum) << LayoutName(layout);
  }
}

TEST(Pool5Extractor, BatchPositionDoesNotMatter) {
  std::vector<Image> crops;
  for (int k = 0; k < 11; ++k) crops.push_back(GoldenImage("v1", k, 40, 40));
  const auto together = Small().Extract(crops);
  ASSERT_EQ(together.size(), 11u * 2048u);
  std::vector<Image> reversed(crops.rbegin(), crops.rend());
  const auto backward = Small().Extract(reversed);
  for (std::size_t k = 0; k < crops.size(); ++k) {
    const auto alone = Small().Extract({crops[k]});
    for (std::size_t i = 0; i < 2048; ++i) {
      const float value = alone[i];
      ASSERT_NEAR(together[k * 2048 + i], value, 1e-5f * (1 + value)) << k;
      ASSERT_NEAR(backward[(10 - k) * 2048 + i], value, 1e-5f * (1 + value)) << k;
    }
  }
  EXPECT_EQ(Small().Extract(crops), together);
  EXPECT_TRUE(Small().Extract({}).empty());
}

TEST(Pool5Extractor, MovesAndLeavesOpenMpAlone) {
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const auto before = Small().Extract({GoldenImage("v1", 4, 40, 40)});
  EXPECT_EQ(omp_get_max_threads(), 1);
  omp_set_num_threads(threads);
  Pool5Extractor moved = std::move(Small());
  EXPECT_EQ(moved.weights_hash(), "untrained-5");
  EXPECT_EQ(moved.Extract({GoldenImage("v1", 4, 40, 40)}), before);
  Small() = std::move(moved);
  EXPECT_EQ(Small().Extract({GoldenImage("v1", 4, 40, 40)}), before);
}

TEST(Pool5Extractor, RefusesBadArguments) {
  std::string message = ErrorOf(ErrorCode::kInvalidArgument, [] {
    Small().Extract({GoldenImage("v1", 0, 40, 40), GoldenImage("v1", 0, 40, 41)});
  });
  EXPECT_NE(message.find("image 1 is 41x40"), std::string::npos) << message;
  ErrorOf(ErrorCode::kInvalidArgument, [] { Small().Extract({Image(40, 40, 1)}); });
  BackboneOptions options;
  options.layout = BackboneLayout::kCaffe;
  BackboneWeights weights;
  ErrorOf(ErrorCode::kBadModel, [&] { Pool5Extractor(options, weights); });
  weights.layout = options.Layout();
  options.input_size = 31;
  ErrorOf(ErrorCode::kInvalidOptions, [&] { Pool5Extractor(options, weights); });
  options.input_size = 64;
  weights.input_size = 48;
  message = ErrorOf(ErrorCode::kBadModel, [&] { Pool5Extractor(options, weights); });
  EXPECT_NE(message.find("pictures of 48 px, backbone.input_size is 64"), std::string::npos)
      << message;
  options.weights = "/nonexistent/resnet50.safetensors";
  message = ErrorOf(ErrorCode::kBadModel, [&] { Pool5Extractor extractor(options); });
  EXPECT_NE(message.find(options.weights), std::string::npos) << message;
}

}  // namespace
}  // namespace circumplex
