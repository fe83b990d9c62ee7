// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "circumplex/options.h"
#include "circumplex/va_track.h"

#include "predict_inputs.h"
#include "predictions/submission.h"

namespace circumplex::app {

/// Gathers the predictions of a submission: which trials with how many rows, whose are still
/// missing, and writes it once all are there.
class SubmissionBuilder {
 public:
  /// @param rows_path  Sample file or folder of annotations; empty = the decoded frames.
  /// @param rule  What a frame without a value gets.
  SubmissionBuilder(SubmissionForm form, const std::string& rows_path, GapFill rule);

  /// Keeps the inputs that the submission asks for.
  /// @throws Error kNotFound naming expected trials without any input, unless `allow_missing`: they
  /// get the value of a video without a face.
  void KeepExpected(bool allow_missing, std::vector<PredictInput>* inputs) const;
  /// A video whose decoded frames differ from its rows by more than the usual one or two is warned
  /// of.
  void Add(const VaTrack& track, const PredictInput& input);
  /// @param one_file  A per-trial submission of one trial is written to `out` itself.
  void Write(const std::string& out, bool one_file);

 private:
  SubmissionForm form_;
  std::string rows_path_;
  GapFill rule_;
  ExpectedSubmission expected_;
  std::map<std::string, std::int64_t> rows_;
  std::vector<TrialPrediction> predictions_;
};

}  // namespace circumplex::app
