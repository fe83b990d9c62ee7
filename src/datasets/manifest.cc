// SPDX-License-Identifier: Apache-2.0
#include "datasets/manifest.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <set>

#include "core/csv.h"
#include "core/files.h"

namespace circumplex {
namespace {

const std::vector<std::string>& ManifestColumns() {
  static const std::vector<std::string> columns = {"name",
                                                   "video",
                                                   "person",
                                                   "split",
                                                   "annotation",
                                                   "crops",
                                                   "video_file",
                                                   "frame_rate",
                                                   "rows",
                                                   "annotated",
                                                   "crop_count",
                                                   "annotation_format",
                                                   "annotation_second",
                                                   "layout",
                                                   "root",
                                                   "recording"};
  return columns;
}

std::int64_t ParseCount(const std::string& text, const std::string& where) {
  const auto value = ParseInt(text);
  if (!value || *value < 0) {
    throw Error(ErrorCode::kBadData,
                where + ": '" + text + "' is not a count; write the manifest again");
  }
  return *value;
}

}  // namespace

const char* SplitName(Split split) {
  switch (split) {
    case Split::kTrain:
      return "train";
    case Split::kValidation:
      return "validation";
    case Split::kTest:
      return "test";
    case Split::kNone:
      return "none";
  }
  return "none";
}

Split ParseSplit(std::string_view text, const std::string& source) {
  std::string lower(Trim(text));
  std::transform(
      lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower == "train") return Split::kTrain;
  if (lower == "validation" || lower == "val" || lower == "dev") return Split::kValidation;
  if (lower == "test") return Split::kTest;
  if (lower == "none" || lower.empty()) return Split::kNone;
  throw Error(
      ErrorCode::kBadData,
      source + ": unknown split '" + std::string(text) + "'; use train, validation, test or none");
}

const char* AnnotationFormatName(AnnotationFormat format) {
  switch (format) {
    case AnnotationFormat::kVaPerFrame:
      return "va";
    case AnnotationFormat::kTwoFiles:
      return "two-files";
    case AnnotationFormat::kAfewJson:
      return "afew-json";
    case AnnotationFormat::kUtterance:
      return "utterance";
  }
  return "va";
}

AnnotationFormat ParseAnnotationFormat(std::string_view text, const std::string& source) {
  for (const AnnotationFormat format : {AnnotationFormat::kVaPerFrame,
                                        AnnotationFormat::kTwoFiles,
                                        AnnotationFormat::kAfewJson,
                                        AnnotationFormat::kUtterance}) {
    if (text == AnnotationFormatName(format)) return format;
  }
  throw Error(ErrorCode::kBadData,
              source + ": unknown annotation format '" + std::string(text) +
                  "'; use va, two-files, afew-json or utterance");
}

void WriteManifest(const std::filesystem::path& path, const Manifest& manifest) {
  CsvTable table;
  table.header = ManifestColumns();
  for (const Trial& trial : manifest.trials) {
    table.rows.push_back({trial.name,
                          trial.video,
                          trial.person,
                          SplitName(trial.split),
                          trial.annotation.string(),
                          trial.crops.string(),
                          trial.video_file.string(),
                          FormatShortest(trial.frame_rate),
                          std::to_string(trial.rows),
                          std::to_string(trial.annotated),
                          std::to_string(trial.crop_count),
                          AnnotationFormatName(trial.annotation_format),
                          trial.annotation_second.string(),
                          manifest.layout,
                          manifest.root.string(),
                          trial.recording});
  }
  WriteFileAtomically(path, FormatCsv(table));
}

Manifest ReadManifest(const std::filesystem::path& path) {
  const CsvTable table = ReadCsv(path);
  const std::string source = path.string();
  constexpr std::size_t kAbsent = SIZE_MAX;
  const bool has_format =
      std::count(table.header.begin(), table.header.end(), "annotation_format") > 0;
  const bool has_recording = std::count(table.header.begin(), table.header.end(), "recording") > 0;
  std::vector<std::size_t> column;
  for (const std::string& name : ManifestColumns()) {
    const bool optional =
        ((name == "annotation_format" || name == "annotation_second") && !has_format) ||
        (name == "recording" && !has_recording);
    column.push_back(optional ? kAbsent : table.Column(name, source));
  }

  Manifest manifest;
  std::set<std::string> names;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto field = [&](std::size_t k) -> const std::string& {
      return table.rows[i][column[k]];
    };
    const std::string where = source + ":" + std::to_string(i + 2);
    Trial trial;
    trial.name = field(0);
    if (trial.name.empty() || !names.insert(trial.name).second) {
      throw Error(ErrorCode::kBadData,
                  where + ": trial name '" + trial.name +
                      "' is empty or occurs twice; names must be unique");
    }
    trial.video = field(1);
    trial.person = field(2);
    trial.split = ParseSplit(field(3), where);
    trial.annotation = field(4);
    trial.crops = field(5);
    trial.video_file = field(6);
    const auto rate = ParseDouble(field(7));
    if (!rate || !(*rate >= 0)) {
      throw Error(ErrorCode::kBadData,
                  where + ": frame_rate '" + field(7) + "' is not a rate >= 0");
    }
    trial.frame_rate = *rate;
    trial.rows = ParseCount(field(8), where);
    trial.annotated = ParseCount(field(9), where);
    trial.crop_count = ParseCount(field(10), where);
    if (trial.annotated > trial.rows) {
      throw Error(ErrorCode::kBadData,
                  where + ": " + field(9) + " annotated rows of only " + field(8) + " rows");
    }
    if (has_format) {
      trial.annotation_format = ParseAnnotationFormat(field(11), where);
      trial.annotation_second = field(12);
      if (trial.annotation_format == AnnotationFormat::kTwoFiles &&
          trial.annotation_second.empty()) {
        throw Error(
            ErrorCode::kBadData,
            where + ": format two-files without annotation_second; write the manifest again");
      }
    }
    manifest.layout = field(13);
    manifest.root = field(14);
    if (has_recording) trial.recording = field(15);
    manifest.trials.push_back(std::move(trial));
  }
  return manifest;
}

void WriteDefects(const std::filesystem::path& path, const std::vector<Defect>& defects) {
  CsvTable table;
  table.header = {"trial", "kind", "detail", "action"};
  for (const Defect& defect : defects) {
    table.rows.push_back({defect.trial, defect.kind, defect.detail, defect.action});
  }
  WriteFileAtomically(path, FormatCsv(table));
}

}  // namespace circumplex
