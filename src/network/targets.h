// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// Columns of a network's output by what it predicts: 0 valence, 1 arousal.
std::vector<int> TargetColumns(Targets targets);

/// Whether valence and arousal are among `targets`.
std::array<bool, 2> HasTargets(Targets targets);

/// RunOptions of one of a run's networks, which predicts `targets`.
RunOptions OptionsOfMember(RunOptions options, Targets targets);

}  // namespace circumplex
