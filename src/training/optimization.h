// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "circumplex/options.h"

namespace torch::optim {
class Optimizer;
}

namespace circumplex {

/// SGD with momentum or AdamW over `parameters`, as TrainingOptions say.
std::unique_ptr<torch::optim::Optimizer> MakeOptimizer(const TrainingOptions& training,
                                                       std::vector<at::Tensor> parameters);

/// Learning rate at `epoch` (zero-based; a fraction is a place inside the epoch).
///
///     constant  lr
///     step      lr * 0.1^(steps passed)
///     cosine    lr * (1 + cos(pi epoch / epochs)) / 2
double LearningRate(const TrainingOptions& training, double epoch);

}  // namespace circumplex
