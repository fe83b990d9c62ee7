// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/evaluation.h"

#include "labels/annotation_io.h"
#include "metrics/summary.h"

namespace circumplex {

/// CCC of both targets and their mean.
struct VaScores {
  Score valence, arousal, mean;
};
VaScores ScoresOf(const EvaluationResult& evaluation);

/// One trial's annotation and what else is known of its rows.
struct EvaluationTrial {
  std::string name;
  int fold = -1;                ///< -1 = in no fold.
  std::vector<VaLabel> labels;  ///< T rows.
  bool predicted = false;       ///< Whether the run predicted this trial.
  std::vector<Va> predictions;  ///< T rows if it did.
  std::vector<bool> has_crop;   ///< T rows, or empty: not known.
};

/// How many labels fall into each bin of width 0.1: what many, medium and few go by.
class LabelDensity {
 public:
  static constexpr int kBins = 20;

  LabelDensity();
  /// Counts the annotated rows.
  void Add(const std::vector<VaLabel>& labels);
  /// Region of every bin for target `t`.
  std::vector<DensityRegion> Regions(int t) const { return RegionsOfBins(counts_[t]); }
  static int Bin(double label);

 private:
  std::array<std::vector<double>, kNumTargets> counts_;
};

/// Predictions as Evaluate() reads them, as the decimals that were written.
/// @throws Error as ReadPredictions.
VaPredictions ReadVaPredictions(const std::filesystem::path& path);

/// Scores trials in memory, in the order given. `options.folds`, `options.crops` and
/// `options.train_annotations` are not read; folds are tabulated if any trial has one, cropped-only
/// scores if every trial knows its crops.
/// @param training  Density of the training labels, or nothing: that of the scored labels.
/// @throws Error kBadData as Evaluate().
EvaluationResult EvaluateTrials(std::vector<EvaluationTrial> trials,
                                const EvaluateOptions& options,
                                const std::optional<LabelDensity>& training = {});

/// CompareRuns() of trials in memory: the same trials in the same order.
/// @throws Error kBadData as CompareRuns(); kInvalidArgument if the trials differ.
RunComparison CompareTrials(std::vector<EvaluationTrial> a,
                            std::vector<EvaluationTrial> b,
                            const EvaluateOptions& options,
                            const std::optional<LabelDensity>& training = {});

}  // namespace circumplex
