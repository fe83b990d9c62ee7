// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "circumplex/options.h"
#include "circumplex/va_track.h"

namespace circumplex {

/// Loss weights of labels by the density of a training set's labels, per target.
///
/// A label of the set has the weight that LdsWeights (or JointLdsWeights, for both targets alike)
/// gives it; another one that of its bin, or of the nearest bin (cell) with a label of the set,
/// the lower index of two. Without LDS every weight is 1. Thread-safe.
class LabelWeights {
 public:
  /// @param valence, arousal  Of the annotated rows, one of each per row.
  /// @throws Error as LdsWeights, if options.enabled.
  LabelWeights(const std::vector<double>& valence,
               const std::vector<double>& arousal,
               const LdsOptions& options);

  /// Weights of (valence, arousal).
  Va Of(const Va& label) const;

 private:
  std::size_t CellOf(const Va& label, std::size_t target) const;
  void FillEmptyCells(std::vector<double>* weights) const;

  LdsOptions options_;
  std::array<std::vector<double>, 2> of_cell_;  ///< By target, of every bin or cell.
};

}  // namespace circumplex
