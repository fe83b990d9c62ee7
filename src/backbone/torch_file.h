// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/safetensors.h"

namespace circumplex {

/// Tensors of a file written by torch.save, without running anything in it: the zip container of
/// PyTorch 1.6 and later, or the sequence of pickles and raw storages before it.
///
/// Names are the dictionary keys, joined by dots where dictionaries are nested; entries of lists
/// and tuples count from 0. A top-level "state_dict", "model_state_dict" or "model" that is a
/// dictionary with tensors is taken alone (metadata "unwrapped" names it). Values that are no
/// tensors are left out. Elements are copied in C order whatever their strides; F64, F32, F16, I64
/// and U8 stay, and BFloat16 becomes F32, Int, Short and Char I64, Bool U8 (0 or 1): all exact.
/// Metadata: "container" = "torch-zip" or "torch-legacy".
///
/// @throws Error kBadModel as ReadPickle() and ZipReader; if a tensor reaches outside its storage
///         or a storage outside the file; if two tensors share a name; if the machine that wrote it
///         was big-endian; if the tensors need more than 8 times the file.
/// Cost: the file is held in memory once, the tensors once more. Thread safe.
TensorFile ParseTorchFile(const std::string& bytes, const std::string& source);

}  // namespace circumplex
