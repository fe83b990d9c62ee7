// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/predictor.h"

#include "inference/prediction_inputs.h"
#include "predictions/provenance.h"
#include "predictions/submission_builder.h"

namespace circumplex {

enum class PredictionFormat {
  kTrack,       ///< A track CSV per input.
  kJsonLines,   ///< An object per row.
  kChallenge,   ///< SubmissionForm::kPerTrial.
  kSubmission,  ///< SubmissionForm::kSingleFile.
};

/// What `circumplex predict` is asked for.
struct PredictionRequest {
  std::filesystem::path model;      ///< Model folder, or a run folder.
  std::vector<std::string> inputs;  ///< See FindPredictionInputs(); or one camera:N alone.
  std::string out;                  ///< File of one input, folder for several, "-" for `text`.
  PredictionFormat format = PredictionFormat::kTrack;
  std::string overlay;         ///< Folder of drawn videos; empty = none.
  std::string rows;            ///< See SubmissionBuilder; of the two submission formats only.
  std::string trials;          ///< File of the trials to keep; empty = all.
  std::int64_t frames = 0;     ///< Of a camera; 0 = until `keep_going` says no.
  bool allow_missing = false;  ///< See SubmissionBuilder::RequireAll().
  bool force = false;          ///< Submit trials that the model was trained on.
  PredictorOptions options;

  std::function<void(const std::string&)> text;               ///< Receives what `out` = "-" gets.
  std::function<void(const std::filesystem::path&)> written;  ///< Told of each file.
};

/// Inputs to files, one after another: videos, crops and stores to tracks, overlays and
/// submissions. Not thread-safe.
class PredictionJob {
 public:
  /// Loads the model, finds the inputs and checks all that can be checked before the first input is
  /// opened: that formats and inputs fit, that no two inputs write one file, that a submission has
  /// every trial and none that the model was trained on.
  /// @throws Error kInvalidArgument, kNotFound, kBadData; as Predictor::Load().
  explicit PredictionJob(PredictionRequest request);

  /// The camera that is the only input, if one is.
  const std::optional<int>& camera() const { return camera_; }
  /// Hands the rows of a camera to `text` as they come.
  /// @throws Error as Predictor::PredictCamera().
  void RunCamera(const std::function<bool()>& keep_going);

  const std::vector<PredictionInput>& inputs() const { return inputs_; }
  /// Predicts one input and writes it, or keeps it for the submission. @throws Error as Predictor.
  void Run(const PredictionInput& input);
  /// Writes the submission, which needs every input, and the provenance of what was written.
  void Finish(bool every_input_succeeded);

 private:
  bool IsSubmission() const;
  void LogAppearanceNetwork() const;
  void CheckRequest() const;
  void CheckOutputs() const;
  void PrepareSubmission(GapFill rule);
  std::filesystem::path OutputOf(const PredictionInput& input) const;
  std::filesystem::path OverlayOf(const PredictionInput& input) const;
  std::string Format(const VaTrack& track) const;

  PredictionRequest request_;
  Predictor predictor_;
  std::optional<int> camera_;
  std::vector<PredictionInput> inputs_;
  bool one_file_ = false, any_written_ = false;
  std::optional<SubmissionBuilder> submission_;
  Provenance provenance_;
};

}  // namespace circumplex
