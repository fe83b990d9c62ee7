// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

#include "core/safetensors.h"
#include "network/module_state.h"

namespace torch::optim {
class Optimizer;
}

namespace circumplex {

/// torch tensor -> container tensor: float16, float32, float64, int64 and uint8, any device, copied
/// in C order.
/// @throws Error kUnsupported for another dtype.
Tensor ToCoreTensor(const at::Tensor& tensor);

/// Container tensor -> torch tensor on the CPU, with memory of its own.
at::Tensor ToTorchTensor(const Tensor& tensor);

/// All tensors of a file as a state, and back. Equal states give files of equal bytes.
ModuleState ToModuleState(const TensorFile& file);
TensorFile ToTensorFile(const ModuleState& state,
                        const std::map<std::string, std::string>& metadata = {});

/// Writes a state, NamedState() of a module or a part of it, with `metadata`, atomically. float32
/// and float64 values are kept as they are.
/// @throws Error kIo.
void WriteCheckpoint(const std::filesystem::path& path,
                     const ModuleState& state,
                     const std::map<std::string, std::string>& metadata = {});

/// Reads a file into `module` (LoadState). @return its metadata.
/// @throws Error kBadModel if the file is missing, damaged or does not fit; the module
///         is then unchanged.
std::map<std::string, std::string> ReadCheckpoint(const std::filesystem::path& path,
                                                  torch::nn::Module& module);

/// What torch::optim::SGD (momentum buffers) or AdamW (moments and step) has gathered, by
/// parameter name: tensors <parameter>.momentum_buffer, or <parameter>.exp_avg, .exp_avg_sq and
/// .step. Learning rate and the other settings are not part of it: they follow from the
/// configuration. Loaded into a fresh optimiser of the same settings, training on the CPU goes on
/// to the same bytes.
/// @throws Error kUnsupported for another kind of optimiser or AMSGrad; kInternal if the optimiser
///         holds a parameter that `module` does not.
TensorFile SaveOptimizer(const torch::nn::Module& module, const torch::optim::Optimizer& optimizer);

/// Replaces the optimiser's state. @param source  Named in messages.
/// @throws Error kBadModel if the file belongs to another kind of optimiser, is incomplete, or
///         names or shapes do not fit; the optimiser is then unchanged.
void LoadOptimizer(const TensorFile& file,
                   const torch::nn::Module& module,
                   torch::optim::Optimizer& optimizer,
                   const std::string& source);

}  // namespace circumplex
