// SPDX-License-Identifier: Apache-2.0
#include "network/checkpoint.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include <cmath>
#include <memory>
#include <string>

#include "core/files.h"
#include "network/regressor/two_stream_net.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using namespace testing_support;

TwoStreamNet SpatialNet() {
  AppearanceOptions appearance;
  appearance.hidden = 8;
  appearance.dropout = 0;
  MotionOptions motion;
  motion.enabled = false;
  RegressorOptions regressor;
  regressor.fusion = 8;
  regressor.hidden = 4;
  regressor.fusion_dropout = regressor.gru_dropout = regressor.head_dropout = 0;
  return TwoStreamNet(appearance, motion, PhaseOptions(), regressor);
}

std::unique_ptr<torch::optim::Optimizer> MakeOptimizer(bool adamw, TwoStreamNet& net) {
  if (adamw) {
    return std::make_unique<torch::optim::AdamW>(
        net->parameters(), torch::optim::AdamWOptions(1e-3).weight_decay(0.01));
  }
  return std::make_unique<torch::optim::SGD>(
      net->parameters(), torch::optim::SGDOptions(1e-2).momentum(0.9).weight_decay(5e-4));
}

void Train(TwoStreamNet& net, torch::optim::Optimizer& optimizer, int steps) {
  at::manual_seed(5);
  const at::Tensor input = at::rand({2, 6, 2048}), label = at::rand({2, 6, 2});
  for (int step = 0; step < steps; ++step) {
    optimizer.zero_grad();
    (net(input, at::Tensor(), at::Tensor()) - label).square().mean().backward();
    optimizer.step();
  }
}

bool SameBytes(const ModuleState& a, const ModuleState& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, tensor] : a) {
    if (ToCoreTensor(tensor).bytes != ToCoreTensor(b.at(name)).bytes) return false;
  }
  return true;
}

TEST(TensorConversion, KeepsEveryDtypeShapeAndByte) {
  at::manual_seed(1);
  for (const at::ScalarType type : {at::kByte, at::kLong, at::kHalf, at::kFloat, at::kDouble}) {
    for (const std::vector<std::int64_t>& shape :
         {std::vector<std::int64_t>{}, {0, 3}, {2, 3, 4}}) {
      const at::Tensor tensor = (at::rand(shape, at::kDouble) * 200).to(type);
      const at::Tensor back = ToTorchTensor(ToCoreTensor(tensor));
      EXPECT_EQ(back.scalar_type(), type);
      EXPECT_EQ(back.sizes(), tensor.sizes());
      EXPECT_TRUE(back.equal(tensor));
    }
  }
  const at::Tensor transposed = at::rand({3, 5}).t();
  EXPECT_TRUE(ToTorchTensor(ToCoreTensor(transposed)).equal(transposed));
  EXPECT_EQ(ToCoreTensor(at::full({1}, 1.5, at::kHalf)).bytes,
            (std::vector<std::uint8_t>{0x00, 0x3e}));
  ErrorOf(ErrorCode::kUnsupported, [] { ToCoreTensor(at::zeros({1}, at::kBool)); });
}

TEST(Checkpoint, RoundTripKeepsBytesMetadataAndOutputs) {
  const TempFolder folder;
  TwoStreamNet net = SpatialNet(), other = SpatialNet();
  const auto optimizer = MakeOptimizer(false, net);
  Train(net, *optimizer, 2);
  EXPECT_FALSE(SameBytes(NamedState(*net), NamedState(*other)));
  WriteCheckpoint(folder / "a.safetensors", NamedState(*net), {{"epoch", "2"}});
  EXPECT_EQ(ReadCheckpoint(folder / "a.safetensors", *other).at("epoch"), "2");
  EXPECT_TRUE(SameBytes(NamedState(*net), NamedState(*other)));
  WriteCheckpoint(folder / "b.safetensors", NamedState(*other), {{"epoch", "2"}});
  EXPECT_EQ(ReadFile(folder / "a.safetensors"), ReadFile(folder / "b.safetensors"));

  net->to(at::kDouble);
  WriteCheckpoint(folder / "d.safetensors", NamedState(*net));
  EXPECT_EQ(ReadSafetensors(folder / "d.safetensors").tensors.at("head.fc.weight").dtype,
            DType::kF64);
  ReadCheckpoint(folder / "d.safetensors", *other);
  EXPECT_EQ(NamedState(*other).at("head.fc.weight").scalar_type(), at::kFloat);
}

