// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "circumplex/evaluation.h"
#include "circumplex/options.h"

#include "datasets/manifest.h"
#include "report/report.h"

namespace circumplex {

/// The table that the paper lacks: appearance, motion and both streams, each without and with LDS,
/// on trials that no network has seen.
struct AblationRequest {
  RunOptions base;    ///< Streams and LDS are switched; everything else is as given.
  Manifest manifest;  ///< Cross-validation on its train split, scores on its validation split.
  std::filesystem::path store;  ///< Features of both splits.
  std::filesystem::path out;    ///< Run folder; one sub-folder for each variant.
  bool resume = false;          ///< Skip variants that are finished, continue the one that is not.
  std::string device = "cpu";
  std::string data;                  ///< One sentence for the report: what the data is.
  std::vector<std::string> notes;    ///< Sentences the reader must know before the numbers.
  std::function<bool()> keep_going;  ///< As TrainRequest::keep_going.
};

struct AblationResult {
  std::vector<AblationRow> rows;
  bool finished = true;
  std::filesystem::path model;        ///< Of the two-stream network with LDS.
  std::filesystem::path predictions;  ///< Its predictions on the unseen trials, `<trial>.txt`.

  /// Fixed-width table: CCC of valence, arousal and mean with 95 % intervals.
  std::string Table() const;
};

/// Trains every variant, predicts the validation trials with the mean of its folds, and scores
/// them. Writes results.json and the run files beside it, so that ReadRunFolder(out) shows all.
/// Intervals resample the unseen videos, not the training; two rows whose intervals overlap may
/// still differ, see CompareRuns.
/// @throws Error as Train() and Evaluate(); kBadData if the manifest has no validation trial.
AblationResult RunAblation(const AblationRequest& request);

}  // namespace circumplex
