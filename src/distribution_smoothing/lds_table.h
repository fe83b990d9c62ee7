// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "circumplex/options.h"

#include "core/csv.h"

namespace circumplex {

/// What LDS makes of a set of labels, as a table: columns `target,bin,label,count,base,smoothed,
/// weight`, a row per target and bin; with options.joint `cell,valence,arousal,count,base,smoothed,
/// weight`, a row per cell, labels at the cell's centre. LdsDensity says what the numbers are.
/// @param valence, arousal  Of the annotated frames, one of each per frame.
/// @throws Error as EstimateLdsDensity. Thread-safe.
CsvTable LdsTable(const std::vector<double>& valence,
                  const std::vector<double>& arousal,
                  const LdsOptions& options);

}  // namespace circumplex
