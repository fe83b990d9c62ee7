// SPDX-License-Identifier: Apache-2.0
#include "predictions/prediction_io.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/text_fields.h"
#include "labels/challenge_format.h"
#include "predictions/main_face.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

constexpr char kTrackHeader[] =
    "frame,face_id,timestamp,confidence,success,valence,arousal,filled,x,y,width,height";
constexpr int kDecimals = 4;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

[[noreturn]] void Bad(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kBadData, where + what);
}

double RequireFinite(std::string_view field, const std::string& name, const std::string& where) {
  const auto value = ParseDouble(field);
  if (!value || !std::isfinite(*value) || std::abs(*value) > std::numeric_limits<float>::max()) {
    Bad(where, name + " " + Quoted(field) + " must be a finite number");
  }
  return *value;
}

double RequireFiniteOrEmpty(std::string_view field,
                            const std::string& name,
                            const std::string& where) {
  return field.empty() ? kNaN : RequireFinite(field, name, where);
}

std::int64_t RequireInteger(std::string_view field,
                            const std::string& name,
                            std::int64_t low,
                            std::int64_t high,
                            const std::string& where) {
  const auto value = ParseInt(field);
  if (!value || *value < low || *value > high) {
    Bad(where,
        name + " " + Quoted(field) + " must be a whole number from " + std::to_string(low) +
            " to " + std::to_string(high));
  }
  return *value;
}

std::vector<std::string_view> RequireFields(std::string_view line,
                                            std::size_t count,
                                            const std::string& where) {
  std::vector<std::string_view> fields = SplitFields(line);
  if (fields.size() != count) {
    Bad(where,
        std::to_string(fields.size()) + " fields in " + Quoted(line) + " where the header has " +
            std::to_string(count));
  }
  return fields;
}

// A target that is not predicted is an empty field.
std::string FormatPair(const TrialPrediction& prediction,
                       std::size_t frame,
                       const std::array<bool, 2>& predicts) {
  const Va& value = prediction.values[frame];
  for (std::size_t k = 0; k < 2; ++k) {
    if (std::isfinite(value[k]) || (!predicts[k] && std::isnan(value[k]))) continue;
    throw Error(ErrorCode::kInvalidArgument,
                "prediction of '" + prediction.trial + "': frame " + std::to_string(frame + 1) +
                    " is (" + FormatShortest(value.valence) + ", " + FormatShortest(value.arousal) +
                    "); challenge files have a value in every row, fill missing frames first");
  }
  return FormatFixed(value.valence, kDecimals) + "," + FormatFixed(value.arousal, kDecimals) + "\n";
}

SampleRow RequireSampleRow(std::string_view text, const std::string& where) {
  const auto location = ParseImageLocation(text);
  if (!location) Bad(where, ImageLocationDefect(text));
  return {std::string(text), location->trial, location->frame};
}

std::vector<PredictedFrame> ParseTrialPrediction(const std::vector<std::string_view>& lines,
                                                 const std::string& source) {
  std::vector<PredictedFrame> frames;
  std::array<bool, 2> absent{};
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string where = At(source, i + 1);
    const auto fields = RequireFields(lines[i], 2, where);
    // A column is empty as a whole or nowhere.
    if (i == 1 && fields[0].empty() != fields[1].empty())
      absent = {fields[0].empty(), fields[1].empty()};
    Va value{kNaN, kNaN};
    for (std::size_t k = 0; k < 2; ++k) {
      if (!absent[k] || !fields[k].empty())
        value[k] = RequireFinite(fields[k], k == 0 ? "valence" : "arousal", where);
      if (absent[k] && !fields[k].empty()) {
        Bad(where,
            std::string(k == 0 ? "valence " : "arousal ") + Quoted(fields[k]) +
                " in a column that is empty above; give it in every row or in none");
      }
    }
    frames.push_back({value, true});
  }
  return frames;
}

