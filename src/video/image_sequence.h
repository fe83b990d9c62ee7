// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "core/media_names.h"

namespace circumplex {

/// The pictures of a folder as frames, by ascending frame, numbered as ListPictures() has it.
///
/// @return  Frames may be missing; none occurs twice. Empty if the folder holds no picture.
/// @throws Error kNotFound if `folder` is not a folder; kBadData naming the files if two have the
/// same number, some have none, or a number exceeds 10 000 000 (a date, not a frame).
/// Cost O(n log n); decodes nothing. Thread-safe.
std::vector<NumberedPicture> ListImageSequence(const std::filesystem::path& folder);

}  // namespace circumplex
