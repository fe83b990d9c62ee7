// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/safetensors.h"

namespace circumplex {

/// Tensors of a safetensors file or of a file written by torch.save (zip or legacy). The content
/// decides, not the name. Metadata gains "container" = "safetensors", "torch-zip" or
/// "torch-legacy".
/// @throws Error kBadModel as ReadSafetensors() and ParseTorchFile().
TensorFile ReadAnyWeights(const std::filesystem::path& path);

/// CSV with the columns name, dtype, shape (4x3x7x7; a scalar's is empty) and sum, in name order.
/// The sum runs over float64 in C order, to compare a file with another reader's view of it.
std::string ListTensors(const TensorFile& file);

}  // namespace circumplex
