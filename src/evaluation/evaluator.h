// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "circumplex/evaluation.h"

#include "labels/annotation_io.h"

namespace circumplex {

/// One trial's annotation and what else is known of its rows.
struct EvaluationTrial {
  std::string name;
  int fold = -1;                          ///< -1 = in no fold.
  std::vector<VaLabel> labels;            ///< T rows.
  bool predicted = false;                 ///< Whether the run predicted this trial.
  std::vector<VaPrediction> predictions;  ///< T rows if it did.
  std::vector<bool> has_crop;             ///< T rows, or empty: not known.
};

/// Scores trials in memory, in the order given. `options.folds` and `options.crops` are not read;
/// folds are tabulated if any trial has one, cropped-only scores if every trial knows its crops.
/// @throws Error kBadData as Evaluate().
EvaluationResult EvaluateTrials(std::vector<EvaluationTrial> trials,
                                const EvaluateOptions& options);

}  // namespace circumplex
