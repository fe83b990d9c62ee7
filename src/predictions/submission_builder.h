// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "circumplex/options.h"
#include "circumplex/va_track.h"

#include "predictions/submission.h"

namespace circumplex {

/// Gathers the predictions of a submission: which trials with how many rows, whose are still
/// missing, and writes it once all are there. Not thread-safe.
class SubmissionBuilder {
 public:
  /// @param rows_path  Sample file or folder of annotations; empty = the decoded frames.
  /// @param rule       What a frame without a value gets.
  /// @throws Error as ExpectRows().
  SubmissionBuilder(SubmissionForm form, const std::filesystem::path& rows_path, GapFill rule);

  /// Whether the submission has this trial.
  bool Asks(const std::string& trial) const;
  /// Compares the trials that will be added with those that are asked for.
  /// @throws Error kNotFound naming expected trials that will not come, unless `allow_missing`:
  ///         they get the value of a video without a face.
  void RequireAll(const std::vector<std::string>& trials, bool allow_missing) const;

  /// @param decoded  The track has the frames of a video: if they differ from the trial's rows by
  /// more than the usual one or two, that is warned of.
  void Add(const VaTrack& track, const std::string& trial, bool decoded);

  /// @param one_file  A per-trial submission of one trial is written to `out` itself.
  /// @throws Error as WriteSubmission().
  void Write(const std::filesystem::path& out, bool one_file);

 private:
  SubmissionForm form_;
  std::string rows_path_;
  GapFill rule_;
  ExpectedSubmission expected_;
  std::map<std::string, std::int64_t> rows_;
  std::vector<TrialPrediction> predictions_;
};

}  // namespace circumplex