PredictionMap ParseSingleFile(const std::vector<std::string_view>& lines,
                              const std::string& source) {
  // A single file lists every frame, so the frames of all trials cannot be much more than its rows;
  // without this, a few rows with large numbers would make it allocate gigabytes.
  const std::int64_t allowed = 1000 + 20 * static_cast<std::int64_t>(lines.size());
  std::int64_t allocated = 0;
  PredictionMap predictions;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string where = At(source, i + 1);
    const auto fields = RequireFields(lines[i], 3, where);
    const SampleRow row = RequireSampleRow(fields[0], where);
    std::vector<PredictedFrame>& frames = predictions[row.trial];
    const std::int64_t size = static_cast<std::int64_t>(frames.size());
    if (row.frame >= size) {
      allocated += row.frame + 1 - size;
      if (allocated > allowed) {
        Bad(where,
            "frame number " + std::to_string(row.frame + 1) + " of '" + row.trial +
                "' is too large for a file of " + std::to_string(lines.size() - 1) +
                " rows, which must list nearly every frame");
      }
      frames.resize(static_cast<std::size_t>(row.frame) + 1);
    }
    PredictedFrame& frame = frames[static_cast<std::size_t>(row.frame)];
    if (frame.present) Bad(where, "the frame " + Quoted(fields[0]) + " has a row already");
    frame.valence = RequireFinite(fields[1], "valence", where);
    frame.arousal = RequireFinite(fields[2], "arousal", where);
    frame.present = true;
  }
  return predictions;
}

PredictionMap ParseAny(const fs::path& path) {
  const std::string text = ReadFile(path), source = path.string(), trial = path.stem().string();
  const std::vector<std::string_view> lines = TextRows(text);
  const std::string kinds = std::string("a prediction file starts with '") + kTrialHeader + "', '" +
                            kSingleFileHeader + "' or 'frame,face_id,...'";
  if (lines.empty()) Bad(At(source, 1), "the file is empty; " + kinds);
  if (IsHeader(lines[0], kTrialHeader)) return {{trial, ParseTrialPrediction(lines, source)}};
  if (IsHeader(lines[0], kSingleFileHeader)) return ParseSingleFile(lines, source);
  if (NormalHeader(lines[0]).rfind("frame,face_id,", 0) == 0)
    return {{trial, MainFace(ParseTrackCsv(text, source))}};
  Bad(At(source, 1), "unknown header " + Quoted(lines[0]) + "; " + kinds);
}

}  // namespace

// ------------------------------------------------------------------------------------- track CSV

std::string TrackCsvHeader() { return std::string(kTrackHeader) + "\n"; }

std::string FormatTrackRow(const VaFrame& frame) {
  std::string row = std::to_string(frame.frame + 1) + "," + std::to_string(frame.face_id);
  const auto add = [&row](double value, int decimals) {
    row += "," + FormatFixed(value, decimals);
  };
  add(frame.timestamp_s, kDecimals);
  add(frame.confidence, kDecimals);
  row += frame.status == FrameStatus::kOk ? ",1" : ",0";
  add(frame.valence, kDecimals);
  add(frame.arousal, kDecimals);
  row += frame.filled ? ",1" : ",0";
  for (const double value : {frame.box.x, frame.box.y, frame.box.width, frame.box.height})
    add(value, 2);
  return row + "\n";
}

std::string FormatTrackCsv(const VaTrack& track) {
  std::string text = TrackCsvHeader();
  std::set<int> faces_of_frame;
  for (std::size_t i = 0; i < track.frames.size(); ++i) {
    const VaFrame& frame = track.frames[i];
    const std::string where = "track '" + track.name + "': row " + std::to_string(i + 1);
    if (frame.frame < (i ? track.frames[i - 1].frame : 0)) {
      throw Error(ErrorCode::kInvalidArgument,
                  where + " has frame " + std::to_string(frame.frame) +
                      ", before the row above it or below 0; " + "rows must be in frame order");
    }
    if (i == 0 || frame.frame != track.frames[i - 1].frame) faces_of_frame.clear();
    if (!faces_of_frame.insert(frame.face_id).second) {
      throw Error(ErrorCode::kInvalidArgument,
                  where + " repeats face " + std::to_string(frame.face_id) + " of frame " +
                      std::to_string(frame.frame));
    }
    text += FormatTrackRow(frame);
  }
  return text;
}

void WriteTrackCsv(const fs::path& path, const VaTrack& track) {
  WriteFileAtomically(path, FormatTrackCsv(track));
}

