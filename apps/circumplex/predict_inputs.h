// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace circumplex::app {

enum class InputKind { kVideo, kCrops, kStore };

/// One thing to predict. For a store, `path` is the track's file and `trial` its name.
struct PredictInput {
  InputKind kind = InputKind::kVideo;
  std::filesystem::path path;
  std::string trial;
};

/// What each argument is: a video file, a feature file or store (*.safetensors), a folder of crops,
/// a folder of crop folders, or a folder of videos. @param trials  File that lists the trials to
/// keep; empty = all.
/// @throws Error kNotFound naming the argument and what was looked for.
std::vector<PredictInput> FindInputs(const std::vector<std::string>& arguments,
                                     const std::string& trials);

}  // namespace circumplex::app
