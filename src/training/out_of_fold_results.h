// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "datasets/folds.h"
#include "evaluation/evaluator.h"
#include "features/feature_store.h"
#include "run/results_file.h"
#include "training/fold_scores.h"

namespace circumplex {

/// The out-of-fold predictions of a run as it wrote them, each trial by the networks of the fold
/// that did not train on it, with that fold and with the frames that have a face.
struct OutOfFoldTrials {
  std::vector<EvaluationTrial> trials;  ///< In natural order.
  std::vector<Fold> folds;
  std::map<std::string, double> frame_rate;  ///< [1/s] By trial; 0 = unknown.
};

/// @param run  Run folder. @param store  The features it was trained on.
/// @throws Error kBadData, kNotFound.
OutOfFoldTrials ReadOutOfFold(const std::filesystem::path& run,
                              const LabelMap& labels,
                              const FeatureStore& store);

/// What a cross-validated run scored, from the files it wrote, so that `circumplex evaluate` on
/// them gives the same figures: every trial that a fold validates on, pooled, with intervals over
/// the videos; labels are many, medium or few by their density in training. With the label plots
/// and the first clips. A target that the run has no network for has no score.
/// @throws Error as ReadOutOfFold.
RunResults OutOfFoldResults(const std::filesystem::path& run,
                            const LabelMap& labels,
                            const FeatureStore& store,
                            const RunOptions& options);

}  // namespace circumplex
