// SPDX-License-Identifier: Apache-2.0
#include "training/optimization.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/optim/optimizer.h>

#include <cmath>

namespace circumplex {
namespace {

// A parameter of one value after steps with the gradients given.
double After(const TrainingOptions& training, double start, const std::vector<double>& gradients) {
  at::Tensor value = at::full({1}, start, at::kDouble);
  value.requires_grad_(true);
  const auto optimizer = MakeOptimizer(training, {value});
  for (const double gradient : gradients) {
    value.mutable_grad() = at::full({1}, gradient, at::kDouble);
    optimizer->step();
  }
  return value.item<double>();
}

TEST(MakeOptimizer, SgdGathersMomentumAndDecaysWeights) {
  TrainingOptions training;
  training.lr = 0.1;
  training.momentum = 0;
  training.weight_decay = 0;
  EXPECT_NEAR(After(training, 2, {1, 3}), 2 - 0.1 * (1 + 3), 1e-12);
  // Velocity 1, then 0.5 * 1 + 3.
  training.momentum = 0.5;
  EXPECT_NEAR(After(training, 2, {1, 3}), 2 - 0.1 * (1 + 3.5), 1e-12);
  // The decay is part of the gradient: 1 + 0.2 * 2, then 3 + 0.2 * 1.86 on top of half of it.
  training.weight_decay = 0.2;
  EXPECT_NEAR(After(training, 2, {1}), 1.86, 1e-12);
  EXPECT_NEAR(After(training, 2, {1, 3}), 1.86 - 0.1 * (3 + 0.2 * 1.86 + 0.5 * 1.4), 1e-12);
}

TEST(MakeOptimizer, AdamWDecaysWeightsApartFromTheGradient) {
  TrainingOptions training;
  training.optimizer = OptimizerKind::kAdamW;
  training.lr = 0.1;
  training.weight_decay = 0.2;
  // The first step's moments, corrected for their start, are the gradient and its square.
  EXPECT_NEAR(After(training, 2, {5}), 2 * (1 - 0.1 * 0.2) - 0.1, 1e-8);
  training.weight_decay = 0;
  EXPECT_NEAR(After(training, 2, {5}), 2 - 0.1, 1e-8);
}

TEST(LearningRate, StepsAtTheEpochsNamed) {
  TrainingOptions training;
  training.lr = 2;
  training.schedule = ScheduleKind::kStep;
  training.lr_steps = {10, 20};
  const std::pair<double, double> expected[] = {{0, 2},
                                                {9, 2},
                                                {9.99, 2},
                                                {10, 0.2},
                                                {11, 0.2},
                                                {19, 0.2},
                                                {19.99, 0.2},
                                                {20, 0.02},
                                                {24, 0.02}};
  for (const auto& [epoch, lr] : expected)
    EXPECT_NEAR(LearningRate(training, epoch), lr, 1e-15) << epoch;
}

TEST(LearningRate, ConstantAndCosine) {
  TrainingOptions training;
  training.lr = 2;
  training.epochs = 8;
  training.lr_steps = {1};
  training.schedule = ScheduleKind::kConstant;
  EXPECT_EQ(LearningRate(training, 7), 2);
  training.schedule = ScheduleKind::kCosine;
  EXPECT_EQ(LearningRate(training, 0), 2);
  EXPECT_NEAR(LearningRate(training, 2), 1 + std::sqrt(0.5), 1e-12);
  EXPECT_NEAR(LearningRate(training, 4), 1, 1e-12);
  EXPECT_NEAR(LearningRate(training, 6), 1 - std::sqrt(0.5), 1e-12);
}

}  // namespace
}  // namespace circumplex
