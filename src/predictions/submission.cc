// SPDX-License-Identifier: Apache-2.0
#include "predictions/submission.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/text_fields.h"
#include "labels/challenge_format.h"
#include "predictions/gap_fill.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

bool IsSampleFile(const fs::path& path) {
  if (!IsFile(path)) return false;
  const std::string text = ReadFile(path);
  const std::vector<std::string_view> lines = TextRows(text);
  return !lines.empty() && IsSampleHeader(lines[0]);
}

/// The rows of a submission whose order nobody states.
std::vector<SampleRow> RowsInOrder(const std::vector<TrialPrediction>& predictions) {
  std::vector<SampleRow> rows;
  for (const TrialPrediction& prediction : predictions) {
    for (std::size_t i = 0; i < prediction.values.size(); ++i) {
      const auto frame = static_cast<std::int64_t>(i);
      rows.push_back({FormatImageLocation({prediction.trial, frame}), prediction.trial, frame});
    }
  }
  return rows;
}

}  // namespace

ExpectedSubmission ExpectRows(const fs::path& path) {
  return IsSampleFile(path) ? ExpectSample(path) : ExpectAnnotations(path);
}

TrialPrediction SubmissionTrial(const VaTrack& track,
                                const std::string& trial,
                                std::int64_t rows,
                                GapFill rule) {
  const std::vector<PredictedFrame> frames = MainFace(track);
  std::vector<Va> present;
  for (const PredictedFrame& frame : frames) {
    if (frame.present) present.push_back(frame);
  }
  const std::array<bool, 2> predicts = PredictedTargets(present);
  if (predicts[0] != predicts[1]) {
    throw Error(ErrorCode::kInvalidArgument,
                "trial '" + trial + "' has no prediction of " +
                    (predicts[0] ? "arousal" : "valence") +
                    "; a submission needs both, from a model that predicts both");
  }
  const std::size_t count = rows < 0 ? frames.size() : static_cast<std::size_t>(rows);
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  TrialPrediction prediction{trial, std::vector<Va>(count)};
  for (std::size_t k = 0; k < 2; ++k) {
    // Filled before it is cut: a frame after the last row may still be the nearest one of a gap.
    std::vector<double> values(std::max(count, frames.size()), kMissing);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (frames[i].present) values[i] = frames[i][k];
    }
    const std::vector<double> filled = FillGaps(values, rule);
    for (std::size_t i = 0; i < count; ++i) prediction.values[i][k] = filled[i];
  }
  return prediction;
}

void WriteSubmission(const fs::path& path,
                     SubmissionForm form,
                     const ExpectedSubmission& expected,
                     const std::vector<TrialPrediction>& predictions) {
  std::map<std::string, const TrialPrediction*> by_trial;
  for (const TrialPrediction& prediction : predictions) by_trial[prediction.trial] = &prediction;
  std::vector<TrialPrediction> wanted;
  for (const ExpectedTrial& trial : expected.trials) {
    const auto found = by_trial.find(trial.name);
    if (found == by_trial.end()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "no prediction for trial '" + trial.name + "'; every expected trial needs one");
    }
    const auto rows = static_cast<std::int64_t>(found->second->values.size());
    if (trial.rows > 0 && rows != trial.rows) {
      throw Error(ErrorCode::kInvalidArgument,
                  "trial '" + trial.name + "' has " + std::to_string(rows) + " rows where " +
                      std::to_string(trial.rows) + " are expected");
    }
    wanted.push_back(*found->second);
  }
  if (expected.trials.empty()) wanted = predictions;
  if (form == SubmissionForm::kSingleFile) {
    WriteSingleFile(path, expected.sample.empty() ? RowsInOrder(wanted) : expected.sample, wanted);
    return;
  }
  for (const TrialPrediction& prediction : wanted)
    WriteTrialPrediction(path / (prediction.trial + ".txt"), prediction);
}

}  // namespace circumplex
