// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "circumplex/va_track.h"

namespace circumplex {

// Formats of predictions. Values are finite numbers; they are not forced into [-1, 1], because
// preset `paper` writes -5 and matching of standard deviations may leave the square, and both must
// be scored as written.

/// Predictions of one trial: one pair per frame, in frame order.
struct TrialPrediction {
  std::string trial;
  std::vector<Va> values;
};

/// Targets with a finite value in any frame; a model of one target leaves the other NaN everywhere.
std::array<bool, 2> PredictedTargets(const std::vector<Va>& values);

/// One frame as a prediction file states it.
struct PredictedFrame : Va {
  bool present = false;  ///< False where the file has no row or no value at all.
};
/// Trial -> frames from 0.
using PredictionMap = std::map<std::string, std::vector<PredictedFrame>>;

// ------------------------------------------------------------------------------------- track CSV

/// Track CSV: `frame,face_id,timestamp,confidence,success,valence,arousal,filled,x,y,width,height`,
/// one row per decoded frame and face. `frame` counts from 1; timestamp [s], confidence, valence
/// and arousal have four decimals, the box [px] two; NaN is an empty field; success and filled are
/// 1 or 0 (success = kOk). Atomic.
/// @throws Error kInvalidArgument: frames not in order, or two rows of one frame and face.
void WriteTrackCsv(const std::filesystem::path& path, const VaTrack& track);
std::string FormatTrackCsv(const VaTrack& track);

/// Header and rows of a track CSV, for writers that stream; both end in a line feed. The row
/// is checked alone.
std::string TrackCsvHeader();
std::string FormatTrackRow(const VaFrame& frame);

/// Reads it back. Columns are found by name; valence, arousal, filled and the box may be absent (a
/// track of faces without predictions), further columns are ignored. The name stays empty. The file
/// tells success only: a failed row is kLowConfidence if its confidence is above 0, else kNoFace.
/// @throws Error kBadData with file:line, value and rule.
VaTrack ParseTrackCsv(const std::string& text, const std::string& source);

/// One prediction per frame of a track that may show several faces: the main face
/// (MainFaceId); where it has no values, the frame's first face that has.
/// Length: last frame + 1.
std::vector<PredictedFrame> MainFace(const VaTrack& track);

// ------------------------------------------------------------------------------- challenge files

/// ABAW per-trial file: header `valence,arousal`, one row per frame, four decimals. A target
/// that is NaN in every frame is an empty column: such a file is read back here, a challenge
/// refuses it. Atomic.
/// @throws Error kInvalidArgument: another value is not finite (names trial and frame).
void WriteTrialPrediction(const std::filesystem::path& path, const TrialPrediction& prediction);
/// Cuts a prediction to `rows` frames or repeats its last one: annotation rows and decoded frames
/// of Aff-Wild2 differ by one or two in most trials. @throws Error kInvalidArgument if it is empty
/// and rows > 0.
TrialPrediction ResizeToRows(const TrialPrediction& prediction, std::int64_t rows);

/// One row of a challenge's sample file: `<trial>/<number>.jpg` as written there.
struct SampleRow {
  std::string image_location;
  std::string trial;
  std::int64_t frame = 0;  ///< Zero-based.
};

/// Rows of a sample file in its order. Its header starts with `image_location`; a row is read up
/// to its first comma only, because editions differ in what follows. @throws Error kNotFound;
/// kBadData with file:line.
std::vector<SampleRow> ReadSample(const std::filesystem::path& path);

/// ABAW single file (from the fifth edition on): `image_location,valence,arousal` in the order of
/// `sample`, four decimals. Atomic.
/// @throws Error kInvalidArgument: a trial without prediction or with too few frames (see
///         ResizeToRows), a value that is not finite.
void WriteSingleFile(const std::filesystem::path& path,
                     const std::vector<SampleRow>& sample,
                     const std::vector<TrialPrediction>& predictions);
// ------------------------------------------------------------------------------------ any of them

/// Reads predictions wherever they are: a folder of per-trial `.txt` files, a folder of track
/// `.csv` files (one file per trial, both kinds may mix), one such file, or one single file. The
/// header decides the format; the trial of a per-trial or track file is its stem. Rows of a single
/// file may come in any order; frames that no row names are absent.
/// @throws Error kNotFound; kBadData with file:line, value and rule: an unknown header, a value
///         that is no finite number, a frame given twice, a frame number that the file's size
///         cannot account for, a trial given twice.
PredictionMap ReadPredictions(const std::filesystem::path& path);

}  // namespace circumplex
