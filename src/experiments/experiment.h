// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/evaluation.h"
#include "circumplex/options.h"

#include "datasets/folds.h"
#include "datasets/manifest.h"
#include "evaluation/evaluator.h"
#include "experiments/variants.h"
#include "features/feature_store.h"
#include "labels/annotation_io.h"
#include "run/results_file.h"
#include "training/cross_validation.h"
#include "training/out_of_fold_results.h"

namespace circumplex {

/// What every experiment is given.
struct ExperimentRequest {
  std::filesystem::path config;  ///< TOML file; empty = none. A variant's switches go over it.
  std::vector<std::string> set;  ///< key=value over the file.
  Manifest manifest;
  std::filesystem::path store;  ///< Features of both splits.
  std::filesystem::path out;    ///< Run folder; one sub-folder for each variant.
  bool resume = false;          ///< Skip variants that are finished, continue the one that is not.
  std::string device = "cpu";
  std::string data;                  ///< One sentence for the report: what the data is.
  std::vector<std::string> notes;    ///< Sentences the reader must know before the numbers.
  std::function<bool()> keep_going;  ///< As TrainRequest::keep_going.
};

/// The options a variant is trained with: its preset, the file, --set, its switches, in this order.
/// @throws Error as ReadRunOptions.
RunOptions OptionsOf(const Variant& variant, const ExperimentRequest& request);

/// Preset, folds, correction, smoothing and missing frames in words: what a score has to name.
std::string ProtocolText(const RunOptions& options);

/// The annotated trials that have features, each annotation read once.
class ExperimentData {
 public:
  /// @throws Error as DeviceOf before anything is read; kBadData if there is no trial, kBadData /
  /// kNotFound as ReadTrialLabels.
  explicit ExperimentData(const ExperimentRequest& request);

  const FeatureStore& store() const { return store_; }
  const std::vector<const Trial*>& trials() const { return trials_; }
  /// Names of a split's trials, in natural order.
  std::vector<std::string> Names(Split split) const;
  const std::vector<VaLabel>& Labels(const std::string& trial) const { return labels_.at(trial); }
  /// Labels of the trials that training takes part in: train split, and validation if `merged`.
  std::vector<const std::vector<VaLabel>*> TrainingLabels(bool merged) const;
  LabelDensity TrainingDensity(bool merged) const;
  const LabelMap& labels() const { return labels_; }

  /// Trials with annotation and prediction, for EvaluateTrials(). Trials that `predictions` lacks
  /// are left out.
  std::vector<EvaluationTrial> WithPredictions(const VaPredictions& predictions) const;

 private:
  Manifest manifest_;
  FeatureStore store_;
  std::vector<const Trial*> trials_;
  LabelMap labels_;
};

/// A trained variant.
struct TrainedVariant {
  RunOptions options;
  TrainSummary summary;
  std::filesystem::path folder;
};

/// Trains a variant into its sub-folder, or finds it finished there (resume). Nothing if keep_going
/// stopped it. @throws Error as Train().
std::optional<TrainedVariant> TrainVariant(const Variant& variant,
                                           const ExperimentRequest& request);

/// Predictions of the validation split by the mean of a variant's folds, none of which has seen it.
struct UnseenPredictions {
  VaPredictions predictions;
  std::filesystem::path folder;              ///< `<trial>.txt` in the challenge's format.
  std::map<std::string, double> frame_rate;  ///< [1/s] By trial; 0 = unknown.
  double frames_per_second = 0;              ///< Of phase differences and networks.
};

/// @param batch_windows  See PredictorOptions.
/// @param folder  Sub-folder of the variant to write to.
/// @throws Error kBadData if the validation split has no trial with features.
UnseenPredictions PredictUnseen(const TrainedVariant& trained,
                                const ExperimentRequest& request,
                                const ExperimentData& data,
                                std::optional<int> batch_windows = {},
                                const std::string& folder = "unseen");

/// Stretches the predictions of each fold as the released code does before it scores a fold:
///
///     y' = m + (y - m) s_train / s
///
/// with mean m and spread s of the fold's own predictions on annotated rows with a face, and
/// s_train the spread of its training labels on such rows; population moments. Predictions of -5
/// stay. It looks at the whole fold that is scored, which no prediction of an unseen video can.
std::vector<EvaluationTrial> StdMatchedOnOwnFold(const OutOfFoldTrials& out_of_fold);

// Experiments that share a run folder keep each other's members of results.json.

/// Title, data and notes. The title of an earlier experiment in the same folder stays.
void AddHead(const ExperimentRequest& request, const std::string& title, RunResults* results);
/// What the page shows of one variant: its scores, the labels it was trained on, its first clips.
void ShowVariant(const EvaluationResult& evaluation,
                 const std::vector<const std::vector<VaLabel>*>& training,
                 const LdsOptions& lds,
                 const std::vector<ClipScores>& clips,
                 RunResults* results);
/// Copies the files of a variant's run that the report shows for the whole.
void CopyRunFiles(const std::filesystem::path& variant, const std::filesystem::path& out);

}  // namespace circumplex
