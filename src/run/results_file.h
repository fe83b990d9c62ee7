// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/evaluation.h"

#include "evaluation/evaluator.h"

namespace circumplex {

/// One row of the ablation: a configuration and what it scored.
struct AblationRow {
  std::string name;
  std::string note;     ///< What differs; may be empty.
  bool chosen = false;  ///< The configuration this run uses.
  VaScores ccc;
};

/// A claim put to the test: one score of two variants, paired over the scored videos.
struct ClaimRow {
  std::string claim;
  std::string metric;  ///< E.g. "CCC arousal".
  std::string better;  ///< The variant that the claim says is better.
  std::string other;   ///< The one it is compared with.
  std::optional<double> better_value, other_value;
  Score difference;     ///< better minus other, with its paired 95 % interval.
  std::string verdict;  ///< "holds", "not significant", "does not hold" or "undefined".
};

/// One clip's annotation and prediction, frame by frame; NaN = nothing known at that frame.
struct ClipScores {
  std::string trial;
  bool rate_assumed = false;   ///< The frame rate is not known: the times are at 30 per second.
  std::vector<double> time_s;  ///< Ascending.
  std::vector<double> valence, arousal, predicted_valence, predicted_arousal;
};

struct StageSpeed {
  std::string stage;
  double frames_per_second = 0;
  std::string note;  ///< Machine, batch, threads; may be empty.
};

/// Label density of one target over the bins of [-1, 1]; see LdsDensity.
struct LabelCurve {
  std::vector<double> counts, smoothed, weights;  ///< One value per bin each.
};

/// Label densities of both targets (paper Fig. 3).
struct LabelCurves {
  std::vector<double> centers;  ///< Bin centres in [-1, 1].
  std::optional<LabelCurve> valence, arousal;
  bool empty() const { return !valence && !arousal; }
};

/// What a run scored for a row of the paper's tables, which `table` and `method` name.
struct OwnRow {
  std::string table, method;
  std::string name;  ///< What was trained, e.g. "preset paper".
  VaScores ccc;
  std::string protocol;  ///< Folds, calibration, smoothing, and what was scored.
};

/// What came of a run: results.json of its folder. What is empty is not written.
struct RunResults {
  std::string title;               ///< Empty: the folder's name.
  std::string data;                ///< One sentence: what was scored.
  std::vector<std::string> notes;  ///< Sentences shown before any number.
  std::vector<AblationRow> ablation;
  std::vector<ClaimRow> claims;
  std::optional<EvaluationResult> evaluation;
  std::vector<ClipScores> tracks;
  std::vector<StageSpeed> speeds;
  SquareHistogram label_histogram;  ///< Paper Fig. 1: x = valence, y = arousal.
  LabelCurves lds;
  /// Figures beside the paper's; an empty list shows the paper's tables alone, none at all nothing.
  std::optional<std::vector<OwnRow>> paper;
};

/// The results that `folder` holds, or empty ones.
/// @throws Error kBadData naming file, key, value and what it should be: also lengths inside a
///         track or a density that differ, and rows of the paper that it does not have.
RunResults ReadResults(const std::filesystem::path& folder);

/// Atomic. @throws Error kIo.
void WriteResults(const std::filesystem::path& folder, const RunResults& results);

}  // namespace circumplex
