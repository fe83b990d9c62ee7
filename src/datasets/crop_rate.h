// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace circumplex {

/// Frames per second of a trial whose video is not at hand.
struct FrameRate {
  double value = 0;  ///< [1/s]; 0 = unknown.
  std::string from;  ///< Who says so: "option", "manifest", "tracks", "name"; empty = nobody.
};

/// The one rule for the frame rate of a folder of crops, `<out>/cropped_aligned/<trial>`: what the
/// caller states, else what the manifest states, else the times of the track that `circumplex
/// faces` wrote beside the crops, else the trial's name (Aff-Wild2: `2-25-320x240`), else unknown.
/// @param option    [1/s]; 0 = not stated.
/// @param manifest  [1/s]; 0 = not stated.
/// @throws Error kBadData if the track is damaged.
FrameRate FrameRateOfCrops(const std::filesystem::path& folder,
                           double option = 0,
                           double manifest = 0);

/// The track that `circumplex faces` wrote with these crops: `<out>/tracks/<trial>.csv`. Empty if
/// there is none: they come from elsewhere.
std::optional<std::filesystem::path> TrackOfCrops(const std::filesystem::path& folder);

}  // namespace circumplex
