// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

namespace torch::nn {
class Module;
}

namespace circumplex {

/// Named tensors of a network: parameters and buffers.
using ModuleState = std::map<std::string, at::Tensor>;

/// Every parameter and buffer of `module` under its dotted state name, without the batch counters
/// (num_batches_tracked), which nothing here reads. The tensors share memory with the module.
ModuleState NamedState(const torch::nn::Module& module);

/// Number of trainable values.
std::int64_t CountParameters(const torch::nn::Module& module);

/// Copies `state` into `module`, converting the floating type and the device; batch counters in
/// `state` are ignored.
/// @param source  Named in messages: the file the state comes from.
/// @throws Error kBadModel listing every missing, unexpected, misshapen or non-finite tensor; the
///         module is then unchanged.
void LoadState(torch::nn::Module& module, const ModuleState& state, const std::string& source);

/// "[256, 2048]".
std::string ShapeText(const at::Tensor& tensor);

}  // namespace circumplex