TEST(Checkpoint, FilesOfAnotherNetworkOrNoneAreRefused) {
  const TempFolder folder;
  TwoStreamNet net = SpatialNet();
  AppearanceOptions appearance;
  MotionOptions motion;
  motion.enabled = false;
  WriteCheckpoint(
      folder / "big.safetensors",
      NamedState(*TwoStreamNet(appearance, motion, PhaseOptions(), RegressorOptions())));
  const std::string message =
      ErrorOf(ErrorCode::kBadModel, [&] { ReadCheckpoint(folder / "big.safetensors", *net); });
  EXPECT_NE(message.find("big.safetensors"), std::string::npos) << message;
  EXPECT_NE(message.find("instead of"), std::string::npos) << message;
  ErrorOf(ErrorCode::kBadModel, [&] { ReadCheckpoint(folder / "none.safetensors", *net); });
}

class OptimizerState : public testing::TestWithParam<bool> {};

TEST_P(OptimizerState, AResumedRunContinuesToTheSameBytes) {
  const TempFolder folder;
  at::manual_seed(2);
  TwoStreamNet straight = SpatialNet();
  const auto straight_optimizer = MakeOptimizer(GetParam(), straight);
  Train(straight, *straight_optimizer, 3);
  WriteCheckpoint(folder / "net.safetensors", NamedState(*straight));
  WriteSafetensors(folder / "optimizer.safetensors", SaveOptimizer(*straight, *straight_optimizer));
  Train(straight, *straight_optimizer, 3);

  TwoStreamNet resumed = SpatialNet();
  const auto resumed_optimizer = MakeOptimizer(GetParam(), resumed);
  Train(resumed, *resumed_optimizer, 1);
  ReadCheckpoint(folder / "net.safetensors", *resumed);
  const TensorFile file = ReadSafetensors(folder / "optimizer.safetensors");
  LoadOptimizer(file, *resumed, *resumed_optimizer, "optimizer.safetensors");
  Train(resumed, *resumed_optimizer, 3);
  EXPECT_TRUE(SameBytes(NamedState(*straight), NamedState(*resumed)));

  // The optimiser's state matters: without it the run goes elsewhere.
  TwoStreamNet forgetful = SpatialNet();
  const auto fresh_optimizer = MakeOptimizer(GetParam(), forgetful);
  ReadCheckpoint(folder / "net.safetensors", *forgetful);
  Train(forgetful, *fresh_optimizer, 3);
  EXPECT_FALSE(SameBytes(NamedState(*straight), NamedState(*forgetful)));
}

TEST_P(OptimizerState, StateThatDoesNotFitIsRefused) {
  TwoStreamNet net = SpatialNet();
  const auto optimizer = MakeOptimizer(GetParam(), net);
  EXPECT_TRUE(SaveOptimizer(*net, *optimizer).tensors.empty());
  Train(net, *optimizer, 1);
  const TensorFile file = SaveOptimizer(*net, *optimizer);
  const auto refused = [&](const TensorFile& broken, torch::optim::Optimizer& target) {
    return ErrorOf(ErrorCode::kBadModel,
                   [&] { LoadOptimizer(broken, *net, target, "o.safetensors"); });
  };
  EXPECT_NE(refused(file, *MakeOptimizer(!GetParam(), net)).find(GetParam() ? "'adamw'" : "'sgd'"),
            std::string::npos);
  TensorFile broken = file;
  broken.tensors.erase(broken.tensors.begin());
  refused(broken, *optimizer);
  broken = file;
  broken.tensors["other.momentum_buffer"] = ToCoreTensor(at::zeros({2}));
  refused(broken, *optimizer);
  broken = file;
  const std::string name = GetParam() ? "head.fc.bias.exp_avg" : "head.fc.bias.momentum_buffer";
  broken.tensors[name] = ToCoreTensor(at::zeros({3}));
  EXPECT_NE(refused(broken, *optimizer).find(name), std::string::npos);
  broken = file;
  broken.metadata.clear();
  refused(broken, *optimizer);
  // After all refusals the state is still the saved one.
  const TensorFile after = SaveOptimizer(*net, *optimizer);
  ASSERT_EQ(after.tensors.size(), file.tensors.size());
  for (const auto& [key, tensor] : file.tensors)
    EXPECT_EQ(after.tensors.at(key).bytes, tensor.bytes) << key;
}

INSTANTIATE_TEST_SUITE_P(Checkpoint, OptimizerState, testing::Bool(), [](const auto& case_info) {
  return case_info.param ? "AdamW" : "Sgd";
});

}  // namespace
}  // namespace circumplex
