// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "circumplex/options.h"

#include "backbone/resnet50_layers.h"

namespace circumplex {

/// The appearance stream: an MLP that each frame's pool5 features pass on their own.
///
///     x -> (x - input_mean) * input_scale -> dropout -> fc1 -> bn1 -> ReLU -> dropout -> fc2 ->
///     bn2 -> ReLU
///
/// Source: paper III-A; layer sizes and order of MIMAMO-Net (Deng et al. 2020, AAAI 34(3):2621).
/// The standardisation is ours: pool5 values are >= 0, and each unit has a mean and a spread of its
/// own. Its two buffers exist only if AppearanceOptions::standardize is set, so
/// that plain weights keep their state names.
///
/// State names: input_mean, input_scale (2048), fc1, bn1, fc2, bn2.
/// Thread safety: none while training; concurrent forward passes are safe in eval mode.
class AppearanceMlpImpl : public torch::nn::Module {
 public:
  /// @throws Error kInvalidOptions if `hidden` or `dropout` is out of range.
  explicit AppearanceMlpImpl(const AppearanceOptions& options);

  /// Sets the standardisation from statistics of the training frames: mean and spread (population
  /// standard deviation), 2048 values each. A unit whose spread is below 1e-6 of the largest one
  /// gets scale 0: it never moved in training, so the MLP has no use for what it does later.
  /// @throws Error kInvalidArgument if options.standardize is off, or a tensor has another shape,
  ///         is negative (spread) or not finite.
  void SetStandardization(const at::Tensor& mean, const at::Tensor& spread);

  /// @param pool5  [N, 2048], any floating dtype (converted to the weights').
  /// @return       [N, hidden], >= 0. Cost about 2048 * hidden multiply-adds per row.
  at::Tensor forward(const at::Tensor& pool5);

  bool standardizes() const { return input_mean_.defined(); }

  torch::nn::Dropout dropout1, dropout2;
  torch::nn::Linear fc1, fc2;
  torch::nn::BatchNorm1d bn1, bn2;

 private:
  at::Tensor input_mean_, input_scale_;
};
TORCH_MODULE(AppearanceMlp);

}  // namespace circumplex
