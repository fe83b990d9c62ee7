// SPDX-License-Identifier: Apache-2.0
#include "backbone/backbone_import.h"

#include <gtest/gtest.h>

#include <map>

#include "backbone/weights_file.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Zeros but for the first element, which tells the tensors apart.
Tensor Marked(const std::vector<std::int64_t>& shape, float mark) {
  std::size_t count = 1;
  for (const std::int64_t axis : shape) count *= static_cast<std::size_t>(axis);
  std::vector<float> values(count);
  values[0] = mark;
  return Tensor::From(DType::kF32, shape, values.data());
}

// A file with torchvision's names; the k-th tensor of the network is marked k + 1.
TensorFile TorchvisionFile() {
  TensorFile file;
  float mark = 0;
  for (const auto& [name, shape] : ResNet50StateShapes())
    file.tensors.emplace(name, Marked(shape, ++mark));
  file.tensors.emplace("fc.weight", Marked({1000, 2048}, 0));
  file.tensors.emplace("fc.bias", Marked({1000}, 0));
  return file;
}

// The same network under dag names, from the naming rule of the published files: stage, block and
// layer in words.
TensorFile DagFile() {
  std::map<std::string, std::string> dag = {{"conv1", "conv1_7x7_s2"}, {"bn1", "conv1_7x7_s2_bn"}};
  const int blocks[] = {3, 4, 6, 3};
  for (int s = 2; s <= 5; ++s) {
    for (int b = 1; b <= blocks[s - 2]; ++b) {
      const std::string torch = "layer" + std::to_string(s - 1) + "." + std::to_string(b - 1) + ".";
      const std::string caffe = "conv" + std::to_string(s) + "_" + std::to_string(b) + "_";
      const char* layers[] = {"1x1_reduce", "3x3", "1x1_increase"};
      for (int i = 0; i < 3; ++i) {
        dag[torch + "conv" + std::to_string(i + 1)] = caffe + layers[i];
        dag[torch + "bn" + std::to_string(i + 1)] = caffe + layers[i] + "_bn";
      }
      if (b == 1) {
        dag[torch + "downsample.0"] = caffe + "1x1_proj";
        dag[torch + "downsample.1"] = caffe + "1x1_proj_bn";
      }
    }
  }
  TensorFile file;
  for (auto& [name, tensor] : TorchvisionFile().tensors) {
    const std::size_t dot = name.rfind('.');
    const auto layer = dag.find(name.substr(0, dot));
    if (layer != dag.end()) file.tensors.emplace(layer->second + name.substr(dot), tensor);
  }
  file.tensors.emplace("classifier.weight", Marked({8, 2048, 1, 1}, 0));
  file.tensors.emplace("classifier.bias", Marked({8}, 0));
  file.tensors.emplace("conv2_1_3x3_bn.num_batches_tracked", Marked({}, 0));
  return file;
}

void ExpectEveryTensorInPlace(const BackboneWeights& weights) {
  ASSERT_EQ(weights.tensors.size(), 265u);
  float mark = 0;
  for (const auto& [name, shape] : ResNet50StateShapes()) {
    EXPECT_EQ(weights.tensors.at(name).Data<float>()[0], ++mark) << name;
    EXPECT_EQ(weights.tensors.at(name).shape, shape) << name;
  }
}

TEST(BackboneImport, DagNamesAreCaffe) {
  TensorFile file = DagFile();
  ASSERT_EQ(file.tensors.size(), 268u);
  EXPECT_EQ(file.tensors.count("conv5_3_1x1_increase_bn.running_var"), 1u);
  EXPECT_EQ(file.tensors.count("conv4_6_1x1_reduce.weight"), 1u);
  const BackboneImport import = ImportBackbone(file, std::nullopt, "x.pth");
  EXPECT_EQ(import.names.naming, BackboneNaming::kDag);
  EXPECT_EQ(import.names.matched.size(), 265u);
  EXPECT_EQ(import.names.ignored.size(), 3u);
  EXPECT_TRUE(import.names.unmatched.empty());
  EXPECT_EQ(import.weights.layout, BackboneLayout::kCaffe);
  EXPECT_EQ(import.layout_source, "the names in the file");
  ExpectEveryTensorInPlace(import.weights);

  const std::string contradiction = ErrorOf(ErrorCode::kInvalidArgument, [&] {
    ImportBackbone(file, BackboneLayout::kTorchvision, "x.pth");
  });
  EXPECT_TRUE(Has(contradiction,
                  "--layout torchvision contradicts the names in the file, which say caffe"));
  file.metadata["layout"] = "torchvision";
  ErrorOf(ErrorCode::kBadModel, [&] { ImportBackbone(file, std::nullopt, "x.pth"); });
}

TEST(BackboneImport, TorchvisionNamesNeedAStatedLayout) {
  const TensorFile file = TorchvisionFile();
  const std::string message =
      ErrorOf(ErrorCode::kInvalidArgument, [&] { ImportBackbone(file, std::nullopt, "x.pth"); });
  for (const char* part :
       {"x.pth", "stride 2", "pool", "0-255", "--layout torchvision", "--layout caffe"}) {
    EXPECT_TRUE(Has(message, part)) << part << " in: " << message;
  }
  for (const BackboneLayout layout : {BackboneLayout::kTorchvision, BackboneLayout::kCaffe}) {
    const BackboneImport import = ImportBackbone(file, layout, "x.pth");
    EXPECT_EQ(import.weights.layout, layout);
    EXPECT_EQ(import.layout_source, "stated");
    EXPECT_EQ(import.names.ignored, (std::vector<std::string>{"fc.bias", "fc.weight"}));
    ExpectEveryTensorInPlace(import.weights);
  }
}

