// SPDX-License-Identifier: Apache-2.0
#include "experiments/experiment.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "circumplex/ccc.h"
#include "circumplex/error.h"
#include "circumplex/predictor.h"

#include "config/toml.h"
#include "core/csv.h"
#include "core/files.h"
#include "core/progress.h"
#include "labels/challenge_format.h"
#include "network/device.h"
#include "network/targets.h"
#include "options/enum_names.h"
#include "predictions/gap_fill.h"
#include "predictions/prediction_io.h"
#include "predictions/std_matching.h"
#include "run/label_summary.h"
#include "training/training_plan.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

double Seconds(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Moments of one target's values over annotated rows with a face.
template <typename Value>
CccAccumulator MomentsOver(const std::vector<EvaluationTrial*>& trials, Value&& value) {
  CccAccumulator moments;
  for (const EvaluationTrial* trial : trials) {
    for (std::size_t row = 0; row < trial->labels.size(); ++row) {
      if (!trial->labels[row].annotated || !trial->has_crop[row]) continue;
      const double number = value(*trial, row);
      if (std::isfinite(number) && number != kChallengeSentinel) moments.Add(number, number);
    }
  }
  return moments;
}

}  // namespace

RunOptions OptionsOf(const Variant& variant, const ExperimentRequest& request) {
  std::vector<std::string> assignments = request.set;
  if (!variant.preset.empty()) assignments.push_back("preset=" + variant.preset);
  assignments.insert(assignments.end(), variant.switches.begin(), variant.switches.end());
  return ReadRunOptions(request.config, assignments);
}

std::string ProtocolText(const RunOptions& options) {
  const TrainingOptions& training = options.training;
  const InferenceOptions& inference = options.inference;
  std::string folds;
  switch (training.fold_rule) {
    case FoldRule::kOfficial:
      folds = "official split";
      break;
    case FoldRule::kSubject:
      folds = std::to_string(training.folds) + " folds by person";
      break;
    case FoldRule::kVideo:
      folds = std::to_string(training.folds) + " folds by video";
      break;
    case FoldRule::kReleased:
      folds = std::to_string(training.folds) +
              " folds, slices of the list of names (persons may cross)";
      break;
  }
  std::string smoothing = "no smoothing";
  if (inference.smoothing != SmoothingKind::kNone) {
    smoothing = EnumName(inference.smoothing) + " smoothing of " +
                (inference.smoothing_choose ? "a width chosen on the other folds"
                                            : FormatShortest(inference.smoothing_s) + " s");
  }
  std::string correction = inference.std_matching ? "std matching" : "";
  if (inference.bias_correction) correction += correction.empty() ? "bias" : " and bias";
  if (correction.empty()) correction = "none";
  const std::string seeds = training.seeds == 1
                                ? "seed " + std::to_string(training.seed)
                                : "mean of seeds " + std::to_string(training.seed) + " to " +
                                      std::to_string(training.seed + training.seeds - 1);
  return "preset " + options.preset + "; " + folds + ", " + seeds + "; LDS " +
         (options.lds.enabled ? "on" : "off") + "; GRU along " +
         EnumName(options.regressor.recurrence) + "; correction: " + correction + "; " + smoothing +
         "; frames without a face: " + EnumName(inference.gap_fill);
}

ExperimentData::ExperimentData(const ExperimentRequest& request)
    : store_((DeviceOf(request.device), FeatureStore::Open(request.store))) {
  Manifest scored = request.manifest;
  const auto is_test = [](const Trial& trial) { return trial.split == Split::kTest; };
  scored.trials.erase(std::remove_if(scored.trials.begin(), scored.trials.end(), is_test),
                      scored.trials.end());
  UsableTrials usable = FindUsableTrials(scored, store_);
  manifest_ = std::move(usable.manifest);
  labels_ = std::move(usable.labels);
  for (const Trial& trial : manifest_.trials) trials_.push_back(&trial);
  std::sort(trials_.begin(), trials_.end(), [](const Trial* a, const Trial* b) {
    return NaturalLess(a->name, b->name);
  });
}

std::vector<std::string> ExperimentData::Names(Split split) const {
  std::vector<std::string> names;
  for (const Trial* trial : trials_) {
    if (trial->split == split) names.push_back(trial->name);
  }
  return names;
}

std::vector<const std::vector<VaLabel>*> ExperimentData::TrainingLabels(bool merged) const {
  std::vector<const std::vector<VaLabel>*> labels;
  for (const Trial* trial : trials_) {
    if (trial->split != Split::kValidation || merged) labels.push_back(&labels_.at(trial->name));
  }
  return labels;
}

LabelDensity ExperimentData::TrainingDensity(bool merged) const {
  LabelDensity density;
  for (const auto* labels : TrainingLabels(merged)) density.Add(*labels);
  return density;
}

std::vector<EvaluationTrial> ExperimentData::WithPredictions(
    const VaPredictions& predictions) const {
  std::vector<EvaluationTrial> made;
  for (const Trial* trial : trials_) {
    const auto found = predictions.find(trial->name);
    if (found == predictions.end()) continue;
    EvaluationTrial entry;
    entry.name = trial->name;
    entry.labels = labels_.at(trial->name);
    entry.predicted = true;
    entry.predictions = found->second;
    made.push_back(std::move(entry));
  }
  return made;
}

