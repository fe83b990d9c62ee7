// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "circumplex/va_track.h"

namespace circumplex {

/// One row of a track as a JSON object on one line, for programs that read a stream:
///
///     {"frame":1,"face_id":0,"timestamp":0.0333,"confidence":0.98,"success":true,"valence":0.1,
///      "arousal":0.2,"filled":false,"box":[10,20,80,80]}
///
/// Fields, units and decimals are those of the track CSV (FormatTrackRow()); NaN is null. Ends in a
/// line feed. Thread-safe.
std::string FormatTrackJsonLine(const VaFrame& frame);

}  // namespace circumplex
