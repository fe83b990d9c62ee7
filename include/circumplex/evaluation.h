// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/options.h"
#include "circumplex/va_track.h"

namespace circumplex {

/// A number with its 95 % interval. Empty members are undefined, never NaN.
struct Score {
  std::optional<double> value, low, high;
};

/// Agreement of one target's predictions with its annotations over one set of frames.
struct TargetAgreement {
  std::optional<double> ccc;             ///< [-1, 1]; empty while undefined (see CccAccumulator).
  std::optional<double> pearson;         ///< [-1, 1]; empty if a series is constant.
  std::optional<double> rmse;            ///< In units of the label; empty without frames.
  std::optional<double> sign_agreement;  ///< Share of frames with equal signs, [0, 1]; sign(0) = 0.
};

/// Scores of one group of frames: everything, a video, a fold.
struct GroupScores {
  std::string name;
  std::int64_t rows = 0;  ///< Annotation rows, annotated or not.
  std::int64_t used = 0;  ///< Rows that were scored.
  TargetAgreement valence, arousal;
  std::optional<double> mean_ccc;  ///< (CCC_V + CCC_A) / 2; empty if either is undefined.
};

/// Means over the folds in which a CCC is defined; a fold whose labels are constant has none and is
/// left out. Empty if no fold has one.
struct FoldMean {
  std::optional<double> ccc_valence, ccc_arousal, mean_ccc;
  std::int64_t folds = 0;  ///< Folds behind mean_ccc.
};

/// Whose labels say what is frequent.
enum class RegionDensity {
  kScored,    ///< The labels that are scored themselves.
  kTraining,  ///< The labels that the run was trained on, as the LDS paper does.
};

/// Errors on the labels of one frequency class: what imbalance does to a model. Over the 20 bins of
/// width 0.1, "many" holds the bins with more labels than the mean of the occupied ones, "few"
/// those with less than a fifth of it (and those that the density never saw), "medium" the rest.
/// Whose labels are counted: EvaluationResult::region_density. Source: the many / medium / few-shot
/// split and the errors of arXiv:2102.09554, with bounds relative to the data (docs/decisions). CCC
/// is not given, because the narrow label range inside a class makes it small by construction.
struct RegionErrors {
  std::string name;       ///< "many", "medium" or "few".
  std::int64_t bins = 0;  ///< Bins of the class that hold a scored label.
  std::int64_t frames = 0;
  Score mae;  ///< mean |prediction - annotation|; the interval resamples whole videos.
  std::optional<double> rmse, bias;  ///< bias = mean(prediction - annotation).
  /// exp(mean log max(|prediction - annotation|, 5e-5)): files have four decimals.
  std::optional<double> geometric_mean;
};

/// Frame counts on an evenly divided square of [-1, 1] x [-1, 1]; values outside count in
/// the border cells.
struct SquareHistogram {
  int cells = 0;
  std::vector<std::int64_t> counts;  ///< cells * cells; row 0 = lowest y, column 0 = lowest x.

