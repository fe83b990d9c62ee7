// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "options/enum_names.h"

namespace circumplex {

/// "torchvision/224": layout and input size, what a feature track says of the network that made it.
inline std::string BackboneText(const BackboneOptions& options) {
  return EnumName(options.layout) + "/" + std::to_string(options.input_size);
}

}  // namespace circumplex
