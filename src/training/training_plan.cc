// SPDX-License-Identifier: Apache-2.0
#include "training/training_plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "circumplex/error.h"

#include "core/files.h"
#include "datasets/trial_labels.h"
#include "features/feature_store.h"
#include "options/enum_names.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

// The sentence of a window that no video can fill. Reads rows only until one video can.
std::optional<std::string> WindowViolation(const ClipOptions& clips,
                                           const TrainingPlan& plan,
                                           const fs::path& store) {
  // The released rule wants a row beyond the window.
  const int needed = clips.window + (clips.train_rule == WindowRule::kReleasedTrain ? 1 : 0);
  std::int64_t longest = 0;
  for (const Trial& trial : plan.manifest.trials) {
    const std::int64_t rows = ReadFeatureRows(FeatureTrackPath(store, trial.name)).size();
    longest = std::max(longest, (rows + clips.frame_step - 1) / clips.frame_step);
    if (longest >= needed) return std::nullopt;
  }
  return "clips.window = " + std::to_string(clips.window) +
         ": longer than every video: the longest has " + std::to_string(longest) +
         " rows at clips.frame_step = " + std::to_string(clips.frame_step) +
         ", clips.train_rule = \"" + EnumName(clips.train_rule) + "\" needs " +
         std::to_string(needed);
}

// Makes the folds and collects the rules that the data break; skips what broken options leave
// undefined.
void CheckAgainstData(const TrainRequest& request,
                      TrainingPlan* plan,
                      std::vector<std::string>* violations) {
  const RunOptions& options = request.options;
  const TrainingOptions& training = options.training;
  if (training.folds >= 2 || training.fold_rule == FoldRule::kOfficial) {
    try {
      plan->folds = MakeFolds(
          plan->manifest, training.fold_rule, training.folds, training.merge_splits, training.seed);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInvalidOptions) throw;
      violations->emplace_back(error.what());
    }
  }
  if (options.clips.window < 1 || options.clips.frame_step < 1) return;
  if (const auto window = WindowViolation(options.clips, *plan, request.store))
    violations->push_back(*window);
}

}  // namespace

UsableTrials FindUsableTrials(const Manifest& manifest, const fs::path& store) {
  UsableTrials usable;
  usable.manifest = manifest;
  usable.manifest.trials.clear();
  for (const Trial& trial : manifest.trials) {
    if (trial.annotation.empty()) continue;
    if (!PathExists(FeatureTrackPath(store, trial.name))) {
      usable.without_features.push_back(trial.name);
      continue;
    }
    usable.manifest.trials.push_back(trial);
    usable.labels[trial.name] = ReadTrialLabels(trial);
  }
  if (usable.manifest.trials.empty()) {
    throw Error(ErrorCode::kBadData,
                "no annotated trial of '" + manifest.root.string() + "' has a feature file in '" +
                    store.string() + "'; write them with circumplex features");
  }
  return usable;
}

TrainingPlan MakeTrainingPlan(const TrainRequest& request) {
  std::vector<std::string> violations = request.options.Violations();
  TrainingPlan plan;
  try {
    UsableTrials usable = FindUsableTrials(request.manifest, request.store);
    plan.manifest = std::move(usable.manifest);
    plan.labels = std::move(usable.labels);
    plan.without_features = std::move(usable.without_features);
    CheckAgainstData(request, &plan, &violations);
  } catch (const Error&) {
    // Options that break a rule may be why the data do not fit.
    RequireValid(violations);
    throw;
  }
  RequireValid(violations);
  return plan;
}

}  // namespace circumplex
