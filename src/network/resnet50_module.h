// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/pimpl.h>

#include <functional>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "backbone/resnet50_weights.h"
#include "core/image.h"

namespace circumplex {

/// One bottleneck of the layer table: state names conv1, bn1, conv2, bn2, conv3,
/// bn3, downsample.0, downsample.1.
class BottleneckImpl : public torch::nn::Module {
 public:
  explicit BottleneckImpl(const Bottleneck& layers);
  at::Tensor forward(const at::Tensor& x);

 private:
  torch::nn::Conv2d conv1_, conv2_, conv3_, downsample_conv_{nullptr};
  torch::nn::BatchNorm2d bn1_, bn2_, bn3_, downsample_norm_{nullptr};
};

/// ResNet-50 up to pool5 in LibTorch, for GPUs and fine-tuning; Pool5Extractor is the same network
/// for the CPU. Both are built from ResNet50Layers, state names are torchvision's, in both layouts.
///
/// Source: He et al. 2016, arXiv:1512.03385.
/// Thread safety: concurrent forward passes are safe in eval mode.
class ResNet50Impl : public torch::nn::Module {
 public:
  /// Weights are LibTorch's random ones until LoadState(). About 23.5 M parameters.
  explicit ResNet50Impl(BackboneLayout layout);

  /// Copies checked weights in, converted to the dtype and device of the module.
  /// @throws Error kBadModel if they are of the other layout, or a tensor is missing.
  void LoadState(const BackboneWeights& weights);

  /// The current weights, as LoadState() takes them: float32, checked, with their own hash
  /// and no origin.
  /// @throws Error kBadModel naming the tensor that is not finite: training has diverged.
  BackboneWeights State() const;

  /// Fine-tuning of the stages from `stage` on (0 = the stem and everything, 1 to
  /// 4 = layer1 to layer4, 5 = nothing): those train, the ones before are frozen:
  /// their parameters take no gradient, and their batch norms use and keep the
  /// stored statistics. Replaces train() and eval().
  void TrainFrom(int stage);

  /// Sets the statistics of every batch norm to those of `batches`, each normalised by its own
  /// statistics on the way (one pass, mean over the batches): what untrained weights lack. Leaves
  /// the network in eval mode.
  /// @param batches  As forward() takes them; two images or more each.
  void InitBatchNorm(const std::vector<at::Tensor>& batches);

  /// Called with the name and value of a stage: conv1, stem (after bn1 and ReLU), maxpool, layer1.0
  /// ... layer4.2, pool5.
  using Observer = std::function<void(const std::string& stage, const at::Tensor& value)>;

  /// @param images  [N, 3, H, W] from NormalizeImages(), any size from 32 on; dtype and device
  ///                of the weights.
  /// @return        [N, 2048], >= 0 in eval mode. Cost about 4 G multiply-adds per image of
  ///                224 x 224.
  /// @throws Error kInvalidArgument for another shape.
  at::Tensor forward(const at::Tensor& images);
  at::Tensor Observe(const at::Tensor& images, const Observer& observer);

  const ResNet50Layers& layers() const { return layers_; }

 private:
  ResNet50Layers layers_;
  torch::nn::Conv2d conv1_{nullptr};
  torch::nn::BatchNorm2d bn1_{nullptr};
  std::vector<std::shared_ptr<BottleneckImpl>> blocks_;
};
TORCH_MODULE(ResNet50);

/// Network input [N, 3, H, W] (float32, CPU) of RGB images of one size, by NormalizeInput().
/// @throws Error kInvalidArgument if there is none, sizes differ or an image is not RGB.
at::Tensor NormalizeImages(const ResNet50Layers& layers, const std::vector<Image>& images);

}  // namespace circumplex
