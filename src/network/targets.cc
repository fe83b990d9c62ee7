// SPDX-License-Identifier: Apache-2.0
#include "network/targets.h"

namespace circumplex {

std::vector<int> TargetColumns(Targets targets) {
  if (targets == Targets::kBoth) return {0, 1};
  return {targets == Targets::kValence ? 0 : 1};
}

std::array<bool, 2> HasTargets(Targets targets) {
  return {targets != Targets::kArousal, targets != Targets::kValence};
}

RunOptions OptionsOfMember(RunOptions options, Targets targets) {
  options.regressor.targets = targets;
  options.regressor.separate_models = false;
  return options;
}

}  // namespace circumplex
