// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "circumplex/options.h"

#include "network/appearance_stream/appearance_mlp.h"
#include "network/resnet50_module.h"

namespace circumplex {

constexpr std::int64_t kStillExpressions = 8;  ///< Neutral to contempt, StillImage::expression.

/// The appearance network on single photographs: pool5 -> appearance MLP -> outputs, without the
/// motion stream and the GRU.
///
///     va = W_va mlp(pool5) + b_va       expression = W_e mlp(pool5) + b_e
///
/// Source: paper III-A and IV-A (AffectNet trains the appearance stream only); the expression
/// output is ours. State names: backbone.*, mlp.*, va.*, expression.*.
/// Thread safety: none while training; concurrent forward passes are safe in eval mode.
class StillNetImpl : public torch::nn::Module {
 public:
  explicit StillNetImpl(const RunOptions& options);

  struct Outputs {
    at::Tensor va;          ///< [N, 2]: valence, arousal; not limited to [-1, 1].
    at::Tensor expression;  ///< [N, 8] logits; undefined without that output.
  };
  /// @param pool5  [N, 2048].
  Outputs Heads(const at::Tensor& pool5);

  /// Trains what options.stills.tune says and freezes the rest (ResNet50Impl::TrainFrom).
  void TrainTuned(StillTune tune);

  ResNet50 backbone;
  AppearanceMlp mlp;
  torch::nn::Linear va, expression{nullptr};
};
TORCH_MODULE(StillNet);

}  // namespace circumplex
