// SPDX-License-Identifier: Apache-2.0
#include "training/fold_scores.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/ones.h>

#include <cmath>

#include "training/losses.h"

namespace circumplex {
namespace {

// Calls use(trial's rows, row index, prediction) for every annotated row.
template <typename Use>
void ForEachAnnotatedRow(const RowPredictions& predictions,
                         const LabelMap& labels,
                         ClipTrackCache* cache,
                         Use use) {
  for (const auto& [trial, pairs] : predictions) {
    const LabelledRows rows = LabelRows(cache->Get(trial)->features(), labels.at(trial));
    for (std::size_t r = 0; r < pairs.size(); ++r) {
      if (rows.annotated[r]) use(rows.label[r], pairs[r]);
    }
  }
}

}  // namespace

std::array<CccAccumulator, 2> ScoreRows(const RowPredictions& predictions,
                                        const LabelMap& labels,
                                        Targets targets,
                                        ClipTrackCache* cache) {
  std::array<CccAccumulator, 2> score;
  ForEachAnnotatedRow(predictions, labels, cache, [&](const Va& label, const Va& pair) {
    for (const int k : TargetColumns(targets)) score[k].Add(pair[k], label[k]);
  });
  return score;
}

std::optional<double> FoldCcc(const CccAccumulator& score) {
  return score.variance_y() > 0 ? score.Value() : std::nullopt;
}

std::optional<double> SpreadMatchedCcc(const CccAccumulator& score, double label_std) {
  const double spread = std::sqrt(score.variance_x());
  if (spread == 0 || !FoldCcc(score)) return FoldCcc(score);
  const double scale = label_std / spread;
  const double mean_gap = score.mean_x() - score.mean_y();
  return 2 * scale * score.covariance() /
         (label_std * label_std + score.variance_y() + mean_gap * mean_gap);
}

std::optional<double> ValidationLoss(const RowPredictions& predictions,
                                     const LabelMap& labels,
                                     Targets targets,
                                     const LossOptions& options,
                                     const TrainingData& data,
                                     ClipTrackCache* cache) {
  const std::vector<int> columns = TargetColumns(targets);
  std::vector<double> prediction, label, weight;
  ForEachAnnotatedRow(predictions, labels, cache, [&](const Va& truth, const Va& pair) {
    const Va weights = data.WeightOf(truth);
    for (const int k : columns) {
      prediction.push_back(pair[k]);
      label.push_back(truth[k]);
      weight.push_back(weights[k]);
    }
  });
  if (prediction.empty()) return std::nullopt;
  const auto outputs = static_cast<std::int64_t>(columns.size());
  const auto rows = static_cast<std::int64_t>(prediction.size()) / outputs;
  const auto tensor = [&](std::vector<double>& values) {
    return at::from_blob(values.data(), {1, rows, outputs}, at::TensorOptions().dtype(at::kDouble));
  };
  return Loss(tensor(prediction),
              tensor(label),
              tensor(weight),
              at::ones({1, rows}, at::TensorOptions().dtype(at::kBool)),
              options)
      .item<double>();
}

}  // namespace circumplex
