// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "run/run_contents.h"

namespace circumplex {

/// One HTML page that opens from disk: styles, data and Chart.js are inside it, nothing is fetched
/// (its content security policy forbids it). Tables and static plots show without JavaScript; light
/// and dark scheme. The run's own scores come first, then what they are compared with; what the run
/// does not hold is left out. All text is escaped. Equal contents give equal bytes.
/// @throws Error kInvalidArgument if the lengths inside a track or a density differ (names it).
/// Cost: 200 kB for the chart library, plus about 40 bytes per track frame.
std::string RenderHtml(const RunContents& run);

}  // namespace circumplex
