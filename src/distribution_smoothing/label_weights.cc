// SPDX-License-Identifier: Apache-2.0
#include "distribution_smoothing/label_weights.h"

#include <cstdint>
#include <limits>

#include "circumplex/lds.h"

#include "labels/bins.h"

namespace circumplex {

LabelWeights::LabelWeights(const std::vector<double>& valence,
                           const std::vector<double>& arousal,
                           const LdsOptions& options)
    : options_(options) {
  if (!options.enabled) return;
  std::array<std::vector<double>, 2> of_label;
  if (options.joint) {
    of_label.fill(JointLdsWeights(valence, arousal, options));
  } else {
    of_label = {LdsWeights(valence, options), LdsWeights(arousal, options)};
  }
  const auto cells = static_cast<std::size_t>(
      options.joint ? options.joint_bins * options.joint_bins : options.num_bins);
  for (std::size_t k = 0; k < 2; ++k) {
    of_cell_[k].assign(cells, 0);
    for (std::size_t i = 0; i < valence.size(); ++i)
      of_cell_[k][CellOf({valence[i], arousal[i]}, k)] = of_label[k][i];
    FillEmptyCells(&of_cell_[k]);
  }
}

Va LabelWeights::Of(const Va& label) const {
  if (!options_.enabled) return {1, 1};
  return {of_cell_[0][CellOf(label, 0)], of_cell_[1][CellOf(label, 1)]};
}

// A bin of one target's density, or a cell of the joint one (row: valence, column: arousal).
std::size_t LabelWeights::CellOf(const Va& label, std::size_t target) const {
  if (!options_.joint) {
    return static_cast<std::size_t>(LabelBin(label[target], options_.num_bins, options_.bins));
  }
  return static_cast<std::size_t>(LabelCell(label[0], options_.joint_bins) * options_.joint_bins +
                                  LabelCell(label[1], options_.joint_bins));
}

void LabelWeights::FillEmptyCells(std::vector<double>* weights) const {
  const std::vector<double> known = *weights;
  const auto count = static_cast<std::int64_t>(known.size());
  const std::int64_t columns = options_.joint ? options_.joint_bins : count;
  for (std::int64_t cell = 0; cell < count; ++cell) {
    if (known[cell] > 0) continue;
    std::int64_t nearest = std::numeric_limits<std::int64_t>::max();
    for (std::int64_t other = 0; other < count; ++other) {
      if (known[other] <= 0) continue;
      const std::int64_t down = other / columns - cell / columns,
                         across = other % columns - cell % columns;
      if (down * down + across * across >= nearest) continue;
      nearest = down * down + across * across;
      (*weights)[cell] = known[other];
    }
  }
}

}  // namespace circumplex
