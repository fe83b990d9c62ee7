// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "datasets/manifest.h"
#include "labels/annotation_io.h"

namespace circumplex {

/// Where the parts of Aff-Wild (v1) are, if not in their usual places. Empty = look there.
struct AffWildOptions {
  /// Folder that holds `{train,test}/{valence,arousal}/<id>.txt`. Usual: `annotations`, the root.
  std::filesystem::path annotations;
  /// Folders of `<id>/00001.jpg` or `<id>_aligned/frame_det_00_000001.bmp`. Usual: every
  /// `cropped_aligned*`, then `crops`, `processed` and `openface`.
  std::vector<std::filesystem::path> crops;
  /// Searched recursively for `<id>.<mp4|avi|...>`. Usual: `videos`, else `video`.
  std::vector<std::filesystem::path> videos;
  /// CSV with columns trial and person. Usual: `persons.csv`, if it exists. `splits.csv` in the
  /// root overrides the split that the folders say.
  std::filesystem::path persons;
};

/// Reads Aff-Wild, the CVPR 2017 challenge (arXiv 1702.04174 and 1804.10938): valence and arousal
/// in two files per video without header, one number per line, the first line being the first
/// frame. Nothing is decoded.
///
/// Split from the folder (train, test); a video of a `test` folder without annotation is a test
/// trial. The names are digits, and Aff-Wild2 contains the same videos under the same names: join
/// both with MergeManifests so that folds keep them together.
///
/// Box and landmark files `bboxes|bboxs/<split>/<id>/<frame>.pts` and `landmarks/...` are counted
/// only. Their numbers start at 0 if any video of the set has a file 0, else at 1.
///
/// Defects: as ReadAffWild2, and
///   unequal_annotations   one file is longer: both are cut to the shorter
///   annotation_unpaired   valence without arousal or the reverse: left out
///   missing_boxes, boxes_beyond_rows, missing_landmarks, landmarks_beyond_rows
///   video_without_annotation   left out
///
/// @return Trials in natural order with format kTwoFiles.
/// @throws Error kNotFound: root or a given path; kBadData: no annotations (says where it looked),
/// a video in two splits, a malformed file (file:line). Cost O(rows + files). Thread-safe.
Manifest ReadAffWild(const std::filesystem::path& root, const AffWildOptions& options = {});

/// Folder with `<split>/{valence,arousal}` in a usual place under `root`, or empty.
std::filesystem::path AffWildAnnotations(const std::filesystem::path& root);

/// Labels of one video.
struct AffWildLabels {
  std::vector<VaLabel> labels;  ///< As many as the shorter file has.
  std::size_t valence_rows = 0, arousal_rows = 0;
};

/// @throws Error kNotFound; kBadData with file:line: not a number, outside [-1, 1], -5 in one file
/// only (in both it means not annotated, as in Aff-Wild2).
AffWildLabels ReadAffWildLabels(const std::filesystem::path& valence,
                                const std::filesystem::path& arousal);

}  // namespace circumplex
