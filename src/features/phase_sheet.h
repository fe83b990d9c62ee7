// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "circumplex/options.h"

#include "core/image.h"

namespace circumplex {

/// Phase images of one snippet as a picture: a row per level and orientation, a column per
/// difference; blue for negative, red for positive, white for 0, full colour at the largest
/// magnitude of level 1.
/// @param level1, level2  As PhaseTrack::Snippet() writes them; level2 is empty if levels = 1.
Image PhaseSheet(const std::vector<float>& level1,
                 const std::vector<float>& level2,
                 const PhaseOptions& options);

/// Writes what the motion stream sees of a folder of crops: the sheet of one snippet if `out` is a
/// .png, else all snippets as safetensors, `frame` int64 (T), `phase1` float32 (T, C, S, S) and
/// `phase2` (T, C, S/2, S/2), written row by row.
/// @param frame  One-based frame of the sheet; 0 = the middle one.
/// @return       T, the frames that have a crop.
/// @throws Error kInvalidArgument: no crop of that frame, or no crop at all; kBadData, kNotFound;
/// kIo.
std::int64_t WritePhaseImages(const std::filesystem::path& crops,
                              const PhaseOptions& options,
                              std::int64_t frame,
                              const std::filesystem::path& out);

}  // namespace circumplex
