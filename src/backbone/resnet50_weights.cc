// SPDX-License-Identifier: Apache-2.0
#include "backbone/resnet50_weights.h"

#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "core/csv.h"
#include "core/files.h"
#include "core/rng.h"
#include "options/enum_names.h"

namespace circumplex {
namespace {

constexpr std::size_t kMaxListed = 8;
// Spread of a face crop's channel in grey levels: what torchvision's input scaling divides out.
constexpr double kCaffeInputSpread = 57.375;

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool Ignored(const std::string& name) {
  return name == "fc.weight" || name == "fc.bias" || EndsWith(name, ".num_batches_tracked");
}

std::string ShapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

std::string ListText(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size() && i < kMaxListed; ++i)
    text += (i > 0 ? ", " : "") + items[i];
  if (items.size() > kMaxListed)
    text += " and " + std::to_string(items.size() - kMaxListed) + " more";
  return text;
}

[[noreturn]] void Refuse(const std::string& source, const std::string& why) {
  throw Error(ErrorCode::kBadModel, "ResNet-50 weights " + source + ": " + why);
}

// The layout that the file states, which must be `wanted` where that is given.
BackboneLayout StatedLayout(const TensorFile& file,
                            const std::string& source,
                            std::optional<BackboneLayout> wanted) {
  const auto found = file.metadata.find("layout");
  if (found == file.metadata.end()) {
    Refuse(source,
           "no \"layout\" in its metadata; the torchvision and caffe networks share all names and "
           "shapes and give different features. Write the file with `circumplex import`, or add "
           "metadata layout = \"torchvision\" or \"caffe\"");
  }
  const std::optional<BackboneLayout> layout = ParseEnum<BackboneLayout>(found->second);
  if (!layout || (wanted && *wanted != *layout)) {
    Refuse(source,
           "made for layout \"" + found->second + "\", but backbone.layout is \"" +
               (wanted ? LayoutName(*wanted) : "auto") +
               "\"; set backbone.layout to the file's layout or choose another file");
  }
  return *layout;
}

Tensor ToFloat32(const Tensor& tensor) {
  const auto count = static_cast<std::size_t>(tensor.NumElements());
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = tensor.dtype == DType::kF16 ? HalfToFloat(tensor.Data<std::uint16_t>()[i])
                                            : static_cast<float>(tensor.Data<double>()[i]);
  }
  return Tensor::From(DType::kF32, tensor.shape, values.data());
}

std::string Fingerprint(const BackboneWeights& weights) {
  std::uint64_t state = Fnv1a64(LayoutName(weights.layout));
  for (const auto& [name, tensor] : weights.tensors) {
    state = Fnv1a64(name, state);
    state = Fnv1a64(std::string(tensor.bytes.begin(), tensor.bytes.end()), state);
  }
  return Hex64(state);
}

}  // namespace

std::optional<int> StatedInputSize(const TensorFile& file, const std::string& source) {
  const auto found = file.metadata.find("input_size");
  if (found == file.metadata.end()) return std::nullopt;
  constexpr std::int64_t kSmallest = 32, kLargest = 4096;
  const auto side = ParseInt(found->second);
  if (!side || *side < kSmallest || *side > kLargest) {
    Refuse(source,
           "its metadata says input_size \"" + found->second +
               "\"; it must be a whole number from " + std::to_string(kSmallest) + " to " +
               std::to_string(kLargest) + ". Write the file anew");
  }
  return static_cast<int>(*side);
}

BackboneOptions SettleBackbone(const BackboneOptions& options) {
  BackboneOptions settled = options;
  if (!options.weights.empty()) {
    const TensorFile file = ReadSafetensorsPart(options.weights, {}, ErrorCode::kBadModel);
    settled.layout = StatedLayout(file, options.weights, options.layout);
    const std::optional<int> stated = StatedInputSize(file, options.weights);
    if (stated && !options.input_size) settled.input_size = stated;
  }
  settled.layout = settled.Layout();
  settled.input_size = settled.InputSize();
  return settled;
}

BackboneWeights LoadBackboneWeights(const BackboneOptions& options) {
  return options.weights.empty() ? DrawBackboneWeights(options.Layout(), options.seed)
                                 : ReadBackboneWeights(options.weights, options.layout);
}

