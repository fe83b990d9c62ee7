// SPDX-License-Identifier: Apache-2.0
#include "backbone/resnet50_weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/golden_recipe.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::GoldenFolder;

/// Tensors of the right shapes, all zero: cheap to write and to damage.
std::map<std::string, Tensor> Zeros() {
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, shape] : ResNet50StateShapes()) {
    std::size_t count = 1;
    for (const std::int64_t axis : shape) count *= static_cast<std::size_t>(axis);
    const std::vector<float> values(count);
    tensors.emplace(name, Tensor::From(DType::kF32, shape, values.data()));
  }
  return tensors;
}

std::string Refused(std::map<std::string, Tensor> tensors) {
  return ErrorOf(ErrorCode::kBadModel, [&] {
    MakeBackboneWeights(BackboneLayout::kCaffe, std::move(tensors), "file.safetensors");
  });
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ResNet50Layers, NamesAndShapesAreTorchvisions) {
  std::map<std::string, std::vector<std::int64_t>> golden, ours;
  for (const auto& spec :
       testing_support::ReadGoldenTensorSpecs(GoldenFolder() / "model/resnet50/tensors.csv")) {
    golden[spec.StateName()] = spec.shape;
  }
  std::int64_t parameters = 0;
  for (const auto& [name, shape] : ResNet50StateShapes()) {
    ours[name] = shape;
    if (!Has(name, "running_")) {
      std::int64_t count = 1;
      for (const std::int64_t axis : shape) count *= axis;
      parameters += count;
    }
  }
  EXPECT_EQ(ours, golden);
  EXPECT_EQ(ours.size(), 265u);
  EXPECT_EQ(parameters, 23508032);
}

TEST(ResNet50Layers, StridesMoveBetweenLayouts) {
  const ResNet50Layers torchvision = MakeResNet50Layers(BackboneLayout::kTorchvision);
  const ResNet50Layers caffe = MakeResNet50Layers(BackboneLayout::kCaffe);
  ASSERT_EQ(torchvision.blocks.size(), 16u);
  for (std::size_t i = 0; i < 16; ++i) {
    const Bottleneck &t = torchvision.blocks[i], &c = caffe.blocks[i];
    const int stride = i == 3 || i == 7 || i == 13 ? 2 : 1;
    EXPECT_EQ(t.conv1.stride, 1);
    EXPECT_EQ(t.conv2.stride, stride) << t.name;
    EXPECT_EQ(c.conv1.stride, stride) << c.name;
    EXPECT_EQ(c.conv2.stride, 1);
    EXPECT_EQ(t.downsample.has_value(), i == 0 || stride == 2);
    if (t.downsample) {
      EXPECT_EQ(t.downsample->stride, stride);
    }
  }
  // Multiply-adds at 224 px, convolutions only.
  for (const ResNet50Layers* net : {&torchvision, &caffe}) {
    const auto cost = [](int side, const ConvLayer& layer) {
      return 1e-9 * side * side * layer.out_channels * layer.in_channels * layer.kernel *
             layer.kernel;
    };
    int side = ConvOutput(224, net->stem);
    double total = cost(side, net->stem);
    side = PoolOutput(side, *net);
    EXPECT_EQ(side, 56);
    for (const Bottleneck& block : net->blocks) {
      const int first = ConvOutput(side, block.conv1), second = ConvOutput(first, block.conv2);
      total += cost(first, block.conv1) + cost(second, block.conv2) + cost(second, block.conv3);
      if (block.downsample) total += cost(second, *block.downsample);
      side = second;
    }
    EXPECT_EQ(side, 7);
    EXPECT_NEAR(total, net == &caffe ? 3.86 : 4.09, 0.006);
  }
}

TEST(ResNet50Layers, PoolSidesFollowPyTorch) {
  const ResNet50Layers torchvision = MakeResNet50Layers(BackboneLayout::kTorchvision);
  const ResNet50Layers caffe = MakeResNet50Layers(BackboneLayout::kCaffe);
  // Side in, floor((n + 2 - 3) / 2) + 1, ceil((n - 3) / 2) + 1 unless the last
  // window starts outside.
  for (const auto& [in, padded, ceiled] :
       {std::array<int, 3>{16, 8, 8}, {17, 9, 8}, {56, 28, 28}, {57, 29, 28}}) {
    EXPECT_EQ(PoolOutput(in, torchvision), padded) << in;
    EXPECT_EQ(PoolOutput(in, caffe), ceiled) << in;
  }
}

