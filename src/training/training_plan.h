// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "datasets/folds.h"
#include "datasets/manifest.h"
#include "training/fold_scores.h"
#include "training/trainer.h"

namespace circumplex {

/// What a run will train on, checked.
struct TrainingPlan {
  Manifest manifest;  ///< The annotated trials that have features.
  LabelMap labels;
  std::vector<Fold> folds;
  std::vector<std::string> without_features;  ///< Annotated trials that are left out.
};

/// Reads annotations, divides the trials into folds, and checks every rule that options and data
/// must keep together, before anything is trained or written:
///
///   options         RunOptions::Violations()
///   training.folds  not more folds than groups of persons (videos, trials: by fold_rule)
///   clips.window    not longer than the longest video's rows, frame_step apart; train_rule
///                   released_train drops a video of exactly that length too
///
/// @throws Error kInvalidOptions listing every broken rule with key, value and rule; kBadData (no
/// annotated trial with features, damaged annotations or features), kNotFound.
TrainingPlan MakeTrainingPlan(const TrainRequest& request);

}  // namespace circumplex
