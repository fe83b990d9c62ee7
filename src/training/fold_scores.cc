// SPDX-License-Identifier: Apache-2.0
#include "training/fold_scores.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/ones.h>

#include "core/check.h"
#include "metrics/summary.h"
#include "network/targets.h"
#include "predictions/std_matching.h"
#include "training/losses.h"

namespace circumplex {
namespace {

// Calls use(label, prediction) for every annotated row.
template <typename Use>
void ForEachAnnotatedRow(const RowPredictions& predictions, const LabelMap& row_labels, Use use) {
  for (const auto& [trial, pairs] : predictions) {
    const std::vector<VaLabel>& rows = row_labels.at(trial);
    CIRCUMPLEX_CHECK(rows.size() == pairs.size(), "one prediction per row");
    for (std::size_t r = 0; r < pairs.size(); ++r) {
      if (rows[r].annotated) use(rows[r], pairs[r]);
    }
  }
}

}  // namespace

std::array<CccAccumulator, 2> ScoreRows(const RowPredictions& predictions,
                                        const LabelMap& row_labels,
                                        Targets targets) {
  std::array<CccAccumulator, 2> score;
  ForEachAnnotatedRow(predictions, row_labels, [&](const Va& label, const Va& pair) {
    for (const int k : TargetColumns(targets)) score[k].Add(pair[k], label[k]);
  });
  return score;
}

std::optional<double> StdMatchedCcc(const CccAccumulator& score, double label_std) {
  if (!GroupCcc(score)) return std::nullopt;
  return MatchedCcc(score, MatchStd(score, label_std));
}

std::optional<double> ValidationLoss(const RowPredictions& predictions,
                                     const LabelMap& row_labels,
                                     Targets targets,
                                     const LossOptions& options,
                                     const LabelWeights& weights) {
  const std::vector<int> columns = TargetColumns(targets);
  std::vector<double> prediction, label, weight;
  ForEachAnnotatedRow(predictions, row_labels, [&](const Va& truth, const Va& pair) {
    const Va of_label = weights.Of(truth);
    for (const int k : columns) {
      prediction.push_back(pair[k]);
      label.push_back(truth[k]);
      weight.push_back(of_label[k]);
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