BackboneWeights DrawBackboneWeights(BackboneLayout layout, std::uint64_t seed) {
  BackboneWeights weights;
  weights.layout = layout;
  weights.hash = "untrained-" + std::to_string(seed);
  weights.origin = "untrained, drawn from seed " + std::to_string(seed);
  for (const auto& [name, shape] : ResNet50StateShapes()) {
    std::size_t count = 1;
    for (const std::int64_t axis : shape) count *= static_cast<std::size_t>(axis);
    std::vector<float> values(count, 0.0f);
    if (shape.size() == 4) {
      Rng rng(seed, name);
      double spread = std::sqrt(2.0 / static_cast<double>(shape[1] * shape[2] * shape[3]));
      if (layout == BackboneLayout::kCaffe && name == "conv1.weight") spread /= kCaffeInputSpread;
      for (float& value : values) value = static_cast<float>(spread * rng.Normal());
    } else if (EndsWith(name, ".running_var")) {
      values.assign(count, 1.0f);
    } else if (EndsWith(name, ".weight")) {
      const bool before_sum =
          EndsWith(name, ".bn3.weight") || EndsWith(name, ".downsample.1.weight");
      values.assign(count, before_sum ? 0.5f : 1.0f);
    }
    weights.tensors.emplace(name, Tensor::From(DType::kF32, shape, values.data()));
  }
  return weights;
}

BackboneWeights ReadBackboneWeights(const std::filesystem::path& path,
                                    std::optional<BackboneLayout> wanted) {
  TensorFile file = ReadSafetensors(path, ErrorCode::kBadModel);
  const BackboneLayout layout = StatedLayout(file, path.string(), wanted);
  BackboneWeights weights = MakeBackboneWeights(layout, std::move(file.tensors), path.string());
  weights.origin = file.metadata["origin"];
  weights.input_size = StatedInputSize(file, path.string());
  return weights;
}

BackboneWeights MakeBackboneWeights(BackboneLayout layout,
                                    std::map<std::string, Tensor> tensors,
                                    const std::string& source) {
  BackboneWeights weights;
  weights.layout = layout;
  std::vector<std::string> missing, misshaped, unknown;
  std::set<std::string> expected;
  for (const auto& [name, shape] : ResNet50StateShapes()) {
    expected.insert(name);
    const auto found = tensors.find(name);
    if (found == tensors.end()) {
      missing.push_back(name);
    } else if (found->second.shape != shape) {
      misshaped.push_back(name + " is " + ShapeText(found->second.shape) + ", not " +
                          ShapeText(shape));
    }
  }
  for (const auto& entry : tensors) {
    if (expected.count(entry.first) == 0 && !Ignored(entry.first)) unknown.push_back(entry.first);
  }
  std::string defects;
  const auto add = [&defects](const char* what, const std::vector<std::string>& items) {
    if (!items.empty()) {
      defects += (defects.empty() ? "" : "; ") + std::to_string(items.size()) + " " + what + ": " +
                 ListText(items);
    }
  };
  add("tensors missing", missing);
  add("of another shape", misshaped);
  // A deeper ResNet holds all of ResNet-50's names and shapes; only its surplus tells them apart.
  add("not of ResNet-50", unknown);
  if (!defects.empty()) {
    Refuse(source,
           defects +
               ". Expected torchvision's resnet50 state names, 265 tensors without the classifier");
  }
  for (const std::string& name : expected) {
    Tensor& tensor = tensors.at(name);
    if (tensor.dtype == DType::kF16 || tensor.dtype == DType::kF64) tensor = ToFloat32(tensor);
    if (tensor.dtype != DType::kF32) {
      Refuse(source, name + " has type " + DTypeName(tensor.dtype) + "; need F32, F16 or F64");
    }
    const bool variance = EndsWith(name, ".running_var");
    const float* values = tensor.Data<float>();
    for (std::int64_t i = 0; i < tensor.NumElements(); ++i) {
      if (!std::isfinite(values[i]) || (variance && values[i] < 0)) {
        Refuse(source,
               name + " holds " + std::to_string(values[i]) + " at element " + std::to_string(i) +
                   (variance ? "; variances are finite and not negative" : "; weights are finite") +
                   ". The file is damaged or its training diverged");
      }
    }
    weights.tensors.emplace(name, std::move(tensor));
  }
  weights.hash = Fingerprint(weights);
  return weights;
}

void WriteBackboneWeights(const std::filesystem::path& path, const BackboneWeights& weights) {
  TensorFile file;
  file.tensors = weights.tensors;
  file.metadata["format"] = "pt";
  file.metadata["layout"] = LayoutName(weights.layout);
  if (!weights.origin.empty()) file.metadata["origin"] = weights.origin;
  if (weights.input_size) file.metadata["input_size"] = std::to_string(*weights.input_size);
  WriteSafetensors(path, file);
}

void NormalizeInput(const ResNet50Layers& net, const Image& image, float* out) {
  if (image.channels != 3) {
    throw Error(
        ErrorCode::kInvalidArgument,
        "ResNet-50 input: an image of " + std::to_string(image.channels) + " channels; pass RGB");
  }
  std::array<std::array<float, 256>, 3> table;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t v = 0; v < 256; ++v) {
      table[c][v] = (static_cast<float>(v) / net.pixel_scale - net.mean[c]) / net.spread[c];
    }
  }
  const auto count = static_cast<std::size_t>(image.height) * image.width;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t c = 0; c < 3; ++c) out[c * count + i] = table[c][image.pixels[3 * i + c]];
  }
}

}  // namespace circumplex
