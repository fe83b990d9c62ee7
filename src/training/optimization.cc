// SPDX-License-Identifier: Apache-2.0
#include "training/optimization.h"

#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include <cmath>
#include <utility>

namespace circumplex {

std::unique_ptr<torch::optim::Optimizer> MakeOptimizer(const TrainingOptions& training,
                                                       std::vector<at::Tensor> parameters) {
  if (training.optimizer == OptimizerKind::kAdamW) {
    return std::make_unique<torch::optim::AdamW>(
        std::move(parameters),
        torch::optim::AdamWOptions(training.lr).weight_decay(training.weight_decay));
  }
  return std::make_unique<torch::optim::SGD>(std::move(parameters),
                                             torch::optim::SGDOptions(training.lr)
                                                 .momentum(training.momentum)
                                                 .weight_decay(training.weight_decay));
}

double LearningRate(const TrainingOptions& training, double epoch) {
  switch (training.schedule) {
    case ScheduleKind::kConstant:
      return training.lr;
    case ScheduleKind::kCosine:
      return 0.5 * training.lr * (1 + std::cos(3.14159265358979323846 * epoch / training.epochs));
    case ScheduleKind::kStep:
      break;
  }
  double lr = training.lr;
  for (const int step : training.lr_steps) lr *= epoch >= step ? 0.1 : 1.0;
  return lr;
}

}  // namespace circumplex