VaTrack ParseTrackCsv(const std::string& text, const std::string& source) {
  const std::vector<std::string_view> lines = TextRows(text);
  if (lines.empty())
    Bad(At(source, 1), std::string("the file is empty; its first line must be ") + kTrackHeader);
  const std::vector<std::string_view> header = SplitFields(lines[0]);
  const auto find = [&](std::string_view name) -> std::optional<std::size_t> {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end()) return std::nullopt;
    return static_cast<std::size_t>(found - header.begin());
  };
  const auto require = [&](const char* name) {
    const auto column = find(name);
    if (!column) {
      Bad(At(source, 1),
          std::string("no column '") + name + "' in " + Quoted(lines[0]) +
              "; a track starts with " + kTrackHeader);
    }
    return *column;
  };
  const std::size_t frame_column = require("frame"), face_column = require("face_id");
  const std::size_t time_column = require("timestamp"), confidence_column = require("confidence");
  const std::size_t success_column = require("success");
  const auto valence_column = find("valence"), arousal_column = find("arousal"),
             filled_column = find("filled");
  const std::optional<std::size_t> box_columns[] = {
      find("x"), find("y"), find("width"), find("height")};

  VaTrack track;
  std::set<int> faces_of_frame;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string where = At(source, i + 1);
    const auto fields = RequireFields(lines[i], header.size(), where);
    VaFrame frame;
    frame.frame = RequireInteger(fields[frame_column], "frame", 1, kMaxTrialFrames, where) - 1;
    if (!track.frames.empty() && frame.frame < track.frames.back().frame) {
      Bad(where,
          "frame " + Quoted(fields[frame_column]) + " comes after frame " +
              std::to_string(track.frames.back().frame + 1) + "; rows must be in frame order");
    }
    frame.face_id =
        static_cast<int>(RequireInteger(fields[face_column], "face_id", -1, 1'000'000'000, where));
    if (track.frames.empty() || frame.frame != track.frames.back().frame) faces_of_frame.clear();
    if (!faces_of_frame.insert(frame.face_id).second) {
      Bad(where,
          "face " + Quoted(fields[face_column]) + " of frame " + Quoted(fields[frame_column]) +
              " has a row already");
    }
    frame.timestamp_s = RequireFiniteOrEmpty(fields[time_column], "timestamp", where);
    frame.confidence = RequireFinite(fields[confidence_column], "confidence", where);
    if (frame.confidence < 0 || frame.confidence > 1) {
      Bad(where, "confidence " + Quoted(fields[confidence_column]) + " must lie in [0, 1]");
    }
    const bool success = RequireInteger(fields[success_column], "success", 0, 1, where) == 1;
    frame.status = success                ? FrameStatus::kOk
                   : frame.confidence > 0 ? FrameStatus::kLowConfidence
                                          : FrameStatus::kNoFace;
    frame.valence =
        valence_column ? RequireFiniteOrEmpty(fields[*valence_column], "valence", where) : kNaN;
    frame.arousal =
        arousal_column ? RequireFiniteOrEmpty(fields[*arousal_column], "arousal", where) : kNaN;
    frame.filled =
        filled_column && RequireInteger(fields[*filled_column], "filled", 0, 1, where) == 1;
    double* const box[] = {&frame.box.x, &frame.box.y, &frame.box.width, &frame.box.height};
    const char* const names[] = {"x", "y", "width", "height"};
    for (int k = 0; k < 4; ++k) {
      if (box_columns[k]) *box[k] = RequireFiniteOrEmpty(fields[*box_columns[k]], names[k], where);
    }
    track.frames.push_back(frame);
  }
  return track;
}

std::array<bool, 2> PredictedTargets(const std::vector<Va>& values) {
  std::array<bool, 2> predicts{};
  for (const Va& value : values) {
    for (std::size_t k = 0; k < 2; ++k) predicts[k] = predicts[k] || std::isfinite(value[k]);
  }
  return predicts;
}

std::vector<PredictedFrame> MainFace(const VaTrack& track) {
  const std::optional<int> main_face = MainFaceId(track);
  std::vector<PredictedFrame> frames(
      track.frames.empty() ? 0 : static_cast<std::size_t>(track.frames.back().frame) + 1);
  for (const VaFrame& frame : track.frames) {
    if (std::isnan(frame.valence) && std::isnan(frame.arousal)) continue;
    PredictedFrame& out = frames[static_cast<std::size_t>(frame.frame)];
    if (out.present && frame.face_id != main_face) continue;
    out = {{frame.valence, frame.arousal}, true};
  }
  return frames;
}