std::optional<TrainedVariant> TrainVariant(const Variant& variant,
                                           const ExperimentRequest& request) {
  TrainedVariant trained;
  trained.options = OptionsOf(variant, request);
  trained.folder = request.out / variant.folder;
  TrainRequest train;
  train.options = trained.options;
  train.manifest = request.manifest;
  train.store = request.store;
  train.out = trained.folder;
  train.resume = request.resume && PathExists(trained.folder / "config.toml");
  train.device = request.device;
  train.keep_going = request.keep_going;
  Log(LogLevel::kInfo, "reproduce", "training " + variant.name);
  const auto start = std::chrono::steady_clock::now();
  trained.summary = Train(train);
  if (!trained.summary.finished) return {};
  Log(LogLevel::kInfo,
      "reproduce",
      variant.name + ": " + FormatFixed(Seconds(start), 0) + " s, " +
          std::to_string(trained.summary.parameters) + " parameters");
  return trained;
}

UnseenPredictions PredictUnseen(const TrainedVariant& trained,
                                const ExperimentRequest& request,
                                const ExperimentData& data,
                                std::optional<int> batch_windows,
                                const std::string& folder) {
  const std::vector<std::string> names = data.Names(Split::kValidation);
  if (names.empty()) {
    throw Error(ErrorCode::kBadData,
                "'" + request.manifest.root.string() +
                    "' has no validation trial with features; give a split (--splits) and features "
                    "of both splits");
  }
  PredictorOptions options;
  options.device = request.device;
  options.batch_windows = batch_windows;
  Predictor predictor = Predictor::Load(trained.summary.model, options);
  const auto predicts = HasTargets(predictor.model_options().regressor.targets);
  UnseenPredictions unseen;
  unseen.folder = trained.folder / folder;
  const auto start = std::chrono::steady_clock::now();
  std::int64_t frames = 0;
  Progress progress("predict unseen trials", static_cast<std::int64_t>(names.size()));
  for (const std::string& name : names) {
    const VaTrack track = predictor.PredictFeatures(request.store, name);
    TrialPrediction prediction;
    prediction.trial = name;
    for (const VaFrame& frame : track.frames)
      prediction.values.push_back(CentreIfUnknown({frame.valence, frame.arousal}, predicts));
    frames += static_cast<std::int64_t>(track.frames.size());
    const double step = track.frames.size() > 1 ? track.frames[1].timestamp_s : 0;
    unseen.frame_rate[name] = step > 0 ? 1 / step : 0;
    const auto rows = static_cast<std::int64_t>(data.Labels(name).size());
    WriteTrialPrediction(unseen.folder / (name + ".txt"), ResizeToRows(prediction, rows));
    progress.Advance();
  }
  unseen.frames_per_second = static_cast<double>(frames) / Seconds(start);
  // What was written is what is scored, so that circumplex evaluate gives the same figures.
  unseen.predictions = ReadVaPredictions(unseen.folder);
  return unseen;
}

std::vector<EvaluationTrial> StdMatchedOnOwnFold(const OutOfFoldTrials& out_of_fold) {
  std::vector<EvaluationTrial> trials = out_of_fold.trials;
  std::map<std::string, EvaluationTrial*> by_name;
  for (EvaluationTrial& trial : trials) by_name[trial.name] = &trial;
  const auto named = [&](const std::vector<std::string>& names) {
    std::vector<EvaluationTrial*> found;
    for (const std::string& name : names) {
      if (const auto trial = by_name.find(name); trial != by_name.end())
        found.push_back(trial->second);
    }
    return found;
  };
  for (const Fold& fold : out_of_fold.folds) {
    for (int t = 0; t < kNumTargets; ++t) {
      const CccAccumulator labels = MomentsOver(
          named(fold.train),
          [t](const EvaluationTrial& trial, std::size_t row) { return trial.labels[row][t]; });
      const CccAccumulator predicted = MomentsOver(
          named(fold.validation),
          [t](const EvaluationTrial& trial, std::size_t row) { return trial.predictions[row][t]; });
      const StdMatching matching = MatchStd(predicted, std::sqrt(labels.variance_x()));
      for (EvaluationTrial* trial : named(fold.validation)) {
        for (Va& prediction : trial->predictions) {
          double& value = prediction[t];
          if (value != kChallengeSentinel) value = matching.Apply(value);
        }
      }
    }
  }
  return trials;
}

void AddHead(const ExperimentRequest& request, const std::string& title, RunResults* results) {
  if (results->title.empty()) results->title = title;
  if (!request.data.empty()) results->data = request.data;
  std::vector<std::string>& notes = results->notes;
  for (const std::string& note : request.notes) {
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
  }
}

void ShowVariant(const EvaluationResult& evaluation,
                 const std::vector<const std::vector<VaLabel>*>& training,
                 const LdsOptions& lds,
                 const std::vector<ClipScores>& clips,
                 RunResults* results) {
  results->evaluation = evaluation;
  results->tracks = clips;
  LabelSummary summary = SummarizeLabels(training, lds);
  results->label_histogram = std::move(summary.histogram);
  results->lds = std::move(summary.curves);
}

void CopyRunFiles(const fs::path& variant, const fs::path& out) {
  for (const char* name : {"config.toml", "environment.json", "folds.csv", "metrics.jsonl"})
    WriteFileAtomically(out / name, ReadFile(variant / name));
}

}  // namespace circumplex
