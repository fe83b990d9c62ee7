// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "labels/annotation_io.h"

namespace circumplex {

/// The labels of one trial, row k = frame k; rows that are not annotated are skipped
/// by everything below.
using LabelTrack = std::vector<VaLabel>;

/// Statistics of one target over all annotated rows of all tracks.
struct TargetStats {
  double mean = 0;
  double deviation = 0;  ///< Population.
  /// Share of the variance that lies between track means; empty if constant.
  std::optional<double> between_share;
};

struct LabelStats {
  std::int64_t rows = 0;
  std::int64_t annotated = 0;
  TargetStats valence, arousal;
  /// Pearson correlation of valence and arousal; empty if one is constant.
  std::optional<double> correlation;
  /// Shares of (V+ A+), (V- A+), (V- A-), (V+ A-); 0 counts as plus. All 0 without annotated rows.
  std::array<double, 4> quadrants{};
  /// Share of annotated rows that equal the row before in both targets, among rows whose row
  /// before is annotated.
  std::optional<double> repeat_share;
};

/// Figures that describe a data set's labels (and must be met by synthetic ones).
///
///     between_share = sum_k n_k (m_k - m)^2 / sum_i (y_i - m)^2        k tracks, i rows
///
/// Moments are population moments in double. Cost O(rows). Thread-safe, throws nothing.
LabelStats ComputeLabelStats(const std::vector<LabelTrack>& tracks);

}  // namespace circumplex
