// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace circumplex {

/// [1/s] Stands in where a number of frames per second is needed and the source states none: widths
/// in seconds, files without time stamps. Crops and stores of an unknown rate have no times (NaN).
constexpr double kAssumedFrameRate = 30;

}  // namespace circumplex
