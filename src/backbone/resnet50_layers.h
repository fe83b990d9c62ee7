// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// One bias-free convolution and the batch norm (eps kBatchNormEps) behind it; square
/// kernel, equal strides.
struct ConvLayer {
  std::string conv;  ///< State name of the convolution, e.g. "layer1.0.conv1".
  std::string norm;  ///< State name of the batch norm, e.g. "layer1.0.bn1".
  int in_channels, out_channels, kernel, stride, padding;
};

/// conv1 -> ReLU -> conv2 -> ReLU -> conv3, plus the input (through `downsample` if there is
/// one), -> ReLU.
struct Bottleneck {
  std::string name;  ///< "layer1.0".
  ConvLayer conv1, conv2, conv3;
  std::optional<ConvLayer> downsample;
};

/// ResNet-50 up to pool5 as one table, from which the oneDNN and the LibTorch form are both built.
///
/// stem -> ReLU -> max pool 3x3 stride 2 -> 16 bottlenecks -> global average over (H, W) = pool5,
/// 2048 values. Source: He et al. 2016, arXiv:1512.03385. State names are torchvision's in both
/// layouts; the tensors have equal shapes, so a file of the wrong layout loads and gives wrong
/// features: layouts are compared by name, not by shape.
struct ResNet50Layers {
  BackboneLayout layout;
  ConvLayer stem;
  int pool_padding;     ///< 1 (torchvision) or 0 (caffe).
  bool pool_ceil_mode;  ///< caffe: the last window may reach past the border.
  std::vector<Bottleneck> blocks;
  /// Network input = (pixel / pixel_scale - mean) / spread in float32, channels R, G, B.
  float pixel_scale;
  std::array<float, 3> mean, spread;
};

inline constexpr double kBatchNormEps = 1e-5;
/// Values of one pool5 feature: the global average pool of the last stage.
inline constexpr int kPool5Size = 2048;

inline const char* LayoutName(BackboneLayout layout) {
  return layout == BackboneLayout::kCaffe ? "caffe" : "torchvision";
}

inline ResNet50Layers MakeResNet50Layers(BackboneLayout layout) {
  const bool caffe = layout == BackboneLayout::kCaffe;
  ResNet50Layers net;
  net.layout = layout;
  net.stem = {"conv1", "bn1", 3, 64, 7, 2, 3};
  net.pool_padding = caffe ? 0 : 1;
  net.pool_ceil_mode = caffe;
  constexpr int kDepth[] = {3, 4, 6, 3};
  int channels = 64;
  for (int stage = 0; stage < 4; ++stage) {
    const int width = 64 << stage;
    for (int block = 0; block < kDepth[stage]; ++block) {
      const int stride = stage > 0 && block == 0 ? 2 : 1;
      const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(block);
      Bottleneck b;
      b.name = name;
      b.conv1 = {name + ".conv1", name + ".bn1", channels, width, 1, caffe ? stride : 1, 0};
      b.conv2 = {name + ".conv2", name + ".bn2", width, width, 3, caffe ? 1 : stride, 1};
      b.conv3 = {name + ".conv3", name + ".bn3", width, 4 * width, 1, 1, 0};
      if (block == 0) {
        b.downsample = ConvLayer{
            name + ".downsample.0", name + ".downsample.1", channels, 4 * width, 1, stride, 0};
      }
      channels = 4 * width;
      net.blocks.push_back(std::move(b));
    }
  }
  net.pixel_scale = caffe ? 1.0f : 255.0f;
  net.mean = caffe ? std::array<float, 3>{131.0912f, 103.8827f, 91.4953f}
                   : std::array<float, 3>{0.485f, 0.456f, 0.406f};
  net.spread =
      caffe ? std::array<float, 3>{1.0f, 1.0f, 1.0f} : std::array<float, 3>{0.229f, 0.224f, 0.225f};
  return net;
}

/// All 53 convolutions in the order of the network; within a block conv1, conv2, conv3, downsample.
inline std::vector<ConvLayer> ConvLayers(const ResNet50Layers& net) {
  std::vector<ConvLayer> layers = {net.stem};
  for (const Bottleneck& block : net.blocks) {
    layers.insert(layers.end(), {block.conv1, block.conv2, block.conv3});
    if (block.downsample) layers.push_back(*block.downsample);
  }
  return layers;
}

/// Output side of a convolution over an input of side `in`.
inline int ConvOutput(int in, const ConvLayer& layer) {
  return (in + 2 * layer.padding - layer.kernel) / layer.stride + 1;
}

/// Output side of the first pool over an input of side `in`: 3x3, stride 2. In ceil mode a last
/// window that starts inside the input counts.
inline int PoolOutput(int in, const ResNet50Layers& net) {
  const int span = in + 2 * net.pool_padding - 3;
  int out = (net.pool_ceil_mode ? (span + 1) / 2 : span / 2) + 1;
  if (net.pool_ceil_mode && (out - 1) * 2 >= in + net.pool_padding) --out;
  return out;
}

/// State names and shapes of every tensor a weight file must hold, in network order: convolution
/// weights (O, I, H, W) and batch norm weight, bias, running_mean, running_var (O). 265 tensors,
/// equal for both layouts.
inline std::vector<std::pair<std::string, std::vector<std::int64_t>>> ResNet50StateShapes() {
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes;
  for (const ConvLayer& layer : ConvLayers(MakeResNet50Layers(BackboneLayout::kTorchvision))) {
    shapes.push_back({layer.conv + ".weight",
                      {layer.out_channels, layer.in_channels, layer.kernel, layer.kernel}});
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
      shapes.push_back({layer.norm + part, {layer.out_channels}});
    }
  }
  return shapes;
}

}  // namespace circumplex
