// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <vector>

#include "circumplex/options.h"

#include "network/appearance_stream/appearance_mlp.h"
#include "network/module_state.h"
#include "network/motion_stream/phase_net.h"

namespace circumplex {

/// fc -> ReLU -> bn -> dropout: state names fc, bn.
class FusionImpl : public torch::nn::Module {
 public:
  FusionImpl(std::int64_t inputs, std::int64_t outputs, double dropout_rate);
  at::Tensor forward(const at::Tensor& rows);  ///< [N, inputs] to [N, outputs].

  torch::nn::Linear fc;
  torch::nn::BatchNorm1d bn;
  torch::nn::Dropout dropout;
};
TORCH_MODULE(Fusion);

/// dropout -> fc, and batch norm last where asked for: state names fc, bn.
class HeadImpl : public torch::nn::Module {
 public:
  HeadImpl(std::int64_t inputs, std::int64_t outputs, double dropout_rate, bool batch_norm);
  at::Tensor forward(const at::Tensor& rows);  ///< [N, inputs] to [N, outputs].
  /// Output k from rows[k], all under one dropout mask; equal rows give forward().
  at::Tensor ForwardEach(const std::vector<at::Tensor>& rows);

  torch::nn::Dropout dropout;
  torch::nn::Linear fc;
  torch::nn::BatchNorm1d bn{nullptr};
};
TORCH_MODULE(Head);

/// The network of the paper's Fig. 2: two streams, fusion, GRU along time, one linear head.
///
///     appearance(pool5) | motion(phase) -> fusion.fc -> ReLU -> fusion.bn -> dropout -> GRU ->
///     dropout -> head.fc
///
/// Either stream may be off; fusion then takes the other alone. With both, the appearance features
/// come first. Batch norms take their statistics over all B * T rows, masked or not. Layer sizes
/// where the paper names none: MIMAMO-Net (Deng et al. 2020, AAAI 34(3):2621).
///
/// Recurrence::kBatch runs the GRU along B, as the released code does: a row's output then depends
/// on the other clips of the batch, and a video predicted alone has no recurrence at all.
///
/// Input letters: B clips, T rows per clip, C = PhaseOptions::Channels(), S = PhaseOptions::size,
/// N any number of rows. Inputs may be of any floating dtype and must be on the device of the
/// weights. State names: appearance.*, motion.*, fusion.fc, fusion.bn, gru.*, head.fc, head.bn.
/// Thread safety: none while training; concurrent forward passes are safe in eval mode.
class TwoStreamNetImpl : public torch::nn::Module {
 public:
  /// @throws Error kInvalidOptions if both streams are off or a size or rate is out of range.
  TwoStreamNetImpl(const AppearanceOptions& appearance,
                   const MotionOptions& motion,
                   const PhaseOptions& phase,
                   const RegressorOptions& regressor);

  /// @param pool5   [B, T, 2048], or undefined if the appearance stream is off.
  /// @param phase1  [B, T, C, S, S], or undefined if the motion stream is off.
  /// @param phase2  [B, T, C, S/2, S/2], or undefined if unused.
  /// @return        [B, T, NumTargets()]: valence, arousal (or the one of them), unbounded.
  /// @throws Error kInvalidArgument if an input is missing or misshapen, or if training mode meets
  ///         a single row (batch norm needs two).
  at::Tensor forward(const at::Tensor& pool5, const at::Tensor& phase1, const at::Tensor& phase2);

  // The parts of forward(), in order; forward = Outputs(Features), Features = Recur(Fused)
  // up to reshaping.

  /// All but the head, [B, T, 2 * hidden]: what the last layer sees, before its dropout. Inputs and
  /// errors as forward().
  at::Tensor Features(const at::Tensor& pool5, const at::Tensor& phase1, const at::Tensor& phase2);

  /// Streams and fusion, row by row: [N, 2048], [N, C, S, S], [N, C, S/2, S/2] to [N, fusion].
  /// In eval mode rows do not see each other, so a long video may be passed in parts.
  at::Tensor Fused(const at::Tensor& pool5, const at::Tensor& phase1, const at::Tensor& phase2);
  /// GRU: [B, T, fusion] to [B, T, 2 * hidden] (hidden if not bidirectional).
  at::Tensor Recur(const at::Tensor& fused);
  /// Head: [B, T, 2 * hidden] to [B, T, NumTargets()].
  at::Tensor Outputs(const at::Tensor& features);
  /// Head on features of their own for each target, NumTargets() tensors as Features(): output k is
  /// computed from features[k]. Equal tensors give Outputs().
  at::Tensor OutputsEach(const std::vector<at::Tensor>& features);

  bool uses_pool5() const { return !appearance.is_empty(); }
  bool uses_phase1() const { return !motion.is_empty(); }
  bool uses_phase2() const { return uses_phase1() && motion->uses_level2(); }

  AppearanceMlp appearance{nullptr};
  PhaseNet motion{nullptr};
  Fusion fusion{nullptr};
  torch::nn::GRU gru{nullptr};
  Head head{nullptr};

 private:
  /// Checks the three inputs against leading axes (B, T) or (N); returns those axes.
  std::vector<std::int64_t> CheckInputs(const at::Tensor& pool5,
                                        const at::Tensor& phase1,
                                        const at::Tensor& phase2,
                                        std::size_t leading) const;

  std::int64_t phase_channels_, phase_size_;
};
TORCH_MODULE(TwoStreamNet);

/// A network of the options' shape with untrained weights.
TwoStreamNet MakeNet(const RunOptions& options);

}  // namespace circumplex
