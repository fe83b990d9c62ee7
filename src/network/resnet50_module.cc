// SPDX-License-Identifier: Apache-2.0
#include "network/resnet50_module.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <map>
#include <memory>
#include <utility>

#include "circumplex/error.h"

namespace circumplex {
namespace {

torch::nn::Conv2d Convolution(const ConvLayer& layer) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(layer.in_channels, layer.out_channels, layer.kernel)
          .stride(layer.stride)
          .padding(layer.padding)
          .bias(false));
}

torch::nn::BatchNorm2d Norm(const ConvLayer& layer) {
  return torch::nn::BatchNorm2d(torch::nn::BatchNormOptions(layer.out_channels).eps(kBatchNormEps));
}

/// A module that only gives its children a prefix.
class Folder : public torch::nn::Module {};

}  // namespace

BottleneckImpl::BottleneckImpl(const Bottleneck& layers)
    : conv1_(register_module("conv1", Convolution(layers.conv1))),
      conv2_(register_module("conv2", Convolution(layers.conv2))),
      conv3_(register_module("conv3", Convolution(layers.conv3))),
      bn1_(register_module("bn1", Norm(layers.conv1))),
      bn2_(register_module("bn2", Norm(layers.conv2))),
      bn3_(register_module("bn3", Norm(layers.conv3))) {
  if (!layers.downsample) return;
  const auto folder = register_module("downsample", std::make_shared<Folder>());
  downsample_conv_ = folder->register_module("0", Convolution(*layers.downsample));
  downsample_norm_ = folder->register_module("1", Norm(*layers.downsample));
}

at::Tensor BottleneckImpl::forward(const at::Tensor& x) {
  // Batch norm keeps its input for the backward pass, so its output is free to be overwritten.
  at::Tensor y = bn1_(conv1_(x)).relu_();
  y = bn2_(conv2_(y)).relu_();
  y = bn3_(conv3_(y));
  y += downsample_conv_.is_empty() ? x : downsample_norm_(downsample_conv_(x));
  return y.relu_();
}

ResNet50Impl::ResNet50Impl(BackboneLayout layout) : layers_(MakeResNet50Layers(layout)) {
  conv1_ = register_module("conv1", Convolution(layers_.stem));
  bn1_ = register_module("bn1", Norm(layers_.stem));
  std::shared_ptr<Folder> stage;
  std::string stage_name;
  for (const Bottleneck& block : layers_.blocks) {
    const std::size_t dot = block.name.find('.');
    if (block.name.substr(0, dot) != stage_name) {
      stage_name = block.name.substr(0, dot);
      stage = register_module(stage_name, std::make_shared<Folder>());
    }
    blocks_.push_back(stage->register_module(block.name.substr(dot + 1),
                                             std::make_shared<BottleneckImpl>(block)));
  }
}

void ResNet50Impl::LoadState(const BackboneWeights& weights) {
  if (weights.layout != layers_.layout) {
    throw Error(ErrorCode::kBadModel,
                std::string("the weights are of the layout '") + LayoutName(weights.layout) +
                    "', the network is '" + LayoutName(layers_.layout) +
                    "'; set backbone.layout to the weights' one");
  }
  c10::NoGradGuard no_grad;
  const auto parameters = named_parameters();
  const auto buffers = named_buffers();
  for (const auto& [name, shape] : ResNet50StateShapes()) {
    const auto found = weights.tensors.find(name);
    if (found == weights.tensors.end() || found->second.dtype != DType::kF32 ||
        found->second.shape != shape) {
      throw Error(ErrorCode::kBadModel,
                  "ResNet-50 weights: " + name + " is missing or has another shape or type");
    }
    const at::Tensor* own = parameters.find(name);
    if (own == nullptr) own = buffers.find(name);
    // from_blob asks for a mutable pointer; the copy only reads it.
    own->copy_(at::from_blob(const_cast<float*>(found->second.Data<float>()), shape, at::kFloat));
  }
}

