// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "predictions/prediction_io.h"
#include "predictions/submission_check.h"

namespace circumplex {

// From tracks to the files that a challenge takes.

/// The trials and rows that a submission needs: those of a sample file (its first field is
/// image_location), in its order, or those of a folder of annotations (see AnnotationFiles).
/// The frame count that a video container claims is no such place: for most videos of Aff-Wild2 it
/// differs from the rows by one or two.
/// @throws Error kNotFound; kBadData with file:line.
ExpectedSubmission ExpectRows(const std::filesystem::path& path);

/// One trial as a submission needs it: the main face's values, `rows` rows, a value in each.
///
/// Frames without a value are filled by `rule` (see FillGaps), so is what `rows` has beyond the
/// track's last frame; frames beyond `rows` are cut.
///
/// @param rows  < 0 = as many as the track has frames.
/// @return The track of a video without any face: all -5 (rule paper), all 0 (the others).
/// @throws Error kInvalidArgument: the track has values of one target only.
/// Cost O(frames + rows). Thread-safe.
TrialPrediction SubmissionTrial(const VaTrack& track,
                                const std::string& trial,
                                std::int64_t rows,
                                GapFill rule);

enum class SubmissionForm {
  kPerTrial,    ///< ABAW1 to ABAW3: a folder of `<trial>.txt`.
  kSingleFile,  ///< ABAW5 and later: one file `image_location,valence,arousal`.
};

/// Writes predictions in the form given: kPerTrial into the folder `path`, kSingleFile as the file
/// `path`, in the order of `expected.sample` if it has one, else trial by trial, frame by frame.
/// Every file is atomic.
/// @param expected  Without trials, those of `predictions` are written in their order.
/// @throws Error kInvalidArgument: an expected trial without a prediction or with too few rows, a
/// value that is not finite. kIo.
void WriteSubmission(const std::filesystem::path& path,
                     SubmissionForm form,
                     const ExpectedSubmission& expected,
                     const std::vector<TrialPrediction>& predictions);

}  // namespace circumplex
