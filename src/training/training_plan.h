// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "datasets/folds.h"
#include "datasets/manifest.h"
#include "features/feature_store.h"
#include "training/cross_validation.h"
#include "training/fold_scores.h"

namespace circumplex {

/// The annotated trials of a data set that have features, each annotation read once.
struct UsableTrials {
  Manifest manifest;  ///< These trials, in the order of the data set's.
  LabelMap labels;
  std::vector<std::string> without_features;  ///< Annotated trials that are left out.
};
/// @throws Error kBadData if there is none, kBadData / kNotFound as ReadTrialLabels.
UsableTrials FindUsableTrials(const Manifest& manifest, const FeatureStore& store);

/// What a run will train on, checked.
struct TrainingPlan {
  FeatureStore store;
  RunOptions options;  ///< Those asked for, with the backbone of the store.
  Manifest manifest;   ///< The annotated trials that have features.
  LabelMap labels;     ///< Frame by frame.
  /// Of each trial's feature rows, zero-based: the frames with a face.
  std::map<std::string, std::vector<std::int64_t>> frames;
  std::vector<Fold> folds;
  std::vector<std::string> without_features;  ///< Annotated trials that are left out.
};

/// Reads annotations, divides the trials into folds, and checks every rule that options and data
/// must keep together, before anything is trained or written:
///
///   options         RunOptions::Violations()
///   backbone.*      what is set agrees with the store; so does phase.size. What is not set is the
///                   store's. All tracks are of one backbone (kBadData)
///   training.folds  not more folds than groups of persons (videos, trials: by fold_rule)
///   clips.window    not longer than the longest video's rows, frame_step apart; train_rule
///                   released_train drops a video of exactly that length too
///
/// @throws Error kInvalidOptions listing every broken rule with key, value and rule; kBadData (no
/// annotated trial with features, damaged annotations or features), kNotFound.
TrainingPlan MakeTrainingPlan(const TrainRequest& request);

}  // namespace circumplex