BackboneWeights ResNet50Impl::State() const {
  const auto parameters = named_parameters();
  const auto buffers = named_buffers();
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, shape] : ResNet50StateShapes()) {
    const at::Tensor* own = parameters.find(name);
    if (own == nullptr) own = buffers.find(name);
    const at::Tensor plain = own->detach().to(at::kCPU, at::kFloat).contiguous();
    tensors.emplace(name, Tensor::From(DType::kF32, shape, plain.data_ptr<float>()));
  }
  return MakeBackboneWeights(layers_.layout, std::move(tensors), "of the network");
}

void ResNet50Impl::TrainFrom(int stage) {
  for (const auto& child : named_children()) {
    const bool is_stem = child.key().rfind("layer", 0) != 0;
    const int own = is_stem ? 0 : child.key().back() - '0';
    const bool trains = own >= stage;
    child.value()->train(trains);
    for (at::Tensor& parameter : child.value()->parameters()) parameter.set_requires_grad(trains);
  }
}

void ResNet50Impl::InitBatchNorm(const std::vector<at::Tensor>& batches) {
  c10::NoGradGuard no_grad;
  std::vector<torch::nn::BatchNorm2dImpl*> norms;
  for (const auto& module : modules(false)) {
    if (auto* norm = module->as<torch::nn::BatchNorm2d>()) norms.push_back(norm);
  }
  const auto momentum = norms.front()->options.momentum();
  train();
  for (std::size_t i = 0; i < batches.size(); ++i) {
    // A share of 1 / (i + 1) makes the running value the mean over the batches so far.
    for (auto* norm : norms) norm->options.momentum(1.0 / static_cast<double>(i + 1));
    forward(batches[i]);
  }
  for (auto* norm : norms) norm->options.momentum(momentum);
  eval();
}

at::Tensor ResNet50Impl::forward(const at::Tensor& images) { return Observe(images, Observer()); }

at::Tensor ResNet50Impl::Observe(const at::Tensor& images, const Observer& observer) {
  constexpr std::int64_t kSmallestSide = 32;
  if (!images.defined() || images.dim() != 4 || images.size(1) != 3 ||
      images.size(2) < kSmallestSide || images.size(3) < kSmallestSide) {
    throw Error(ErrorCode::kInvalidArgument,
                "ResNet-50 takes images [N, 3, H, W] of at least 32 x 32 pixels");
  }
  const auto observe = [&observer](const std::string& name, const at::Tensor& value) {
    if (observer) observer(name, value);
  };
  at::Tensor x = conv1_(images);
  observe("conv1", x);
  x = bn1_(x).relu_();
  observe("stem", x);
  x = at::max_pool2d(x, 3, 2, layers_.pool_padding, 1, layers_.pool_ceil_mode);
  observe("maxpool", x);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i]->forward(x);
    observe(layers_.blocks[i].name, x);
  }
  x = x.mean({2, 3});
  observe("pool5", x);
  return x;
}

at::Tensor NormalizeImages(const ResNet50Layers& layers, const std::vector<Image>& images) {
  if (images.empty()) throw Error(ErrorCode::kInvalidArgument, "no image was given");
  const std::int64_t height = images.front().height, width = images.front().width;
  at::Tensor input =
      at::empty({static_cast<std::int64_t>(images.size()), 3, height, width}, at::kFloat);
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (images[i].height != height || images[i].width != width) {
      throw Error(ErrorCode::kInvalidArgument,
                  "image " + std::to_string(i) + " is " + std::to_string(images[i].width) + " x " +
                      std::to_string(images[i].height) + ", the first is " + std::to_string(width) +
                      " x " + std::to_string(height) + "; resize them to one size");
    }
    NormalizeInput(layers,
                   images[i],
                   input.data_ptr<float>() + static_cast<std::int64_t>(i) * 3 * height * width);
  }
  return input;
}

}  // namespace circumplex