TEST(BackboneImport, WhatStandsBeforeTheNamesIsDropped) {
  for (const char* prefix : {"module.", "_orig_mod.", "model.", "module.encoder.", "a.b.c."}) {
    TensorFile file;
    for (auto& [name, tensor] : TorchvisionFile().tensors)
      file.tensors.emplace(prefix + name, tensor);
    file.tensors.emplace("head.weight", Marked({2, 2048}, 1));
    const BackboneNames names = MatchBackboneNames(file, "x");
    EXPECT_EQ(names.prefix, prefix);
    EXPECT_EQ(names.matched.size(), 265u);
    EXPECT_EQ(names.ignored.size(), 3u);
    EXPECT_TRUE(names.unmatched.empty());
  }
  TensorFile dag;
  for (auto& [name, tensor] : DagFile().tensors) dag.tensors.emplace("net." + name, tensor);
  ExpectEveryTensorInPlace(ImportBackbone(dag, std::nullopt, "x").weights);

  TensorFile two;
  for (auto& [name, tensor] : TorchvisionFile().tensors) {
    two.tensors.emplace("encoder_q." + name, tensor);
    two.tensors.emplace("encoder_k." + name, tensor);
  }
  const std::string message = ErrorOf(
      ErrorCode::kBadModel, [&] { ImportBackbone(two, BackboneLayout::kTorchvision, "x"); });
  EXPECT_TRUE(Has(message, "under the prefixes 'encoder_k.', 'encoder_q.', ")) << message;
}

TEST(BackboneImport, ATypeThatIsNotReadableMattersWhereItIsUsed) {
  TensorFile file = TorchvisionFile();
  file.tensors.erase("fc.weight");
  file.unreadable["fc.weight"] = "F8_E5M2";
  ExpectEveryTensorInPlace(ImportBackbone(file, BackboneLayout::kTorchvision, "x").weights);
  file.tensors.erase("conv1.weight");
  file.unreadable["conv1.weight"] = "F8_E5M2";
  const std::string message = ErrorOf(
      ErrorCode::kBadModel, [&] { ImportBackbone(file, BackboneLayout::kTorchvision, "x"); });
  EXPECT_TRUE(Has(message, "tensor 'conv1.weight' has dtype F8_E5M2 (readable: ")) << message;
  EXPECT_TRUE(Has(ListTensors(file), "\nconv1.weight,F8_E5M2,,\n"));
}

TEST(BackboneImport, OurOwnFilesTellTheirLayout) {
  const TempFolder folder;
  const BackboneImport first = ImportBackbone(DagFile(), std::nullopt, "x.pth");
  WriteBackboneWeights(folder / "resnet50.safetensors", first.weights);
  const BackboneImport again =
      ImportBackbone(ReadAnyWeights(folder / "resnet50.safetensors"), std::nullopt, "y");
  EXPECT_EQ(again.layout_source, "the file's metadata");
  EXPECT_EQ(again.weights.hash, first.weights.hash);
  EXPECT_EQ(first.weights.origin, "imported from x.pth");
  EXPECT_EQ(again.weights.origin, first.weights.origin);
  EXPECT_EQ(ReadBackboneWeights(folder / "resnet50.safetensors", BackboneLayout::kCaffe).hash,
            first.weights.hash);
  const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [&] {
    ImportBackbone(
        ReadAnyWeights(folder / "resnet50.safetensors"), BackboneLayout::kTorchvision, "y");
  });
  EXPECT_TRUE(Has(message, "contradicts the file's metadata")) << message;
}

TEST(BackboneImport, TheInputSizeIsStatedOrTheFilesOwn) {
  TensorFile file = DagFile();
  EXPECT_FALSE(ImportBackbone(file, std::nullopt, "x").weights.input_size);
  EXPECT_EQ(ImportBackbone(file, std::nullopt, "x", 112).weights.input_size, 112);
  file.metadata["input_size"] = "48";
  EXPECT_EQ(ImportBackbone(file, std::nullopt, "x").weights.input_size, 48);
  EXPECT_EQ(ImportBackbone(file, std::nullopt, "x", 48).weights.input_size, 48);
  const std::string message =
      ErrorOf(ErrorCode::kInvalidArgument, [&] { ImportBackbone(file, std::nullopt, "x", 112); });
  EXPECT_TRUE(Has(message, "--input-size 112 contradicts")) << message;
}

TEST(BackboneImport, AnotherNetworkIsRefusedByItsNames) {
  TensorFile other;
  other.tensors.emplace("conv1.0.weight", Marked({64, 3, 3, 3}, 1));
  const std::string message =
      ErrorOf(ErrorCode::kBadModel, [&] { ImportBackbone(other, BackboneLayout::kCaffe, "x.pt"); });
  EXPECT_TRUE(Has(message, "conv1.0.weight")) << message;
  EXPECT_TRUE(Has(message, "conv1_7x7_s2.weight")) << message;

  TensorFile deeper = TorchvisionFile();
  deeper.tensors.emplace("layer3.6.conv1.weight", Marked({256, 1024, 1, 1}, 1));
  deeper.tensors.erase("layer1.0.bn1.bias");
  const BackboneNames names = MatchBackboneNames(deeper, "x.pt");
  EXPECT_EQ(names.unmatched, (std::vector<std::string>{"layer3.6.conv1.weight"}));
  EXPECT_EQ(names.matched.size(), 264u);
  const std::string surplus = ErrorOf(
      ErrorCode::kBadModel, [&] { ImportBackbone(deeper, BackboneLayout::kTorchvision, "x.pt"); });
  EXPECT_TRUE(Has(surplus, "1 tensors missing: layer1.0.bn1.bias")) << surplus;
  EXPECT_TRUE(Has(surplus, "layer3.6.conv1.weight")) << surplus;
}

}  // namespace
}  // namespace circumplex
