// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace circumplex {

/// The device that a request names: "cpu", or "cuda" for the first CUDA GPU.
/// @throws Error kInvalidArgument for another name, kUnsupported for "cuda" if this LibTorch finds
///         no GPU. Thread-safe.
at::Device DeviceOf(const std::string& name);

}  // namespace circumplex
