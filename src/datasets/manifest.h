// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace circumplex {

enum class Split { kTrain, kValidation, kTest, kNone };
const char* SplitName(Split split);  ///< "train", "validation", "test", "none".

/// One trial: one annotated person in one video.
struct Trial {
  std::string name;                    ///< e.g. "10-60-1280x720_right": file stem of the annotation.
  std::string video;                   ///< Name of the video without a `_left` / `_right` suffix.
  std::string person;                  ///< Who is seen; the video's name where nobody says.
  Split split = Split::kNone;
  std::filesystem::path annotation;    ///< Empty for test trials.
  std::filesystem::path crops;         ///< Folder of aligned crops, empty if absent.
  std::filesystem::path video_file;    ///< Empty if absent.
  double frame_rate = 0;               ///< [1/s]; 0 = unknown.
  std::int64_t rows = 0;               ///< Annotation rows.
  std::int64_t annotated = 0;          ///< Rows that are not -5.
  std::int64_t crop_count = 0;         ///< Crops on disk.
};

/// Something irregular that was found and what was done about it.
struct Defect {
  std::string trial, kind, detail, action;
};

struct Manifest {
  std::string layout;                 ///< Which reader made it, e.g. "aff-wild2".
  std::filesystem::path root;
  std::vector<Trial> trials;          ///< In natural order of their names.
  std::vector<Defect> defects;
};

/// `manifest.csv`: one row per trial, all fields of Trial. Atomic.
void WriteManifest(const std::filesystem::path& path, const Manifest& manifest);
/// @throws Error kNotFound, kBadData with file:line.
Manifest ReadManifest(const std::filesystem::path& path);
void WriteDefects(const std::filesystem::path& path, const std::vector<Defect>& defects);

}  // namespace circumplex
