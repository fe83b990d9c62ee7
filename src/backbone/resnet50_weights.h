// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "backbone/resnet50_layers.h"
#include "core/image.h"
#include "core/safetensors.h"

namespace circumplex {

/// Weights of ResNet-50 without its classifier: the tensors of ResNet50StateShapes(), float32.
struct BackboneWeights {
  BackboneLayout layout = BackboneLayout::kTorchvision;
  std::map<std::string, Tensor> tensors;
  std::string
      hash;  ///< 16 hex digits over layout, names and values; "untrained-<seed>" for drawn weights.
  /// How they came to be, for people: "untrained, drawn from seed 1", "imported from FILE",
  /// "trained on still images (...)"; empty = the file does not say.
  std::string origin;
  /// [px] Side of the pictures they were trained on; empty = the file does not say.
  std::optional<int> input_size;
};

/// The settings with layout and input size filled in: as set, else as the file `options.weights`
/// states them in its metadata, else torchvision and 224. Reads no tensor.
/// @throws Error kBadModel if the file is absent, states no layout, or another one than is set.
BackboneOptions SettleBackbone(const BackboneOptions& options);

/// The weights of the file `options.weights`, which must be of `options.layout`; or weights drawn
/// from `options.seed` where no file is set.
/// @throws Error as ReadBackboneWeights.
BackboneWeights LoadBackboneWeights(const BackboneOptions& options);

/// Untrained weights: convolutions normal with spread sqrt(2 / fan_in) (He et al. 2015), batch norm
/// weight 1 but 0.5 where a residual sum follows (bn3, downsample.1), bias and mean 0, variance 1.
/// The caffe layout divides conv1 by the spread of its input, about 57 grey levels. One stream per
/// tensor name: the same on every machine. Cost about 1 s.
BackboneWeights DrawBackboneWeights(BackboneLayout layout, std::uint64_t seed);

/// The metadata "input_size" of a weight file; empty where it has none.
/// @param source  Named in errors.
/// @throws Error kBadModel if it is no whole number from 32 to 4096.
std::optional<int> StatedInputSize(const TensorFile& file, const std::string& source);

/// Reads a safetensors file with torchvision's state names. Its metadata must hold "layout" =
/// "torchvision" or "caffe", because the two share every name and shape; it may hold "input_size".
/// Classifier (fc.*) and
/// num_batches_tracked are ignored; F16 and F64 are converted to float32.
/// @throws Error kBadModel if the layout is absent or not `wanted` (empty: any); if tensors are
///         missing, unknown or wrongly shaped (lists them); if a value is not finite or a
///         variance is negative.
BackboneWeights ReadBackboneWeights(const std::filesystem::path& path,
                                    std::optional<BackboneLayout> wanted);

/// Checks, converts to float32, drops what is ignored and hashes: ReadBackboneWeights after the
/// container and its layout.
/// @param source  Named in errors.
BackboneWeights MakeBackboneWeights(BackboneLayout layout,
                                    std::map<std::string, Tensor> tensors,
                                    const std::string& source);

/// Writes a file that ReadBackboneWeights accepts, origin included. @throws Error kIo.
void WriteBackboneWeights(const std::filesystem::path& path, const BackboneWeights& weights);

/// Network input of one RGB image: (pixel / pixel_scale - mean) / spread in float32, planes
/// R, G, B.
/// @param out  3 * height * width values, (C, H, W).
/// @throws Error kInvalidArgument unless the image has 3 channels.
void NormalizeInput(const ResNet50Layers& net, const Image& image, float* out);

}  // namespace circumplex
