// SPDX-License-Identifier: Apache-2.0
#include "training/training_plan.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/files.h"
#include "core/safetensors.h"
#include "support/test_files.h"
#include "support/tiny_data_set.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::TempFolder;
using testing_support::TinyDataSet;
using testing_support::WriteTinyDataSet;

class TrainingPlanTest : public testing::Test {
 protected:
  TrainingPlanTest() {
    request_.manifest = WriteTinyDataSet(folder_.path(), TinyDataSet());
    request_.store = folder_ / "store";
    request_.out = folder_ / "run";
    request_.options.phase.size = 16;
    request_.options.clips.window = 8;
    request_.options.clips.stride = 4;
    request_.options.training.folds = 2;
  }
  std::string Refusal(ErrorCode code) {
    const std::string message = ErrorOf(code, [&] { Train(request_); });
    EXPECT_FALSE(fs::exists(request_.out)) << "refused after something was written";
    return message;
  }

  const TempFolder folder_;
  TrainRequest request_;
};

TEST_F(TrainingPlanTest, TheBackboneIsThatOfTheStore) {
  const TrainingPlan plan = MakeTrainingPlan(request_);
  EXPECT_EQ(plan.options.backbone.layout, BackboneLayout::kTorchvision);
  EXPECT_EQ(plan.options.backbone.input_size, 224);
  EXPECT_EQ(plan.options.backbone.seed, 1u);
  EXPECT_EQ(plan.store.info().weights_hash, "untrained-1");
}

TEST_F(TrainingPlanTest, SettingsThatTheStoreContradictsAreNamedTogether) {
  request_.options.backbone.layout = BackboneLayout::kCaffe;
  request_.options.backbone.input_size = 32;
  request_.options.phase.size = 48;
  request_.options.training.folds = 50;
  BackboneWeights weights = DrawBackboneWeights(BackboneLayout::kTorchvision, 2);
  const std::string file = (folder_ / "w.safetensors").string();
  WriteBackboneWeights(file, weights);
  request_.options.backbone.weights = file;
  const std::string message = Refusal(ErrorCode::kInvalidOptions);
  for (const char* part : {"breaks 5 rules",
                           "backbone.layout = \"caffe\": the store",
                           "backbone.input_size = 32: the store",
                           "pictures of 224 px",
                           "features of other weights: hash untrained-1",
                           "phase.size = 48: the store",
                           "gray images of 16 px",
                           "training.folds = 50"})
    EXPECT_NE(message.find(part), std::string::npos) << part << "\n" << message;
}

TEST_F(TrainingPlanTest, AStoreOfTwoBackbonesIsRefused) {
  const fs::path track = request_.store / "t1.safetensors";
  TensorFile file = ReadSafetensors(track);
  file.metadata["weights_hash"] = "untrained-2";
  WriteSafetensors(track, file);
  const std::string message = Refusal(ErrorCode::kBadData);
  EXPECT_NE(message.find("t1.safetensors: of another store: weights untrained-2"),
            std::string::npos)
      << message;
}

// As an earlier program wrote it: without store.toml, weights elsewhere.
TEST_F(TrainingPlanTest, AStoreWithoutItsWeightsIsRefusedUnlessTheyAreStated) {
  BackboneWeights weights = DrawBackboneWeights(BackboneLayout::kTorchvision, 2);
  const std::string path = (folder_ / "w.safetensors").string();
  WriteBackboneWeights(path, weights);
  weights = ReadBackboneWeights(path, std::nullopt);
  fs::remove(request_.store / "store.toml");
  for (const Trial& trial : request_.manifest.trials) {
    const fs::path track = request_.store / (trial.name + ".safetensors");
    TensorFile file = ReadSafetensors(track);
    file.metadata["weights_hash"] = weights.hash;
    file.metadata["schema"] = "1";
    WriteSafetensors(track, file);
  }
  const std::string message = Refusal(ErrorCode::kInvalidOptions);
  EXPECT_NE(message.find("lacks the weights of its backbone (hash " + weights.hash),
            std::string::npos)
      << message;
  request_.options.backbone.weights = path;
  const TrainingPlan plan = MakeTrainingPlan(request_);
  EXPECT_EQ(plan.options.backbone.weights, path);
  EXPECT_EQ(plan.options.backbone.input_size, 224);
  // A motion stream alone needs none.
  request_.options.backbone.weights.clear();
  request_.options.appearance.enabled = false;
  EXPECT_EQ(MakeTrainingPlan(request_).manifest.trials.size(), 6u);
}

}  // namespace
}  // namespace circumplex
