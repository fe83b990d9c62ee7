// SPDX-License-Identifier: Apache-2.0
#include "training/out_of_fold.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/check.h"
#include "inference/track_frames.h"
#include "metrics/summary.h"
#include "predictions/gap_fill.h"
#include "predictions/prediction_io.h"

namespace circumplex {
namespace {

std::array<std::optional<double>, 2> CccOf(const std::array<CccAccumulator, 2>& score) {
  return {GroupCcc(score[0]), GroupCcc(score[1])};
}

// The width with the largest CCC, the narrowest of equals; `fallback` where no CCC is defined.
double BestWidth(const std::vector<std::array<CccAccumulator, 2>>& score_of_width,
                 std::size_t target,
                 double fallback) {
  std::optional<double> best;
  double width = fallback;
  for (std::size_t w = 0; w < score_of_width.size(); ++w) {
    const std::optional<double> ccc = GroupCcc(score_of_width[w][target]);
    if (!ccc || (best && *ccc <= *best)) continue;
    best = ccc;
    width = SmoothingWidths()[w];
  }
  return width;
}

}  // namespace

const std::vector<double>& SmoothingWidths() {
  static const std::vector<double> widths = {0, 0.2, 0.5, 1, 1.5, 2, 3, 4, 6, 8};
  return widths;
}

Va Correction::Apply(const Va& raw) const {
  Va pair;
  for (std::size_t k = 0; k < 2; ++k) pair[k] = matching[k].Apply(raw[k]) - bias[k];
  return pair;
}

OutOfFold::OutOfFold(const InferenceOptions& options,
                     const LabelMap* labels,
                     const LabelMap* row_labels,
                     ClipTrackCache* cache)
    : options_(options), labels_(labels), row_labels_(row_labels), cache_(cache) {}

void OutOfFold::AddFold(RowPredictions predictions, const Va& label_std) {
  FoldRows fold;
  fold.label_std = label_std;
  for (const auto& [trial, pairs] : predictions) {
    const std::vector<VaLabel>& rows = row_labels_->at(trial);
    for (std::size_t r = 0; r < pairs.size(); ++r) {
      for (std::size_t k = 0; k < 2; ++k) {
        // NaN: the run has no network for this target.
        if (rows[r].annotated && std::isfinite(pairs[r][k]))
          fold.score[k].Add(pairs[r][k], rows[r][k]);
      }
    }
  }
  fold.predictions = std::move(predictions);
  folds_.push_back(std::move(fold));
}

std::array<std::optional<double>, 2> OutOfFold::RawCcc() const {
  std::array<CccAccumulator, 2> pooled;
  for (const FoldRows& fold : folds_) {
    for (std::size_t k = 0; k < 2; ++k) pooled[k].Merge(fold.score[k]);
  }
  return CccOf(pooled);
}

bool OutOfFold::Predicts(std::size_t target) const {
  return std::any_of(folds_.begin(), folds_.end(), [&](const FoldRows& fold) {
    return fold.score[target].count() > 0;
  });
}

std::vector<std::size_t> OutOfFold::FoldsWithout(std::size_t a, std::size_t b) const {
  std::vector<std::size_t> folds;
  for (std::size_t f = 0; f < folds_.size(); ++f) {
    if (f != a && f != b) folds.push_back(f);
  }
  return folds;
}

Correction OutOfFold::CorrectionOf(std::size_t fold,
                                   const std::vector<std::size_t>& sources) const {
  Correction correction;
  for (std::size_t k = 0; k < 2; ++k) {
    CccAccumulator pooled;
    for (const std::size_t source : sources) pooled.Merge(folds_[source].score[k]);
    if (pooled.count() == 0) continue;
    if (options_.std_matching) correction.matching[k] = MatchStd(pooled, folds_[fold].label_std[k]);
    // Stretching about the mean leaves the mean error as it is.
    if (options_.bias_correction) correction.bias[k] = pooled.mean_difference();
  }
  return correction;
}

void OutOfFold::MeasureCorrections() {
  CIRCUMPLEX_CHECK(!folds_.empty(), "a run has at least one fold");
  others_.assign(folds_.size(), Source());
  for (std::size_t f = 0; f < folds_.size(); ++f)
    others_[f].correction = CorrectionOf(f, FoldsWithout(f, f));
  if (options_.bias_correction) {
    // Fold 0 stands for any: the bias does not depend on whom it is for.
    all_.result.bias = CorrectionOf(0, FoldsWithout(folds_.size(), folds_.size())).bias;
  }
  if (options_.smoothing_choose) ChooseWidths();
}

void OutOfFold::ChooseWidths() {
  const std::size_t count = folds_.size();
  // Moments by who is left out (the last: nobody) and by width.
  std::vector<std::vector<std::array<CccAccumulator, 2>>> score(
      count + 1, std::vector<std::array<CccAccumulator, 2>>(SmoothingWidths().size()));
  const std::array<bool, 2> predicts = {Predicts(0), Predicts(1)};
  FrameRules rules = FrameRulesOf(options_);
  rules.clamp = false;
  rules.predicts = predicts;
  for (std::size_t g = 0; g < count; ++g) {
    std::vector<Correction> correction(count + 1);
    for (std::size_t left_out = 0; left_out <= count; ++left_out)
      correction[left_out] = CorrectionOf(g, FoldsWithout(g, left_out));
    for (const auto& [trial, pairs] : folds_[g].predictions) {
      const std::vector<VaLabel>& labels = labels_->at(trial);
      const auto track = cache_->Get(trial);
      for (std::size_t w = 0; w < SmoothingWidths().size(); ++w) {
        rules.smoothing_s = {SmoothingWidths()[w], SmoothingWidths()[w]};
        // Smoothing keeps constants and is linear, so it may come before the correction.
        const FrameSeries series = StepsToFrames(
            track->features(), pairs, static_cast<std::int64_t>(labels.size()), rules);
        for (std::size_t t = 0; t < labels.size(); ++t) {
          if (!labels[t].annotated || !series.own[t]) continue;
          for (std::size_t left_out = 0; left_out <= count; ++left_out) {
            if (left_out == g) continue;
            const Va pair = correction[left_out].Apply(series.values[t]);
            const Va& label = labels[t];
            for (std::size_t k = 0; k < 2; ++k) {
              if (!predicts[k]) continue;
              score[left_out][w][k].Add(options_.clamp ? std::clamp(pair[k], -1.0, 1.0) : pair[k],
                                        label[k]);
            }
          }
        }
      }
    }
  }
  for (std::size_t left_out = 0; left_out <= count; ++left_out) {
    Source& source = left_out < count ? others_[left_out] : all_;
    source.result.smoothing_s = {BestWidth(score[left_out], 0, options_.smoothing_s),
                                 BestWidth(score[left_out], 1, options_.smoothing_s)};
  }
}

Va OutOfFold::widths(std::size_t fold) const {
  return others_[fold].result.smoothing_s.value_or(Va{options_.smoothing_s, options_.smoothing_s});
}

std::array<std::optional<double>, 2> OutOfFold::Write(const std::filesystem::path& folder) const {
  CIRCUMPLEX_CHECK(others_.size() == folds_.size(), "MeasureCorrections() comes before Write()");
  const std::array<bool, 2> predicts = {Predicts(0), Predicts(1)};
  std::array<CccAccumulator, 2> written;
  for (std::size_t f = 0; f < folds_.size(); ++f) {
    FrameRules rules = FrameRulesOf(options_);
    rules.smoothing_s = widths(f);
    rules.predicts = predicts;
    for (const auto& [trial, raw] : folds_[f].predictions) {
      std::vector<Va> rows;
      for (const Va& pair : raw) rows.push_back(others_[f].correction.Apply(pair));
      const std::vector<VaLabel>& labels = labels_->at(trial);
      const FrameSeries series = StepsToFrames(
          cache_->Get(trial)->features(), rows, static_cast<std::int64_t>(labels.size()), rules);
      TrialPrediction prediction;
      prediction.trial = trial;
      for (std::size_t t = 0; t < labels.size(); ++t) {
        const Va pair = CentreIfUnknown(series.values[t], predicts);
        prediction.values.push_back(pair);
        if (!labels[t].annotated || !series.own[t]) continue;
        if (predicts[0]) written[0].Add(pair[0], labels[t].valence);
        if (predicts[1]) written[1].Add(pair[1], labels[t].arousal);
      }
      WriteTrialPrediction(folder / (trial + ".txt"), prediction);
    }
  }
  return CccOf(written);
}

}  // namespace circumplex
