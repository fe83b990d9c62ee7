// SPDX-License-Identifier: Apache-2.0
#include "backbone/backbone_import.h"

#include <filesystem>
#include <map>
#include <set>

#include "backbone/pickle_reader.h"
#include "options/enum_names.h"

namespace circumplex {
namespace {

constexpr char kDagStem[] = "conv1_7x7_s2";
constexpr const char* kParts[] = {
    ".weight", ".bias", ".running_mean", ".running_var", ".num_batches_tracked"};

bool StartsWith(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

// Dag name of a convolution or batch norm -> state name.
std::map<std::string, std::string> DagLayers() {
  std::map<std::string, std::string> layers;
  const auto add = [&layers](const std::string& dag, const ConvLayer& layer) {
    layers[dag] = layer.conv;
    layers[dag + "_bn"] = layer.norm;
  };
  const ResNet50Layers net = MakeResNet50Layers(BackboneLayout::kCaffe);
  add(kDagStem, net.stem);
  for (const Bottleneck& block : net.blocks) {
    // "layer1.0" is Caffe's conv2_1: stages count from 2 behind the stem, blocks from 1.
    const std::size_t dot = block.name.find('.');
    const int stage = std::stoi(block.name.substr(5, dot - 5)) + 1,
              number = std::stoi(block.name.substr(dot + 1)) + 1;
    const std::string dag = "conv" + std::to_string(stage) + "_" + std::to_string(number) + "_";
    add(dag + "1x1_reduce", block.conv1);
    add(dag + "3x3", block.conv2);
    add(dag + "1x1_increase", block.conv3);
    if (block.downsample) add(dag + "1x1_proj", *block.downsample);
  }
  return layers;
}

// What stands before the names of the one ResNet-50 of a file.
std::string FindPrefix(const std::set<std::string>& names, const std::string& source) {
  const std::string stem = std::string(kDagStem) + ".weight", conv = "conv1.weight",
                    block = "layer1.0.conv1.weight";
  std::set<std::string> prefixes;
  if (names.count(conv) != 0) prefixes.insert("");
  for (const std::string& name : names) {
    for (const std::string& end : {stem, block}) {
      if (name.size() < end.size()) continue;
      const std::string prefix = name.substr(0, name.size() - end.size());
      if (name.substr(prefix.size()) != end || (!prefix.empty() && prefix.back() != '.')) continue;
      if (end == stem || names.count(prefix + conv) != 0) prefixes.insert(prefix);
    }
  }
  if (prefixes.size() == 1) return *prefixes.begin();
  std::string found;
  for (const std::string& part : prefixes.empty() ? names : prefixes) {
    if (found.size() > 80) break;
    found += "'" + Printable(part) + "', ";
  }
  if (!prefixes.empty()) {
    throw Error(ErrorCode::kBadModel,
                source + ": " + std::to_string(prefixes.size()) +
                    " networks with the names of ResNet-50, under the prefixes " + found +
                    "and which is meant is not known; save the tensors of one of them alone");
  }
  throw Error(ErrorCode::kBadModel,
              source + ": no ResNet-50 of a known naming: neither conv1.weight (torchvision) nor " +
                  kDagStem + ".weight (resnet50_*_dag), with or without a prefix, among its " +
                  std::to_string(names.size()) + " tensors (" + found +
                  "...); see `circumplex import FILE --list`");
}

}  // namespace

BackboneNames MatchBackboneNames(const TensorFile& file, const std::string& source) {
  std::set<std::string> present;
  for (const auto& entry : file.tensors) present.insert(entry.first);
  for (const auto& entry : file.unreadable) present.insert(entry.first);
  BackboneNames names;
  names.prefix = FindPrefix(present, source);
  const std::string& prefix = names.prefix;
  if (present.count(prefix + kDagStem + ".weight") != 0) names.naming = BackboneNaming::kDag;
  std::map<std::string, std::string> places;  // Name in the file -> state name.
  if (names.naming == BackboneNaming::kDag) {
    for (const auto& [dag, layer] : DagLayers()) {
      for (const char* part : kParts) places[dag + part] = layer + part;
    }
  } else {
    for (const auto& entry : ResNet50StateShapes()) places[entry.first] = entry.first;
  }
  const std::string classifier = names.naming == BackboneNaming::kDag ? "classifier." : "fc.";
  for (const std::string& full : present) {
    if (!StartsWith(full, prefix)) {
      names.ignored.push_back(full);
      continue;
    }
    const std::string name = full.substr(prefix.size());
    const std::string counter = ".num_batches_tracked";
    const bool counts = name.size() > counter.size() &&
                        name.compare(name.size() - counter.size(), counter.size(), counter) == 0;
    const auto place = places.find(name);
    if (counts || name == classifier + "weight" || name == classifier + "bias") {
      names.ignored.push_back(full);
    } else if (place != places.end()) {
      names.matched.emplace_back(full, place->second);
    } else {
      names.unmatched.push_back(full);
    }
  }
  return names;
}

BackboneImport ImportBackbone(TensorFile file,
                              std::optional<BackboneLayout> stated,
                              const std::string& source,
                              std::optional<int> input_size) {
  BackboneImport result;
  result.names = MatchBackboneNames(file, source);
  std::optional<BackboneLayout> known;
  std::string from;
  const auto metadata = file.metadata.find("layout");
  if (metadata != file.metadata.end()) {
    known = ParseEnum<BackboneLayout>(metadata->second);
    from = "the file's metadata";
  }
  if (result.names.naming == BackboneNaming::kDag) {
    if (known && *known != BackboneLayout::kCaffe) {
      throw Error(ErrorCode::kBadModel,
                  source + ": its metadata says layout torchvision, its names are those of a " +
                      "network converted from Caffe; one of them is wrong: fetch the file anew");
    }
    known = BackboneLayout::kCaffe;
    from = "the names in the file";
  }
  if (stated && known && *stated != *known) {
    throw Error(ErrorCode::kInvalidArgument,
                source + ": --layout " + LayoutName(*stated) + " contradicts " + from +
                    ", which say " + LayoutName(*known) + "; leave --layout out");
  }
  if (!stated && !known) {
    throw Error(
        ErrorCode::kInvalidArgument,
        source + ": the layout is not known. Names and shapes are the same for both, but the " +
            "networks differ: caffe has stride 2 in the first 1x1 convolution of a stage, an " +
            "unpadded first pool and an input of 0-255 minus the mean; torchvision has stride 2 " +
            "in the 3x3, a padded pool and an input of (0-1 minus mean) / spread. The wrong one " +
            "loads and gives wrong features. State it: --layout torchvision for weights trained " +
            "with torchvision's resnet50, --layout caffe for weights converted from Caffe " +
            "(VGGFace2, FER+)");
  }
  result.layout_source = stated ? "stated" : from;
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, state] : result.names.matched) {
    file.Get(name, source, ErrorCode::kBadModel);
    tensors.emplace(state, std::move(file.tensors.at(name)));
  }
  // Under their own names, so that they count as surplus and are listed.
  for (const std::string& name : result.names.unmatched) {
    file.Get(name, source, ErrorCode::kBadModel);
    tensors.emplace(name, std::move(file.tensors.at(name)));
  }
  result.weights = MakeBackboneWeights(stated ? *stated : *known, std::move(tensors), source);
  // A file of this project keeps what it says of itself.
  const auto origin = file.metadata.find("origin");
  result.weights.origin =
      origin != file.metadata.end()
          ? origin->second
          : "imported from " + std::filesystem::path(source).filename().string();
  const std::optional<int> own_size = StatedInputSize(file, source);
  if (input_size && own_size && *input_size != *own_size) {
    throw Error(ErrorCode::kInvalidArgument,
                source + ": --input-size " + std::to_string(*input_size) +
                    " contradicts the file's metadata, which say " + std::to_string(*own_size) +
                    "; leave --input-size out");
  }
  result.weights.input_size = input_size ? input_size : own_size;
  return result;
}

}  // namespace circumplex
