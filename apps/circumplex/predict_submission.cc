// SPDX-License-Identifier: Apache-2.0
#include "predict_submission.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "circumplex/error.h"

#include "core/progress.h"

namespace circumplex::app {

SubmissionBuilder::SubmissionBuilder(SubmissionForm form,
                                     const std::string& rows_path,
                                     GapFill rule)
    : form_(form), rows_path_(rows_path), rule_(rule) {
  if (rows_path.empty()) return;
  expected_ = ExpectRows(rows_path);
  for (const ExpectedTrial& trial : expected_.trials) rows_[trial.name] = trial.rows;
}

void SubmissionBuilder::KeepExpected(bool allow_missing, std::vector<PredictInput>* inputs) const {
  if (rows_path_.empty()) return;
  const std::size_t before = inputs->size();
  inputs->erase(
      std::remove_if(inputs->begin(),
                     inputs->end(),
                     [&](const PredictInput& input) { return !rows_.count(input.trial); }),
      inputs->end());
  if (inputs->size() < before) {
    Log(LogLevel::kInfo,
        "predict",
        std::to_string(before - inputs->size()) + " inputs are not in '" + rows_path_ +
            "' and are left out");
  }
  std::set<std::string> wanted;
  for (const ExpectedTrial& trial : expected_.trials) wanted.insert(trial.name);
  for (const PredictInput& input : *inputs) wanted.erase(input.trial);
  if (wanted.empty()) return;
  const std::string message = std::to_string(wanted.size()) + " trials of '" + rows_path_ +
                              "' have no input, the first is '" + *wanted.begin() + "'";
  if (!allow_missing) {
    throw Error(ErrorCode::kNotFound,
                message +
                    "; name their crops, features or videos, or give them the value of a video "
                    "without a face with --allow-missing");
  }
  Log(LogLevel::kWarning, "predict", message + "; they get the value of a video without a face");
}

void SubmissionBuilder::Add(const VaTrack& track, const PredictInput& input) {
  constexpr std::int64_t kUsual = 2;
  const auto found = rows_.find(input.trial);
  const std::int64_t rows = found == rows_.end() ? -1 : found->second;
  const std::int64_t decoded = track.frames.empty() ? 0 : track.frames.back().frame + 1;
  if (input.kind == InputKind::kVideo && rows >= 0 && std::abs(decoded - rows) > kUsual) {
    Log(LogLevel::kWarning,
        "predict",
        "trial '" + input.trial + "': " + std::to_string(decoded) + " decoded frames for " +
            std::to_string(rows) + " rows; " +
            (decoded < rows ? "the last value is repeated" : "the rest is cut") +
            ", check that video and '" + rows_path_ + "' belong together");
  }
  predictions_.push_back(SubmissionTrial(track, input.trial, rows, rule_));
}

void SubmissionBuilder::Write(const std::string& out, bool one_file) {
  std::set<std::string> predicted;
  for (const TrialPrediction& prediction : predictions_) predicted.insert(prediction.trial);
  for (const ExpectedTrial& trial : expected_.trials) {
    if (predicted.count(trial.name) == 0) {
      predictions_.push_back(SubmissionTrial(VaTrack(), trial.name, trial.rows, rule_));
    }
  }
  if (form_ == SubmissionForm::kPerTrial && one_file && predictions_.size() == 1) {
    WriteTrialPrediction(out, predictions_[0]);
  } else {
    WriteSubmission(out, form_, expected_, predictions_);
  }
}

}  // namespace circumplex::app
