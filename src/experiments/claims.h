// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "experiments/experiment.h"
#include "run/results_file.h"

namespace circumplex {

/// The score that a claim is about.
enum class ClaimMetric {
  kCccMean,
  kCccValence,
  kCccArousal,
  kFewMaeValence,  ///< Mean absolute error on labels that are rare in training; smaller is better.
  kFewMaeArousal,
};
std::string MetricName(ClaimMetric metric);

/// What a paired difference (better minus other) says of a claim: "holds" if its 95 % interval lies
/// on the claimed side of 0, "does not hold" if it lies on the other, "not significant" if it holds
/// 0, "undefined" if there is none.
std::string Verdict(const Score& difference, bool smaller_is_better);

/// The claim that run b of a comparison is better than run a.
ClaimRow MakeClaim(const std::string& claim,
                   ClaimMetric metric,
                   const std::string& better,
                   const std::string& other,
                   const RunComparison& comparison);

/// Adds `rows`: rows of the same claim, metric and variants are replaced.
void AddClaims(const std::vector<ClaimRow>& rows, RunResults* results);

std::string FormatClaims(const std::vector<ClaimRow>& rows);

struct ClaimsResult {
  std::vector<ClaimRow> rows;
  bool finished = true;

  std::string Table() const;
};

/// Does it work? Each claim of the project as an experiment: both variants are trained by
/// cross-validation inside the train split, predict the validation split with the mean of their
/// folds, and are compared on the same resampled videos. Labels are few-shot by their density in
/// the train split. The claims: two streams beat appearance alone on arousal; LDS and FDS, overall
/// and in the few-shot region; a GRU along time beats one along the batch, for the appearance
/// stream alone (the paper's tables, the released code) and for both, whether the windows of a
/// video are predicted together or alone (docs/decisions/0005-gru-axis.md); labels shuffled between
/// the videos teach nothing: the mean CCC of the folds, each with its own order, on the trials it
/// did not train on, has 0 in its interval (MeanInterval()).
///
/// Shares its variants with RunAblation() if both are given the same run folder. Writes
/// results.json beside the run files. The other intervals resample the scored videos,
/// not the training.
/// @param only  Only the claims whose text holds it; empty = all.
/// @throws Error as RunAblation(); kInvalidArgument if no claim holds `only`.
ClaimsResult RunClaims(const ExperimentRequest& request, const std::string& only = "");

}  // namespace circumplex
