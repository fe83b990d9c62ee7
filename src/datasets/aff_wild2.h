// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/manifest.h"

namespace circumplex {

/// Where the parts of a data set in the Aff-Wild2 layout are, if not in their usual places.
/// Empty = look there.
struct AffWild2Options {
  /// Folder that holds Train_Set | Training_Set and Validation_Set, or `<trial>.txt` files
  /// directly. Usual: `annotations/VA_Set`, `VA_Set`, `*annotations*/VA_Estimation_Challenge`,
  /// the root itself.
  std::filesystem::path annotations;
  /// Folders of `<trial>/00001.jpg`. Usual: every `cropped_aligned*` in the root.
  std::vector<std::filesystem::path> crops;
  /// Searched recursively for `<video>.<mp4|avi|...>`. Usual: `videos`, else `video`.
  std::vector<std::filesystem::path> videos;
  /// CSV with a column name, trial or file, a column split, and maybe person or subject. Overrides
  /// the split that the folders say. Usual: `splits.csv`, if it exists.
  std::filesystem::path splits;
  /// CSV with a column trial, name or file and a column person or subject. Usual: `persons.csv`,
  /// if it exists.
  std::filesystem::path persons;
  /// One trial per line, or a sample submission (`image_location,valence,arousal`), which fixes
  /// the rows. Usual: `va_test_set.txt`, `test_set_VA_Challenge.txt`, the list of ABAW3 and
  /// later in `names_of_videos_in_each_test_set`, or a sample file of ABAW5 and later, the
  /// first that exists.
  std::filesystem::path test_list;
};

/// Reads the folders, annotations and crop names of Aff-Wild2 (ABAW1 to ABAW10 editions) or of a
/// data set laid out like it (protocol: arXiv 2103.15792 and later editions). Nothing is decoded.
///
/// Identity: person from `persons`, then `splits`; else the trial name without its part (`-1`,
/// `_2`), because parts of one recording show the same person. `<video>_left` and `<video>_right`
/// share a video and are two persons. Recording: the name without part and side. Frame rate: the
/// nominal one of `<id>-<rate>-<width>x<height>` names, else 0.
///
/// Irregularities are data, not errors. Each becomes a Defect of a kind:
///   unannotated_rows, missing_crops, crops_beyond_rows, no_crops, no_crop_folder, bad_crop_names,
///   repeated_crops, two_crop_folders, crops_without_annotation, two_videos, no_split,
///   unknown_in_csv, empty_annotation
///
/// @return Trials in natural order; test trials have no annotation, and rows only if a sample
///         file fixes them.
/// @throws Error kNotFound: root or a named path is missing; kBadData: no annotations there (says
///         which places were tried), annotations of two editions, a trial in two splits or both
///         annotated and in the test list (editions must not be mixed: ten trials moved from train
///         to test after ABAW2, see EditionOf), a malformed file (file:line).
/// Cost O(annotation rows + crop files). Thread-safe.
Manifest ReadAffWild2(const std::filesystem::path& root, const AffWild2Options& options = {});

/// True if ReadAffWild2 would find annotations in a usual place. `flat_root` = text files directly
/// in the root count, too. @throws Error kNotFound.
bool HasAffWild2Annotations(const std::filesystem::path& root, bool flat_root = true);

/// What a trial name says by itself.
struct TrialName {
  std::string video;  ///< Without `_left` / `_right`.
  std::string
      recording;     ///< Video without its part (`-1`, `_2`): 10-60-1280x720-1 -> 10-60-1280x720.
  std::string side;  ///< "_left", "_right" or empty.
  double frame_rate = 0;  ///< [1/s], nominal; 0 = the name does not say.
};
TrialName ParseTrialName(const std::string& trial);

/// One entry of a test list.
struct TestTrial {
  std::string name;
  std::int64_t rows = 0;  ///< 0 = the list does not say.
};
/// @throws Error kNotFound, kBadData with file:line. Order of the file.
std::vector<TestTrial> ReadTestList(const std::filesystem::path& path);

}  // namespace circumplex
