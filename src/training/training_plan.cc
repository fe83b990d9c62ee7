// SPDX-License-Identifier: Apache-2.0
#include "training/training_plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "circumplex/error.h"

#include "datasets/trial_labels.h"
#include "options/enum_names.h"

namespace circumplex {
namespace {

// The backbone of a run is that of its store: fills it in, collects what was set otherwise.
void TakeBackbone(TrainingPlan* plan, std::vector<std::string>* violations) {
  const FeatureStore& store = plan->store;
  const StoreInfo& info = store.info();
  const BackboneOptions asked = plan->options.backbone;
  const auto contradict = [&](const std::string& setting, const std::string& fact) {
    violations->push_back(setting + ": the store '" + store.folder().string() + "' has " + fact +
                          "; a run takes its backbone from the store, leave it out or extract the "
                          "features with it (circumplex features)");
  };
  if (asked.layout && *asked.layout != info.layout) {
    contradict("backbone.layout = \"" + EnumName(*asked.layout) + "\"",
               "features of layout " + EnumName(info.layout));
  }
  if (asked.input_size && *asked.input_size != info.input_size) {
    contradict("backbone.input_size = " + std::to_string(*asked.input_size),
               "features of pictures of " + std::to_string(info.input_size) + " px");
  }
  std::optional<BackboneOptions> own = store.Backbone();
  if (!asked.weights.empty() && !(own && own->weights == asked.weights)) {
    const BackboneWeights weights = ReadBackboneWeights(asked.weights, std::nullopt);
    if (weights.hash != info.weights_hash) {
      contradict("backbone.weights = \"" + asked.weights + "\"",
                 "features of other weights: hash " + info.weights_hash + ", not " + weights.hash);
    } else {
      own = info.Backbone();
      own->weights = asked.weights;
    }
  }
  if (!own && plan->options.appearance.enabled) {
    violations->push_back(
        "the store '" + store.folder().string() +
        "' was written by an earlier program and lacks the weights of its backbone (hash " +
        info.weights_hash +
        "), which the model needs: run circumplex features on the same crops into it once more "
        "with the same settings; nothing that is there is extracted again");
  }
  plan->options.backbone = own.value_or(info.Backbone());
  const int size = plan->options.phase.size;
  if (size != info.phase_size) {
    contradict("phase.size = " + std::to_string(size),
               "gray images of " + std::to_string(info.phase_size) + " px");
  }
}

// The sentence of a window that no video can fill.
std::optional<std::string> WindowViolation(const TrainingPlan& plan) {
  const ClipOptions& clips = plan.options.clips;
  std::int64_t longest = 0;
  for (const auto& [trial, frames] : plan.frames) {
    const auto rows = static_cast<std::int64_t>(frames.size());
    longest = std::max(longest, (rows + clips.frame_step - 1) / std::max(clips.frame_step, 1));
  }
  // The released rule wants a row beyond the window.
  const int needed = clips.window + (clips.train_rule == WindowRule::kReleasedTrain ? 1 : 0);
  if (clips.window < 1 || clips.frame_step < 1 || longest >= needed) return std::nullopt;
  return "clips.window = " + std::to_string(clips.window) +
         ": longer than every video: the longest has " + std::to_string(longest) +
         " rows at clips.frame_step = " + std::to_string(clips.frame_step) +
         ", clips.train_rule = \"" + EnumName(clips.train_rule) + "\" needs " +
         std::to_string(needed);
}

// Makes the folds and collects the rules that the data break. Skips what options that break a
// rule leave undefined.
void CheckAgainstData(TrainingPlan* plan, std::vector<std::string>* violations) {
  const TrainingOptions& training = plan->options.training;
  if (training.folds >= 2 || training.fold_rule == FoldRule::kOfficial) {
    try {
      plan->folds = MakeFolds(
          plan->manifest, training.fold_rule, training.folds, training.merge_splits, training.seed);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInvalidOptions) throw;
      violations->emplace_back(error.what());
    }
  }
  if (const auto window = WindowViolation(*plan)) violations->push_back(*window);
}

}  // namespace

UsableTrials FindUsableTrials(const Manifest& manifest, const FeatureStore& store) {
  UsableTrials usable;
  usable.manifest = manifest;
  usable.manifest.trials.clear();
  for (const Trial& trial : manifest.trials) {
    if (trial.annotation.empty()) continue;
    if (!store.Has(trial.name)) {
      usable.without_features.push_back(trial.name);
      continue;
    }
    usable.manifest.trials.push_back(trial);
    usable.labels[trial.name] = ReadTrialLabels(trial);
  }
  if (usable.manifest.trials.empty()) {
    throw Error(ErrorCode::kBadData,
                "no annotated trial of '" + manifest.root.string() + "' has a feature file in '" +
                    store.folder().string() + "'; write them with circumplex features");
  }
  return usable;
}

TrainingPlan MakeTrainingPlan(const TrainRequest& request) {
  std::vector<std::string> violations = request.options.Violations();
  try {
    TrainingPlan plan{FeatureStore::Open(request.store), request.options, {}, {}, {}, {}, {}};
    TakeBackbone(&plan, &violations);
    UsableTrials usable = FindUsableTrials(request.manifest, plan.store);
    plan.manifest = std::move(usable.manifest);
    plan.labels = std::move(usable.labels);
    plan.without_features = std::move(usable.without_features);
    // This checks too that all tracks are of this store.
    for (const Trial& trial : plan.manifest.trials)
      plan.frames[trial.name] = plan.store.Rows(trial.name).frame;
    CheckAgainstData(&plan, &violations);
    RequireValid(violations);
    return plan;
  } catch (const Error&) {
    // Options that break a rule may be why the data do not fit.
    RequireValid(violations);
    throw;
  }
}

}  // namespace circumplex
