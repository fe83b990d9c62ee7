// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// The phase section's part of RunOptions::Violations(), for code that is given that section alone.
std::vector<std::string> PhaseViolations(const PhaseOptions& options);

}  // namespace circumplex
