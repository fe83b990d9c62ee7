// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace circumplex {

enum class Split { kTrain, kValidation, kTest, kNone };
const char* SplitName(Split split);  ///< "train", "validation", "test", "none".
/// Also accepts "val", "dev" and an empty text (none), in any case. @throws Error
/// kBadData naming `source`.
Split ParseSplit(std::string_view text, const std::string& source);

/// How a trial's annotation is written; ReadTrialLabels reads all of them.
enum class AnnotationFormat {
  kVaPerFrame,  ///< One file: header `valence,arousal`, a row per frame (Aff-Wild2, plain folders).
  kTwoFiles,    ///< Valence in `annotation`, arousal in `annotation_second`, a number per line.
  kAfewJson,    ///< One JSON per clip, whole numbers from -10 to 10 (AFEW-VA).
  kUtterance,   ///< A row of a list of utterances: one label for all frames (OMG-Emotion).
};
/// "va", "two-files", "afew-json", "utterance".
const char* AnnotationFormatName(AnnotationFormat format);
/// @throws Error kBadData naming `source`.
AnnotationFormat ParseAnnotationFormat(std::string_view text, const std::string& source);

/// One trial: one annotated person in one video.
struct Trial {
  std::string name;    ///< e.g. "10-60-1280x720_right": file stem of the annotation.
  std::string video;   ///< Name of the video without a `_left` / `_right` suffix.
  std::string person;  ///< Who is seen; the video's name where nobody says.
  /// What the video is a part of: parts share place, light and people. Empty = the video is
  /// all of it.
  std::string recording;
  Split split = Split::kNone;
  std::filesystem::path annotation;  ///< Empty for test trials. Read it with ReadTrialLabels.
  AnnotationFormat annotation_format = AnnotationFormat::kVaPerFrame;
  std::filesystem::path annotation_second;  ///< Arousal file of kTwoFiles, else empty.
  std::filesystem::path crops;              ///< Folder of aligned crops, empty if absent.
  /// Video, or the folder of its frames as images (AFEW-VA); empty if absent.
  std::filesystem::path video_file;
  double frame_rate = 0;        ///< [1/s]; 0 = unknown.
  std::int64_t rows = 0;        ///< Annotation rows.
  std::int64_t annotated = 0;   ///< Rows that are not -5.
  std::int64_t crop_count = 0;  ///< Crops on disk.
};

/// Something irregular that was found and what was done about it.
struct Defect {
  std::string trial, kind, detail, action;
};

struct Manifest {
  std::string layout;  ///< Which reader made it, e.g. "aff-wild2".
  std::filesystem::path root;
  std::vector<Trial> trials;  ///< In natural order of their names.
  std::vector<Defect> defects;
  std::int64_t crops_left_out = 0;  ///< Crops in folders that belong to no trial.
};

/// `manifest.csv`: one row per trial, all fields of Trial, then layout and root. Atomic. Defects go
/// into their own file.
void WriteManifest(const std::filesystem::path& path, const Manifest& manifest);
/// Reads it back; `defects` and `crops_left_out` stay empty. A file without the columns
/// annotation_format and annotation_second has annotations of the first format only, one without
/// recording has whole recordings. @throws Error kNotFound, kBadData with file:line.
Manifest ReadManifest(const std::filesystem::path& path);
/// `defects.csv`: trial,kind,detail,action. Atomic.
void WriteDefects(const std::filesystem::path& path, const std::vector<Defect>& defects);

}  // namespace circumplex
