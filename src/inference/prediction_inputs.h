// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace circumplex {

enum class InputKind { kVideo, kCrops, kStore };

/// One thing to predict. For a store, `path` is the track's file and `trial` its name.
struct PredictionInput {
  InputKind kind = InputKind::kVideo;
  std::filesystem::path path;
  std::string trial;
};

/// "camera:N" names a camera, N as in /dev/video<N>. Empty for another argument.
/// @throws Error kInvalidArgument if N is no number from 0 to 63.
std::optional<int> CameraIndex(const std::string& argument);

/// What each argument is: a video file, a feature track (*.safetensors), or a folder of one kind:
/// feature tracks, crops, folders of crops, or videos. Opens none of them.
/// @param trials  File that lists the trials to keep, one per line; empty = all.
/// @throws Error kNotFound naming the argument and what was looked for, or a listed trial without
///   an input; kInvalidArgument: a folder of several kinds (names an example of each), a camera.
std::vector<PredictionInput> FindPredictionInputs(const std::vector<std::string>& arguments,
                                                  const std::filesystem::path& trials);

}  // namespace circumplex
