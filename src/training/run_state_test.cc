// SPDX-License-Identifier: Apache-2.0
#include "training/run_state.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/optimizer.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "support/test_files.h"
#include "training/optimization.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

class RunStateTest : public testing::Test {
 protected:
  RunStateTest() : optimizer_(MakeOptimizer(TrainingOptions(), net_->parameters())) {
    for (const at::Tensor& parameter : net_->parameters())
      parameter.mutable_grad() = at::ones_like(parameter);
    optimizer_->step();
    counters_.epochs_done = 3;
    counters_.best_epoch = 2;
    counters_.best_criterion = 0.25;
    counters_.best_ccc = {0.25, std::nullopt};
    extra_.tensors["fds/x"] = Tensor::From(DType::kF64, {1}, std::vector<double>{7}.data());
    RunState(folder_.path(), "abc")
        .WriteLast(counters_, NamedState(*net_), *net_, *optimizer_, extra_);
  }
  // Changes the counters in the file.
  void Edit(const std::function<void(nlohmann::json*)>& change) {
    const std::filesystem::path path = RunState(folder_.path()).last_path();
    TensorFile file = ReadSafetensors(path, ErrorCode::kBadModel);
    nlohmann::json state = nlohmann::json::parse(file.metadata["state"]);
    change(&state);
    file.metadata["state"] = state.dump();
    WriteSafetensors(path, file);
  }
  std::string Refusal(const std::string& start = "abc") {
    return ErrorOf(ErrorCode::kBadModel,
                   [&] { RunState(folder_.path(), start).ReadLast(*net_, *optimizer_); });
  }

  const TempFolder folder_;
  torch::nn::Linear net_{2, 1};
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  RunCounters counters_;
  TensorFile extra_;
};

TEST_F(RunStateTest, ReadsWhatItWrote) {
  EXPECT_TRUE(RunState::IsIn(folder_.path()));
  EXPECT_FALSE(RunState::IsIn(folder_ / "elsewhere"));
  torch::nn::Linear net(2, 1);
  const auto optimizer = MakeOptimizer(TrainingOptions(), net->parameters());
  const RunState::Last last = RunState(folder_.path(), "abc").ReadLast(*net, *optimizer);
  EXPECT_EQ(last.counters.epochs_done, 3);
  EXPECT_EQ(last.counters.best_epoch, 2);
  EXPECT_EQ(last.counters.best_criterion, 0.25);
  EXPECT_EQ(last.counters.best_ccc[0], 0.25);
  EXPECT_FALSE(last.counters.best_ccc[1]);
  EXPECT_TRUE(last.network.at("weight").equal(net_->weight));
  EXPECT_EQ(last.all.tensors.at("fds/x").Data<double>()[0], 7);
}

TEST_F(RunStateTest, AStateThatLacksSomethingIsABadModel) {
  for (const char* key : {"epochs_done", "best_epoch", "best_criterion", "best_ccc"}) {
    SCOPED_TRACE(key);
    nlohmann::json before;
    Edit([&](nlohmann::json* state) {
      before = *state;
      state->erase(key);
    });
    EXPECT_NE(Refusal().find("last.safetensors: "), std::string::npos);
    Edit([&](nlohmann::json* state) {
      *state = before;
      (*state)[key] = "word";
    });
    EXPECT_NE(Refusal().find("its training state is damaged"), std::string::npos);
    Edit([&](nlohmann::json* state) { *state = before; });
  }
  // Outside int: undefined as a conversion, or 3 in 32 bits.
  nlohmann::json before;
  for (const nlohmann::json& count : {nlohmann::json(3.3e47), nlohmann::json(4294967299)}) {
    Edit([&](nlohmann::json* state) {
      before = *state;
      (*state)["epochs_done"] = count;
    });
    EXPECT_NE(Refusal().find("its training state is damaged"), std::string::npos) << count;
    Edit([&](nlohmann::json* state) { *state = before; });
  }
  Edit([](nlohmann::json* state) { (*state)["best_epoch"] = 4; });
  EXPECT_NE(Refusal().find("best_epoch = 4 of epochs_done = 3"), std::string::npos);
  Edit([](nlohmann::json* state) { *state = nlohmann::json::array(); });
  EXPECT_NE(Refusal().find("no training state"), std::string::npos);
}

TEST_F(RunStateTest, AnotherStartAndAnOlderCountOfEpochsAreRefused) {
  EXPECT_NE(Refusal("def").find("began with weights \"abc\", backbone.weights holds \"def\""),
            std::string::npos);
  Edit([](nlohmann::json* state) { state->erase("schema"); });
  EXPECT_NE(Refusal().find("has schema 1, this version reads 2; finish the run with the version"),
            std::string::npos);
}

}  // namespace
}  // namespace circumplex
