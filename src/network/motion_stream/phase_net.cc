// SPDX-License-Identifier: Apache-2.0
#include "network/motion_stream/phase_net.h"

#include <string>

#include "circumplex/error.h"

namespace circumplex {
namespace {

const MotionOptions& Checked(const MotionOptions& motion, const PhaseOptions& phase) {
  RequireValid(phase.Violations());
  RequireValid(motion.Violations(phase));
  return motion;
}

torch::nn::Conv2d Convolution(std::int64_t in_channels, std::int64_t out_channels, int stride) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(in_channels, out_channels, 3).stride(stride).padding(1));
}

at::Tensor SpatialMean(const at::Tensor& images) { return images.mean({2, 3}); }

}  // namespace

PhaseBlockImpl::PhaseBlockImpl(std::int64_t in_channels, std::int64_t out_channels)
    : conv1(Convolution(in_channels, out_channels, 1)),
      conv2(Convolution(out_channels, out_channels, 2)),
      bn1(out_channels),
      bn2(out_channels) {
  register_module("conv1", conv1);
  register_module("bn1", bn1);
  register_module("conv2", conv2);
  register_module("bn2", bn2);
}

at::Tensor PhaseBlockImpl::forward(const at::Tensor& images) {
  // Batch norm keeps its input for the backward pass, so its output is free to be overwritten.
  return bn2(conv2(bn1(conv1(images)).relu_())).relu_();
}

PhaseNetImpl::PhaseNetImpl(const MotionOptions& motion, const PhaseOptions& phase)
    : block_dropout2(Checked(motion, phase).block_dropout),
      block_dropout3(motion.block_dropout),
      bn1(motion.hidden),
      bn2(motion.hidden),
      dropout1(motion.dropout),
      dropout2(motion.dropout),
      variant_(motion.variant) {
  const std::int64_t inputs = phase.Channels();
  const std::int64_t channels = motion.channels;
  std::int64_t pooled = channels;
  switch (variant_) {
    case MotionVariant::kLevel1Block:
      block1 = register_module("block1", PhaseBlock(inputs, channels));
      break;
    case MotionVariant::kBlockPerLevel:
      block1 = register_module("level1", PhaseBlock(inputs, channels));
      if (phase.levels == 2) {
        block2 = register_module("level2", PhaseBlock(inputs, channels));
        uses_level2_ = true;
        pooled = 2 * channels;
      }
      break;
    case MotionVariant::kThreeBlocks:
      block1 = register_module("block1", PhaseBlock(inputs, channels));
      block2 = register_module("block2", PhaseBlock(channels + inputs, 2 * channels));
      register_module("block_dropout2", block_dropout2);
      block3 = register_module("block3", PhaseBlock(2 * channels, 4 * channels));
      register_module("block_dropout3", block_dropout3);
      uses_level2_ = true;
      pooled = 4 * channels;
      break;
  }
  fc1 = register_module("fc1", torch::nn::Linear(pooled, motion.hidden));
  register_module("bn1", bn1);
  register_module("dropout1", dropout1);
  fc2 = register_module("fc2", torch::nn::Linear(motion.hidden, motion.hidden));
  register_module("bn2", bn2);
  register_module("dropout2", dropout2);
}

at::Tensor PhaseNetImpl::Pooled(const at::Tensor& phase1, const at::Tensor& phase2) {
  const at::ScalarType type = fc1->weight.scalar_type();
  at::Tensor x = block1(phase1.to(type));
  if (variant_ == MotionVariant::kThreeBlocks) {
    x = block_dropout2(block2(at::cat({x, phase2.to(type)}, 1)));
    return SpatialMean(block_dropout3(block3(x)));
  }
  x = SpatialMean(x);
  return uses_level2_ ? at::cat({x, SpatialMean(block2(phase2.to(type)))}, 1) : x;
}

at::Tensor PhaseNetImpl::Encode(const at::Tensor& pooled) {
  const at::Tensor x = dropout1(bn1(fc1(pooled).relu()));
  return dropout2(bn2(fc2(x).relu()));
}

at::Tensor PhaseNetImpl::forward(const at::Tensor& phase1, const at::Tensor& phase2) {
  return Encode(Pooled(phase1, phase2));
}

}  // namespace circumplex
