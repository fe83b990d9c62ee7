// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "circumplex/options.h"

#include "backbone/resnet50_weights.h"
#include "core/safetensors.h"

namespace circumplex {

/// How a file names the tensors of ResNet-50.
enum class BackboneNaming {
  kTorchvision,  ///< conv1.weight, layer1.0.bn1.running_mean, ...; this project's own files too.
  /// conv1_7x7_s2.weight, conv2_1_1x1_reduce_bn.running_mean, ...: resnet50_*_dag, converted from
  /// Caffe by MatConvNet (FER+, VGGFace2).
  kDag,
};

struct BackboneNames {
  BackboneNaming naming = BackboneNaming::kTorchvision;
  std::string prefix;  ///< Before each of the names, "" or e.g. "module."; dropped.
  std::vector<std::pair<std::string, std::string>> matched;  ///< Name in the file, state name.
  /// No part of pool5: classifier, batch counters, and whatever stands outside the prefix.
  std::vector<std::string> ignored;
  std::vector<std::string> unmatched;  ///< Neither: the file is not a plain ResNet-50.
};

struct BackboneImport {
  BackboneNames names;
  std::string layout_source;  ///< "stated", "the file's metadata" or "the names in the file".
  BackboneWeights weights;
};

/// Renames tensors to torchvision's resnet50 state names. What stands before the names of one whole
/// ResNet-50 is dropped: "module." (DataParallel), "_orig_mod." (torch.compile), "model."
/// (Lightning), "module.encoder." and so on. Dag names, s = 2..5, b from 1:
///   conv1_7x7_s2             -> conv1
///   conv{s}_{b}_1x1_reduce   -> layer{s-1}.{b-1}.conv1
///   conv{s}_{b}_3x3          -> layer{s-1}.{b-1}.conv2
///   conv{s}_{b}_1x1_increase -> layer{s-1}.{b-1}.conv3
///   conv{s}_1_1x1_proj       -> layer{s-1}.0.downsample.0
///   <name>_bn                -> the batch norm beside <name>
/// @param source  Named in errors.
/// @throws Error kBadModel if the file has neither conv1.weight nor conv1_7x7_s2.weight, or has
///         them under several prefixes.
BackboneNames MatchBackboneNames(const TensorFile& file, const std::string& source);

/// ResNet-50 weights from the tensors of any file. The layout comes from `stated`, from the
/// metadata "layout" that this project writes, or from dag names, which are caffe; torchvision's
/// names alone do not tell, because converted Caffe networks carry them too, with equal shapes.
/// @param input_size  [px] Side of the pictures that the weights were trained on, where the file
///                    does not state it.
/// @throws Error kInvalidArgument if no layout is known, or `stated` or `input_size` contradicts
///         the file; kBadModel as MatchBackboneNames() and MakeBackboneWeights() (missing,
///         misshapen, surplus tensors, values that are not finite).
BackboneImport ImportBackbone(TensorFile file,
                              std::optional<BackboneLayout> stated,
                              const std::string& source,
                              std::optional<int> input_size = std::nullopt);

}  // namespace circumplex
