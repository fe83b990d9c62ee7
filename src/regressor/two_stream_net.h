// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/pimpl.h>

#include "circumplex/options.h"
#include "streams/appearance_mlp.h"
#include "streams/phase_net.h"

namespace circumplex {

/// The network of the paper's Fig. 2: two streams, fusion, GRU along time, one linear head.
///
/// Input letters: B clips, T rows per clip, C = PhaseOptions::Channels(), S = PhaseOptions::size.
/// State names: appearance.*, motion.*, fusion.fc, fusion.bn, gru.*, head.fc, head.bn.
class TwoStreamNetImpl : public torch::nn::Module {
 public:
  /// @throws Error kInvalidOptions if both streams are off.
  TwoStreamNetImpl(
      const AppearanceOptions& appearance,
      const MotionOptions& motion,
      const PhaseOptions& phase,
      const RegressorOptions& regressor);

  /// @param pool5   [B, T, 2048], or undefined if the appearance stream is off.
  /// @param phase1  [B, T, C, S, S], or undefined if the motion stream is off.
  /// @param phase2  [B, T, C, S/2, S/2], or undefined if unused.
  /// @return        [B, T, NumTargets()]: valence, arousal (or the one of them), unbounded.
  torch::Tensor forward(const torch::Tensor& pool5, const torch::Tensor& phase1, const torch::Tensor& phase2);
};
TORCH_MODULE(TwoStreamNet);

}  // namespace circumplex
