// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "circumplex/va_track.h"

namespace circumplex {

/// The face that a video is about, where one face per frame is wanted: the one seen in most frames,
/// whatever the detector's confidence, the lower id of two. The only rule there is, for crops,
/// tracks and submissions alike. Nothing without a face.
/// @param frames_of_face  Frames in which each face is seen, by id. Thread-safe.
std::optional<int> MainFaceId(const std::map<int, std::int64_t>& frames_of_face);

/// The same for the rows of a track: kOk and kLowConfidence rows show a face, others
/// hold its place.
std::optional<int> MainFaceId(const VaTrack& track);

}  // namespace circumplex
