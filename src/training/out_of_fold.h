// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/ccc.h"
#include "circumplex/options.h"

#include "predictions/std_matching.h"
#include "training/fold_scores.h"

namespace circumplex {

/// Smoothing widths that inference.smoothing_choose tries [s]; 0 = none. From below the shortest
/// effect that ABAW entries report (half width of 7 frames of 30 per second) to beyond the longest
/// (100 frames); decision 0017.
const std::vector<double>& SmoothingWidths();

/// The affine correction of a network's raw predictions, per target:
///
///     y' = matching(y) - bias
struct Correction {
  std::array<StdMatching, 2> matching;
  Va bias{0, 0};
  Va Apply(const Va& raw) const;
};

/// What inference needs to know from validation rows.
struct CorrectionResult {
  Va bias{0, 0};                  ///< 0 unless inference.bias_correction.
  std::optional<Va> smoothing_s;  ///< Empty unless inference.smoothing_choose.
};

/// Out-of-fold predictions: each fold's validation rows, predicted by networks that have not seen
/// them (mean over the fold's seeds), and what is learnt from them for correction.
///
/// Whatever is measured on validation rows with their labels or their predictions is applied to
/// other rows than it was measured on:
///
///   fold f's out-of-fold file   standard deviation and mean to match, and bias, from the rows of
///                               the other folds; widths chosen on the other folds, whose own
///                               correction comes from the folds that are neither f nor they
///   the model                   scale of each network from its own fold; bias and widths from
///                               the rows of all folds
///
/// With a single fold (fold_rule official) there is no other fold: its out-of-fold file stays raw
/// but for gap fill, smoothing with inference.smoothing_s and clamping. Decision 0017.
///
/// Not thread-safe.
class OutOfFold {
 public:
  /// @param labels      Of every trial, frame by frame. @param row_labels  The same of its rows.
  /// @param cache       These must outlive this.
  OutOfFold(const InferenceOptions& options,
            const LabelMap* labels,
            const LabelMap* row_labels,
            ClipTrackCache* cache);

  /// @param predictions  Raw, of the validation trials. @param label_std  Of the training labels.
  void AddFold(RowPredictions predictions, const Va& label_std);

  /// Moments of one fold's raw predictions against the annotations.
  const std::array<CccAccumulator, 2>& score(std::size_t fold) const { return folds_[fold].score; }
  /// CCC of all folds' annotated rows pooled, raw predictions (see GroupCcc).
  std::array<std::optional<double>, 2> RawCcc() const;

  /// Measures bias and chooses widths, of all folds for the model and of the other folds for each
  /// fold. Cost O(widths * rows) smoothings and O(widths * folds * rows).
  void MeasureCorrections();
  const CorrectionResult& result() const { return all_.result; }
  /// What fold `fold`'s files are written with.
  const Correction& correction(std::size_t fold) const { return others_[fold].correction; }
  /// [s], as StepsToFrames takes them.
  Va widths(std::size_t fold) const;

  /// Writes `<folder>/<trial>.txt` of every trial: corrected, gaps filled, smoothed, clamped.
  /// @return CCC of the annotated rows as written, pooled. @throws Error kIo.
  std::array<std::optional<double>, 2> Write(const std::filesystem::path& folder) const;

 private:
  struct FoldRows {
    RowPredictions predictions;
    Va label_std{0, 0};
    std::array<CccAccumulator, 2> score;
  };
  // What the folds but one (or all) say.
  struct Source {
    Correction correction;  ///< For the fold that is left out.
    CorrectionResult result;
  };

  Correction CorrectionOf(std::size_t fold, const std::vector<std::size_t>& sources) const;
  std::vector<std::size_t> FoldsWithout(std::size_t a, std::size_t b) const;
  bool Predicts(std::size_t target) const;  ///< Whether the run has networks for it.
  void ChooseWidths();

  InferenceOptions options_;
  const LabelMap *labels_, *row_labels_;
  ClipTrackCache* cache_;
  std::vector<FoldRows> folds_;
  std::vector<Source> others_;
  Source all_;
};

}  // namespace circumplex
