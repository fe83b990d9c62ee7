// SPDX-License-Identifier: Apache-2.0
#include "core/output_names.h"

#include <map>

#include "circumplex/error.h"

namespace circumplex {

void RequireDistinctOutputs(const std::vector<PlannedOutput>& outputs) {
  std::map<std::filesystem::path, std::string> inputs;
  for (const PlannedOutput& planned : outputs) {
    const auto [it, added] = inputs.emplace(planned.output.lexically_normal(), planned.input);
    if (added) continue;
    throw Error(ErrorCode::kInvalidArgument,
                "two inputs would write '" + planned.output.string() + "': '" + it->second +
                    "' and '" + planned.input +
                    "'; rename one of them, or give each an output folder of its own");
  }
}

}  // namespace circumplex
