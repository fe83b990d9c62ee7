// SPDX-License-Identifier: Apache-2.0
#include "predictions/submission_builder.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "circumplex/error.h"

#include "core/progress.h"

namespace circumplex {

SubmissionBuilder::SubmissionBuilder(SubmissionForm form,
                                     const std::filesystem::path& rows_path,
                                     GapFill rule)
    : form_(form), rows_path_(rows_path.string()), rule_(rule) {
  if (rows_path.empty()) return;
  expected_ = ExpectRows(rows_path);
  for (const ExpectedTrial& trial : expected_.trials) rows_[trial.name] = trial.rows;
}

bool SubmissionBuilder::Asks(const std::string& trial) const {
  return rows_path_.empty() || rows_.count(trial) != 0;
}

void SubmissionBuilder::RequireAll(const std::vector<std::string>& trials,
                                   bool allow_missing) const {
  std::set<std::string> wanted;
  for (const ExpectedTrial& trial : expected_.trials) wanted.insert(trial.name);
  for (const std::string& trial : trials) wanted.erase(trial);
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

void SubmissionBuilder::Add(const VaTrack& track, const std::string& trial, bool decoded) {
  constexpr std::int64_t kUsual = 2;
  const auto found = rows_.find(trial);
  const std::int64_t rows = found == rows_.end() ? -1 : found->second;
  const std::int64_t frames = track.frames.empty() ? 0 : track.frames.back().frame + 1;
  if (decoded && rows >= 0 && std::abs(frames - rows) > kUsual) {
    Log(LogLevel::kWarning,
        "predict",
        "trial '" + trial + "': " + std::to_string(frames) + " decoded frames for " +
            std::to_string(rows) + " rows; " +
            (frames < rows ? "the last value is repeated" : "the rest is cut") +
            ", check that video and '" + rows_path_ + "' belong together");
  }
  predictions_.push_back(SubmissionTrial(track, trial, rows, rule_));
}

void SubmissionBuilder::Write(const std::filesystem::path& out, bool one_file) {
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

}  // namespace circumplex
