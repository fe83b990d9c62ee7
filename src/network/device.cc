// SPDX-License-Identifier: Apache-2.0
#include "network/device.h"

#include <ATen/Context.h>

#include "circumplex/error.h"

namespace circumplex {

at::Device DeviceOf(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  if (name != "cuda")
    throw Error(ErrorCode::kInvalidArgument, "device '" + name + "': choose cpu or cuda");
  if (!at::globalContext().hasCUDA()) {
    throw Error(ErrorCode::kUnsupported,
                "device 'cuda': this LibTorch finds no CUDA GPU; use --device cpu, or build with a "
                "CUDA LibTorch (CMAKE_PREFIX_PATH)");
  }
  return at::kCUDA;
}

}  // namespace circumplex