TEST(DrawBackboneWeights, FollowSeedAndSpread) {
  const BackboneWeights a = DrawBackboneWeights(BackboneLayout::kTorchvision, 7);
  const BackboneWeights caffe = DrawBackboneWeights(BackboneLayout::kCaffe, 7);
  const BackboneWeights other = DrawBackboneWeights(BackboneLayout::kTorchvision, 8);
  EXPECT_EQ(a.hash, "untrained-7");
  EXPECT_NO_THROW(MakeBackboneWeights(a.layout, a.tensors, "drawn"));
  EXPECT_NE(a.tensors.at("layer4.2.conv2.weight").bytes,
            other.tensors.at("layer4.2.conv2.weight").bytes);
  EXPECT_EQ(a.tensors.at("layer4.2.conv2.weight").bytes,
            caffe.tensors.at("layer4.2.conv2.weight").bytes);
  const auto spread = [](const BackboneWeights& weights, const std::string& name) {
    const Tensor& tensor = weights.tensors.at(name);
    double squares = 0;
    for (std::int64_t i = 0; i < tensor.NumElements(); ++i)
      squares += std::pow(tensor.Data<float>()[i], 2);
    return std::sqrt(squares / static_cast<double>(tensor.NumElements()));
  };
  EXPECT_NEAR(spread(a, "layer3.1.conv2.weight"), std::sqrt(2.0 / (256 * 9)), 1e-4);
  EXPECT_NEAR(spread(a, "conv1.weight") / spread(caffe, "conv1.weight"), 57.375, 1e-3);
  EXPECT_EQ(a.tensors.at("layer1.0.bn3.weight").Data<float>()[5], 0.5f);
  EXPECT_EQ(a.tensors.at("layer1.0.downsample.1.weight").Data<float>()[5], 0.5f);
  EXPECT_EQ(a.tensors.at("layer1.0.bn2.weight").Data<float>()[5], 1.0f);
  EXPECT_EQ(a.tensors.at("bn1.running_var").Data<float>()[0], 1.0f);
  EXPECT_EQ(a.tensors.at("bn1.running_mean").Data<float>()[0], 0.0f);
}

TEST(SettleBackbone, AFileStatesItsLayoutAndInputSize) {
  const testing_support::TempFolder folder;
  BackboneOptions options;
  EXPECT_EQ(SettleBackbone(options).layout, BackboneLayout::kTorchvision);
  EXPECT_EQ(SettleBackbone(options).input_size, 224);
  options.weights = (folder / "w.safetensors").string();
  BackboneWeights weights = MakeBackboneWeights(BackboneLayout::kCaffe, Zeros(), "zeros");
  WriteBackboneWeights(options.weights, weights);
  EXPECT_EQ(SettleBackbone(options).input_size, 224);
  weights.input_size = 48;
  WriteBackboneWeights(options.weights, weights);
  EXPECT_EQ(ReadBackboneWeights(options.weights, std::nullopt).input_size, 48);
  EXPECT_EQ(SettleBackbone(options).layout, BackboneLayout::kCaffe);
  EXPECT_EQ(SettleBackbone(options).input_size, 48);
  // Photographs may be trained on at another size than the start had.
  options.input_size = 64;
  EXPECT_EQ(SettleBackbone(options).input_size, 64);
  options.layout = BackboneLayout::kTorchvision;
  EXPECT_TRUE(Has(ErrorOf(ErrorCode::kBadModel, [&] { SettleBackbone(options); }),
                  "made for layout \"caffe\", but backbone.layout is \"torchvision\""));
  weights.input_size = 5;
  WriteBackboneWeights(options.weights, weights);
  EXPECT_TRUE(Has(
      ErrorOf(ErrorCode::kBadModel, [&] { ReadBackboneWeights(options.weights, std::nullopt); }),
      "input_size \"5\""));
}