// ------------------------------------------------------------------------------- challenge files

void WriteTrialPrediction(const fs::path& path, const TrialPrediction& prediction) {
  std::string text = std::string(kTrialHeader) + "\n";
  std::array<bool, 2> predicts = PredictedTargets(prediction.values);
  if (!predicts[0] && !predicts[1]) predicts = {true, true};
  for (std::size_t i = 0; i < prediction.values.size(); ++i)
    text += FormatPair(prediction, i, predicts);
  WriteFileAtomically(path, text);
}

TrialPrediction ResizeToRows(const TrialPrediction& prediction, std::int64_t rows) {
  if (rows < 0 || (rows > 0 && prediction.values.empty())) {
    throw Error(ErrorCode::kInvalidArgument,
                "prediction of '" + prediction.trial +
                    "': " + std::to_string(prediction.values.size()) + " frames cannot become " +
                    std::to_string(rows) + " rows; at least one frame is needed");
  }
  TrialPrediction resized = prediction;
  const std::size_t size = static_cast<std::size_t>(rows);
  resized.values.resize(size, prediction.values.empty() ? Va() : prediction.values.back());
  return resized;
}

std::vector<SampleRow> ReadSample(const fs::path& path) {
  const std::string text = ReadFile(path), source = path.string();
  const std::vector<std::string_view> lines = TextRows(text);
  if (lines.empty() || !IsSampleHeader(lines[0])) {
    Bad(At(source, 1),
        "the header is " + Quoted(lines.empty() ? "" : lines[0]) +
            "; a sample file starts with 'image_location'");
  }
  std::vector<SampleRow> rows;
  rows.reserve(lines.size() - 1);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    rows.push_back(
        RequireSampleRow(Trim(lines[i].substr(0, lines[i].find(','))), At(source, i + 1)));
  }
  return rows;
}

void WriteSingleFile(const fs::path& path,
                     const std::vector<SampleRow>& sample,
                     const std::vector<TrialPrediction>& predictions) {
  std::map<std::string, const TrialPrediction*> by_trial;
  for (const TrialPrediction& prediction : predictions) {
    by_trial[prediction.trial] = &prediction;
  }
  std::string text = std::string(kSingleFileHeader) + "\n";
  for (const SampleRow& row : sample) {
    const auto found = by_trial.find(row.trial);
    if (found == by_trial.end()) {
      throw Error(
          ErrorCode::kInvalidArgument,
          "no prediction for trial '" + row.trial + "' of the sample file; predict it first");
    }
    const TrialPrediction& prediction = *found->second;
    if (row.frame < 0 || static_cast<std::size_t>(row.frame) >= prediction.values.size()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "the sample file asks for frame " + std::to_string(row.frame + 1) + " of '" +
                      row.trial + "', " + std::to_string(prediction.values.size()) +
                      " frames were predicted; repeat the last one to the sample's length");
    }
    text += row.image_location + "," +
            FormatPair(prediction, static_cast<std::size_t>(row.frame), {true, true});
  }
  WriteFileAtomically(path, text);
}

// ------------------------------------------------------------------------------------ any of them

PredictionMap ReadPredictions(const fs::path& path) {
  if (!PathExists(path)) {
    throw Error(ErrorCode::kNotFound,
                "no predictions '" + path.string() +
                    "': a folder of <trial>.csv or <trial>.txt, or one such file, is needed; check "
                    "the path");
  }
  if (!IsFolder(path)) return ParseAny(path);
  PredictionMap predictions;
  for (const fs::path& file : ListFolder(path)) {
    if (file.extension() != ".txt" && file.extension() != ".csv") continue;
    for (auto& [trial, frames] : ParseAny(file)) {
      if (!predictions.emplace(trial, std::move(frames)).second) {
        Bad(file.string() + ": ",
            "trial '" + trial + "' was read from another file of this folder already");
      }
    }
  }
  if (predictions.empty()) {
    throw Error(ErrorCode::kNotFound,
                "no prediction files in '" + path.string() +
                    "'; it must hold <trial>.txt or <trial>.csv files");
  }
  return predictions;
}

}  // namespace circumplex
