// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "datasets/manifest.h"

namespace circumplex {

/// Reads a folder without any convention: each trial is a folder of crops `<trial>/00001.jpg` or a
/// video `<trial>.mp4`, and beside it, if labels exist, `<trial>.csv` or `<trial>.txt` with header
/// `valence,arousal` and one row per frame (-5,-5 = not annotated). `persons.csv` (trial,person)
/// and `splits.csv` (trial,split) in the root are read if they exist; without them every trial is
/// its own person and has split none.
///
/// Defects: missing_crops, crops_beyond_rows, unannotated_rows, annotation_without_media, no_crops.
///
/// @throws Error kNotFound: no folder; kBadData: no trial in it (says what was looked for), two
/// annotations for a
///   trial, a malformed file (file:line). Cost O(annotation rows + crop files). Thread-safe.
Manifest ReadPlainFolder(const std::filesystem::path& root);

}  // namespace circumplex
