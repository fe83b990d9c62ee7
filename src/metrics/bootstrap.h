// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "metrics/summary.h"

namespace circumplex {

/// A value and its 95 % percentile interval over resamples of whole videos.
struct Interval {
  double value = 0;  ///< On the data itself.
  double low = 0;    ///< 2.5 % quantile of the resamples, linear between order statistics.
  double high = 0;   ///< 97.5 % quantile.
};

/// Intervals of the pooled scores. Empty where the value is undefined on the data.
struct ScoreIntervals {
  std::array<std::optional<Interval>, kNumTargets> ccc;
  std::optional<Interval> mean_ccc;  ///< Of the mean of both targets.
  /// Mean absolute error of the rows in each density region (VideoSeries::region).
  std::array<std::array<std::optional<Interval>, kNumRegions>, kNumTargets> region_mae;
};

/// Intervals of the pooled scores when videos are drawn with replacement (frames of one video
/// depend on each other, so resampling frames would promise far too much). The regions stay what
/// they are on the data: a resample does not move a label from few to many.
///
/// Every resample merges per-video moments: cost O(frames + resamples * videos).
/// Source: Efron and Tibshirani 1993, chapter 13 (percentile interval).
/// Deterministic in (videos, resamples, seed). Resamples in which a value is undefined are left out
/// of its quantiles.
/// @throws Error kInvalidArgument: resamples < 1; as Summarize.
ScoreIntervals BootstrapScores(const std::vector<VideoSeries>& videos,
                               int resamples,
                               std::uint64_t seed);

/// Intervals of score(a) - score(b), both on the same resampled videos, so that differences
/// between videos cancel.
struct PairedDifference {
  ScoreIntervals difference;
  /// Share of resamples in which a's mean CCC is above b's (0.5 per tie); empty where undefined.
  std::optional<double> share_a_better;
};

/// @param a, b  the same videos in the same order (names are compared).
/// @throws Error kInvalidArgument: other videos; as BootstrapScores.
PairedDifference BootstrapDifference(const std::vector<VideoSeries>& a,
                                     const std::vector<VideoSeries>& b,
                                     int resamples,
                                     std::uint64_t seed);

}  // namespace circumplex