  SquareHistogram() = default;
  /// @param cells_per_side  Cells along each axis, >= 0; 0 = no histogram.
  explicit SquareHistogram(int cells_per_side)
      : cells(cells_per_side),
        counts(static_cast<std::size_t>(cells_per_side) * cells_per_side, 0) {}
  /// True without cells.
  bool empty() const { return counts.empty(); }
  /// Counts one point; not one that is not finite.
  void Add(double x, double y);
};

/// Where the rows went. total = used + not_annotated + without_prediction.
struct RowCounts {
  std::int64_t total = 0;  ///< Annotation rows of all trials.
  std::int64_t used = 0;
  std::int64_t not_annotated = 0;         ///< -5 in the annotation.
  std::int64_t without_prediction = 0;    ///< Annotated rows without a prediction (allow_missing).
  std::int64_t sentinel_predictions = 0;  ///< Of `used`: predictions of -5, counted as written.
  std::int64_t without_crop = 0;          ///< Of `used`: frames without a crop; 0 if not known.
};

/// What Evaluate() returns; FormatTable() and ToJson() write it.
struct EvaluationResult {
  // Pooled over all frames; the intervals resample whole videos.
  Score ccc_valence, ccc_arousal, ccc_mean;
  GroupScores pooled;
  /// Pooled over frames with a crop, if crops were given.
  std::optional<GroupScores> cropped_only;
  std::vector<GroupScores> videos;  ///< In natural order of the trials.
  std::vector<GroupScores> folds;   ///< By fold number, if folds were given.
  FoldMean fold_mean;               ///< Another quantity than the pooled scores.
  RowCounts rows;
  std::vector<RegionErrors> valence_regions, arousal_regions;  ///< many, medium, few.
  RegionDensity region_density = RegionDensity::kScored;
  SquareHistogram annotated_plane, predicted_plane;      ///< x = valence, y = arousal.
  SquareHistogram valence_agreement, arousal_agreement;  ///< x = annotation, y = prediction.
  std::vector<std::string> missing_trials;               ///< Annotated, without a prediction.
  std::vector<std::string> unused_predictions;           ///< Predicted, without an annotation.
  std::vector<std::string> warnings;  ///< Sentences a reader of the scores must know.
  int bootstrap = 0;                  ///< Resamples behind the intervals; 0 = no intervals.
};

/// Trial name -> one prediction per annotation row. -5 is a value like any other here, as in the
/// challenge; NaN = no prediction.
using VaPredictions = std::map<std::string, std::vector<Va>>;

/// What Evaluate() is told beside the predictions and the annotations.
struct EvaluateOptions {
  EvaluationOptions bootstrap;  ///< Resamples and seed of the intervals.
  bool allow_missing = false;   ///< Score what has predictions, list and count the rest.
  bool fit_rows = false;  ///< Repeat the last prediction or cut where row counts differ; warns.
  /// CSV with the columns `trial` and `fold`; empty = no fold table. If it has the column `role`
  /// (as the folds.csv of a run), the rows of role `validation` count.
  std::filesystem::path folds;
  /// Annotations of the training trials, given as Evaluate()'s `annotations`: the frequency classes
  /// follow their density. Empty: the density of the scored labels.
  std::filesystem::path train_annotations;
  /// Folders of `<trial>/<frame>.jpg`, whose first with the trial counts (ABAW3 and later have
  /// two); none = no cropped-only scores.
  std::vector<std::filesystem::path> crops;
  int plane_cells = 40;  ///< Cells per side of the histograms; 0 = none.
};

/// Scores predictions against Aff-Wild2 annotations: CCC over all annotated frames of
/// all videos pooled,
///
///     ccc = 2 s_xy / (s_xx + s_yy + (m_x - m_y)^2),    score = (ccc_V + ccc_A) / 2
///
/// with population moments. Rows annotated -5 are dropped, every other row counts, with or
/// without a crop.
///
/// Source: paper IV-B; Kollias et al. 2021, arXiv:2106.15318. Intervals: percentile bootstrap over
/// videos, because the frames of a video are not independent; a single video has none.
///
/// @param predictions  Folder of per-trial `.txt` files or track CSVs, one such file, or the single
///   file `image_location,valence,arousal`.
/// @param annotations  Folder of `<trial>.txt`, of split folders of them (VA_Set), or the folder
///   that holds VA_Set; or one such file.
/// @param options      Intervals, folds, crops and what may be missing.
/// @throws Error kNotFound; kBadData with file:line; kBadData if a trial's row counts differ (names
///   trial, both counts and what to do), if annotated rows or trials lack a prediction and
///   `allow_missing` is off (names them), if no trial is in both, or if `folds` lacks a trial or
///   puts it into two folds.
/// Cost: O(rows + bootstrap * videos). Thread-safe.
EvaluationResult Evaluate(const std::filesystem::path& predictions,
                          const std::filesystem::path& annotations,
                          const EvaluateOptions& options = {});
EvaluationResult Evaluate(const VaPredictions& predictions,
                          const std::filesystem::path& annotations,
                          const EvaluateOptions& options = {});

/// "0.571 [0.521, 0.621]", without brackets where there is no interval, or "undefined".
std::string FormatScore(const Score& score);

/// Fixed-width text for people: headline with intervals, rows used and dropped, then the tables.
/// Undefined scores read `undefined`. Ends in a newline.
std::string FormatTable(const EvaluationResult& result);

/// The same as JSON, indented; undefined scores are null. EvaluationFromJson() reads it back.
std::string ToJson(const EvaluationResult& result);

/// @throws Error kBadData naming `source`, the key and what it should hold.
EvaluationResult EvaluationFromJson(const std::string& text, const std::string& source);

/// One score of two runs.
struct PairedScore {
  std::optional<double> a, b;
  Score difference;  ///< b minus a; the interval resamples the videos of both runs together.
};

/// Mean absolute error of two runs in one frequency class; a negative difference is a gain.
struct PairedRegion {
  std::string name;  ///< "many", "medium" or "few".
  std::int64_t frames = 0;
  PairedScore mae;
};

/// Difference of two runs on the same annotations, run b minus run a.
struct RunComparison {
  PairedScore valence, arousal, mean;  ///< Pooled CCC.
  std::vector<PairedRegion> valence_regions, arousal_regions;
  RegionDensity region_density = RegionDensity::kScored;
  std::optional<double> share_b_better;  ///< Share of resamples in which b's mean CCC is larger.
  std::int64_t videos = 0, rows = 0;
  int bootstrap = 0;
};

/// Paired comparison: both runs are scored on the same resampled videos, so that what is hard for
/// both does not widen the interval. An interval that excludes 0 is a difference at the 5 % level.
/// @throws Error as Evaluate(); both runs must predict every annotated trial.
RunComparison CompareRuns(const std::filesystem::path& predictions_a,
                          const std::filesystem::path& predictions_b,
                          const std::filesystem::path& annotations,
                          const EvaluateOptions& options = {});
std::string FormatTable(const RunComparison& comparison);
std::string ToJson(const RunComparison& comparison);

}  // namespace circumplex
