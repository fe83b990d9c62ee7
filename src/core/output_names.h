// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace circumplex {

/// A file or folder that a batch is going to write, and the input it is made from.
struct PlannedOutput {
  std::string input;
  std::filesystem::path output;
};

/// Results are named after the stem of their input, so that a/talk.mp4 and b/talk.mkv would
/// meet in one talk.csv. To be called with all outputs of a batch before its first input is
/// opened; thread safe.
/// @throws Error kInvalidArgument naming the first output that has two inputs, and both of them.
void RequireDistinctOutputs(const std::vector<PlannedOutput>& outputs);

}  // namespace circumplex