TEST(ReadBackboneWeights, RoundTripAndLayout) {
  const testing_support::TempFolder folder;
  const auto path = folder / "resnet50.safetensors";
  BackboneWeights written = MakeBackboneWeights(BackboneLayout::kCaffe, Zeros(), "zeros");
  EXPECT_EQ(written.origin, "");
  written.origin = "a test";
  WriteBackboneWeights(path, written);
  const BackboneWeights read = ReadBackboneWeights(path, BackboneLayout::kCaffe);
  EXPECT_EQ(read.hash, written.hash);
  EXPECT_EQ(read.hash.size(), 16u);
  EXPECT_EQ(read.origin, "a test");
  EXPECT_EQ(read.tensors.size(), 265u);
  const std::string message = ErrorOf(
      ErrorCode::kBadModel, [&] { ReadBackboneWeights(path, BackboneLayout::kTorchvision); });
  EXPECT_TRUE(Has(message, "caffe") && Has(message, "torchvision") && Has(message, path.string()))
      << message;

  TensorFile plain;
  plain.tensors = written.tensors;
  WriteSafetensors(path, plain);
  EXPECT_TRUE(
      Has(ErrorOf(ErrorCode::kBadModel, [&] { ReadBackboneWeights(path, BackboneLayout::kCaffe); }),
          "metadata"));
  ErrorOf(ErrorCode::kBadModel,
          [&] { ReadBackboneWeights(folder / "absent", BackboneLayout::kCaffe); });
}

TEST(MakeBackboneWeights, ListsEveryDefect) {
  auto tensors = Zeros();
  tensors.erase("layer2.3.bn1.bias");
  tensors.erase("conv1.weight");
  const float one = 1;
  tensors["bn1.weight"] = Tensor::From(DType::kF32, {1}, &one);
  tensors["layer3.6.conv1.weight"] = Tensor::From(DType::kF32, {1}, &one);
  const std::string message = Refused(std::move(tensors));
  for (const char* part : {"file.safetensors",
                           "2 tensors missing",
                           "conv1.weight",
                           "layer2.3.bn1.bias",
                           "bn1.weight is (1), not (64)",
                           "layer3.6.conv1.weight"}) {
    EXPECT_TRUE(Has(message, part)) << part << " in: " << message;
  }
}

TEST(MakeBackboneWeights, RefusesValuesNoNetworkHas) {
  auto tensors = Zeros();
  std::vector<float> values(64, 1.0f);
  values[3] = -0.5f;
  tensors["bn1.running_var"] = Tensor::From(DType::kF32, {64}, values.data());
  EXPECT_TRUE(Has(Refused(std::move(tensors)), "bn1.running_var holds -0.5"));
  tensors = Zeros();
  values[3] = std::numeric_limits<float>::quiet_NaN();
  tensors["bn1.bias"] = Tensor::From(DType::kF32, {64}, values.data());
  EXPECT_TRUE(Has(Refused(std::move(tensors)), "bn1.bias"));
  tensors = Zeros();
  const std::vector<std::int64_t> integers(64, 1);
  tensors["bn1.bias"] = Tensor::From(DType::kI64, {64}, integers.data());
  EXPECT_TRUE(Has(Refused(std::move(tensors)), "I64"));
}

TEST(MakeBackboneWeights, ConvertsAndDropsWhatItMay) {
  auto tensors = Zeros();
  const std::string before = MakeBackboneWeights(BackboneLayout::kCaffe, tensors, "a").hash;
  EXPECT_NE(MakeBackboneWeights(BackboneLayout::kTorchvision, tensors, "a").hash, before);
  const float one = 1;
  const std::int64_t steps = 5;
  tensors["fc.bias"] = Tensor::From(DType::kF32, {1}, &one);
  tensors["bn1.num_batches_tracked"] = Tensor::From(DType::kI64, {}, &steps);
  EXPECT_EQ(MakeBackboneWeights(BackboneLayout::kCaffe, tensors, "a").hash, before);
  std::vector<std::uint16_t> half(64, FloatToHalf(0.25f));
  tensors["bn1.bias"] = Tensor::From(DType::kF16, {64}, half.data());
  std::vector<double> wide(64, 0.1);
  tensors["bn1.running_mean"] = Tensor::From(DType::kF64, {64}, wide.data());
  const BackboneWeights weights = MakeBackboneWeights(BackboneLayout::kCaffe, tensors, "a");
  EXPECT_EQ(weights.tensors.at("bn1.bias").Data<float>()[63], 0.25f);
  EXPECT_EQ(weights.tensors.at("bn1.running_mean").Data<float>()[63], 0.1f);
  EXPECT_NE(weights.hash, before);
  EXPECT_EQ(weights.tensors.size(), 265u);
}

}  // namespace
}  // namespace circumplex
