// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/manifest.h"
#include "labels/annotation_io.h"

namespace circumplex {

/// One clip of AFEW-VA.
struct AfewClip {
  std::string video_id, actor;  ///< As the file states them; empty if it does not.
  std::vector<VaLabel> labels;  ///< Row k is frame k (zero-based, image `%05d.png` of k).
};

/// Reads `<clip>.json`: `{"video_id","actor","frames":{"00000":{"valence":int,"arousal":int,...}}}`
/// with whole numbers from -10 to 10, which become a tenth. Rows go up to the last frame listed; a
/// frame that is not listed is not annotated. Landmarks are ignored.
/// @throws Error kNotFound; kBadData: damaged JSON (with the place), no `frames`, a frame's name
/// that is not a number, a value that is not a whole number from -10 to 10 (names the frame).
AfewClip ReadAfewClip(const std::filesystem::path& path);

/// Reads AFEW-VA (Kossaifi et al. 2017, Image and Vision Computing 65:23-36): clips
/// `<NN>/<clip>/<clip>.json` with frames `00000.png, 00001.png, ...` beside it.
///
/// The frames are whole pictures, not crops: `video_file` is their folder. Crops, if made, are
/// in `cropped_aligned*/<clip>/`, counted from 00001. Person: `persons.csv`, else the actor,
/// else the clip. No split is official: all trials have split none, or what `splits.csv` says.
/// No frame rate.
///
/// Defects: as ReadAffWild2, and frames_without_image, images_without_label, clip_without_json.
///
/// @return Trials in natural order with format kAfewJson.
/// @throws Error kNotFound; kBadData: no clip there, two clips of one name, a malformed file.
/// Cost O(rows + files). Thread-safe.
Manifest ReadAfewVa(const std::filesystem::path& root);

/// True if `root` holds `<NN>/<clip>/<clip>.json`.
bool HasAfewVa(const std::filesystem::path& root);

}  // namespace circumplex
