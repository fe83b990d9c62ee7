// SPDX-License-Identifier: Apache-2.0
#include "training/out_of_fold_results.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/files.h"
#include "datasets/folds_file.h"
#include "run/label_summary.h"
#include "run/shown_clips.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

constexpr char kOptimistic[] =
    "Out-of-fold scores: each fold's networks predict the trials they did not train on, but the "
    "epoch of a fold was chosen on those trials, as in the paper, which makes the scores "
    "optimistic.";

std::set<std::string> TrainedOn(const std::vector<Fold>& folds) {
  std::set<std::string> names;
  for (const Fold& fold : folds) names.insert(fold.train.begin(), fold.train.end());
  return names;
}

}  // namespace

OutOfFoldTrials ReadOutOfFold(const fs::path& run,
                              const LabelMap& labels,
                              const FeatureStore& store) {
  OutOfFoldTrials result;
  const VaPredictions predictions = ReadVaPredictions(run / "out_of_fold");
  const fs::path folds = run / "folds.csv";
  result.folds = ReadFolds(folds);
  const std::map<std::string, int> fold_of = ReadScoredFolds(folds);
  for (const auto& [name, rows] : labels) {
    const auto predicted = predictions.find(name);
    if (predicted == predictions.end()) continue;
    EvaluationTrial trial;
    trial.name = name;
    trial.labels = rows;
    trial.predicted = true;
    trial.predictions = predicted->second;
    const auto fold = fold_of.find(name);
    trial.fold = fold == fold_of.end() ? -1 : fold->second;
    trial.has_crop.assign(rows.size(), false);
    const FeatureTrack faces = store.Rows(name);
    for (const std::int64_t frame : faces.frame) {
      if (frame < static_cast<std::int64_t>(rows.size()))
        trial.has_crop[static_cast<std::size_t>(frame)] = true;
    }
    result.frame_rate[name] = faces.frame_rate;
    result.trials.push_back(std::move(trial));
  }
  std::sort(result.trials.begin(),
            result.trials.end(),
            [](const EvaluationTrial& a, const EvaluationTrial& b) {
              return NaturalLess(a.name, b.name);
            });
  return result;
}

RunResults OutOfFoldResults(const fs::path& run,
                            const LabelMap& labels,
                            const FeatureStore& store,
                            const RunOptions& options) {
  const OutOfFoldTrials out_of_fold = ReadOutOfFold(run, labels, store);
  LabelDensity density;
  std::vector<const std::vector<VaLabel>*> training;
  for (const std::string& name : TrainedOn(out_of_fold.folds)) {
    const auto track = labels.find(name);
    if (track == labels.end()) continue;
    density.Add(track->second);
    training.push_back(&track->second);
  }
  EvaluateOptions evaluate;
  evaluate.bootstrap = options.evaluation;
  RunResults results;
  results.notes = {kOptimistic};
  results.evaluation = EvaluateTrials(out_of_fold.trials, evaluate, density);
  results.data = std::to_string(out_of_fold.trials.size()) + " trials in " +
                 std::to_string(out_of_fold.folds.size()) +
                 (out_of_fold.folds.size() == 1 ? " fold" : " folds");
  results.tracks = ShownClips(out_of_fold.trials, out_of_fold.frame_rate);
  LabelSummary summary = SummarizeLabels(training, options.lds);
  results.label_histogram = std::move(summary.histogram);
  results.lds = std::move(summary.curves);
  return results;
}

}  // namespace circumplex
