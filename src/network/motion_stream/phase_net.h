// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "circumplex/options.h"

namespace circumplex {

/// conv1 3x3 -> bn1 -> ReLU -> conv2 3x3 stride 2 -> bn2 -> ReLU; both convolutions padded by
/// 1, with bias.
class PhaseBlockImpl : public torch::nn::Module {
 public:
  PhaseBlockImpl(std::int64_t in_channels, std::int64_t out_channels);

  /// @param images  [N, in_channels, H, W].
  /// @return        [N, out_channels, ceil(H/2), ceil(W/2)], >= 0.
  at::Tensor forward(const at::Tensor& images);

  torch::nn::Conv2d conv1, conv2;
  torch::nn::BatchNorm2d bn1, bn2;
};
TORCH_MODULE(PhaseBlock);

/// The motion stream: phase differences of one frame's snippet to one feature vector.
///
///     A kLevel1Block    level 1 -> block1 (c) -> mean                                    c pooled
///     B kBlockPerLevel  level 1 -> level1 (c) -> mean, level 2 -> level2 (c) -> mean    2c pooled
///     C kThreeBlocks    block1 (c), with level 2 -> block2 (2c) -> block3 (4c) -> mean  4c pooled
///
/// with c = MotionOptions::channels, mean over the image, channel dropout after blocks 2 and 3;
/// then fc1 -> ReLU -> bn1 -> dropout -> fc2 -> ReLU -> bn2 -> dropout.
///
/// Source: paper III-A ("only one convolutional-layer block") and its reference [11], MIMAMO-Net
/// (Deng et al. 2020, AAAI 34(3):2621), which is C. The paper does not say where the second pyramid
/// level joins a single block: the mean of a phase image is 0 by construction, so it cannot be
/// pooled without a convolution of its own (A leaves it out, B gives it one). With one level, B is
/// one block named level1; C needs both levels.
///
/// State names: block1..3 or level1, level2; fc1, bn1, fc2, bn2.
/// Thread safety: as AppearanceMlp.
class PhaseNetImpl : public torch::nn::Module {
 public:
  /// @throws Error kInvalidOptions if a size or rate is out of range, or C has one level.
  PhaseNetImpl(const MotionOptions& motion, const PhaseOptions& phase);

  /// @param phase1  [N, C, S, S], any floating dtype (converted to the weights').
  /// @param phase2  [N, C, S/2, S/2]; not looked at if uses_level2() is false.
  /// @return        [N, hidden].
  /// Cost per frame at S = 48, c = 64: A 53 M, B 66 M, C 196 M multiply-adds.
  at::Tensor forward(const at::Tensor& phase1, const at::Tensor& phase2);

  /// The two halves of forward(): the features before fc1, [N, pooled], and what
  /// follows, [N, hidden].
  at::Tensor Pooled(const at::Tensor& phase1, const at::Tensor& phase2);
  at::Tensor Encode(const at::Tensor& pooled);

  bool uses_level2() const { return uses_level2_; }

  /// Blocks in graph order: A {block1}, B {level1, level2}, C {block1, block2, block3}; the
  /// rest is empty.
  PhaseBlock block1{nullptr}, block2{nullptr}, block3{nullptr};
  torch::nn::Dropout2d block_dropout2, block_dropout3;
  torch::nn::Linear fc1{nullptr}, fc2{nullptr};
  torch::nn::BatchNorm1d bn1, bn2;
  torch::nn::Dropout dropout1, dropout2;

 private:
  MotionVariant variant_;
  bool uses_level2_ = false;
};
TORCH_MODULE(PhaseNet);

}  // namespace circumplex
