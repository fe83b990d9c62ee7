// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/experiment.h"
#include "run/results_file.h"

namespace circumplex {

struct AblationResult {
  std::vector<AblationRow> rows;
  bool finished = true;
  std::filesystem::path model;        ///< Of the two-stream network with LDS.
  std::filesystem::path predictions;  ///< Its predictions on the unseen trials, `<trial>.txt`.

  /// Fixed-width table: CCC of valence, arousal and mean with 95 % intervals.
  std::string Table() const;
};

/// The table that the paper lacks: appearance, motion and both streams, each without and with LDS,
/// on trials that no network has seen. Trains every variant by cross-validation inside the train
/// split, predicts the validation trials with the mean of its folds, and scores them. Writes
/// results.json and the run files beside it, so that ReadRunFolder(out) shows all.
/// Intervals resample the unseen videos, not the training; two rows whose intervals overlap may
/// still differ, see RunClaims().
/// @throws Error as Train() and EvaluateTrials(); kBadData if the manifest has no validation trial.
AblationResult RunAblation(const ExperimentRequest& request);

}  // namespace circumplex
