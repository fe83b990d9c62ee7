// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace circumplex {

class Rng;

/// What one synthetic person feels, row by row; all vectors have the same length.
struct AffectSeries {
  std::vector<double> valence;  ///< [-1, 1]; shows in the still face.
  std::vector<double> still;    ///< s in [0, 1]; the part of arousal that shows in the still face.
  std::vector<double> motion;   ///< m in [0, 1]; the part of arousal that shows only in motion.
  std::vector<double> arousal;  ///< [-1, 1], from s and m.
};

struct AffectOptions {
  double frame_rate = 30;      ///< [1/s], > 0.
  double still_share = 0.5;    ///< Share q of the arousal variance that s carries, [0, 1].
  double repeat_share = 0.46;  ///< Share of rows that repeat the row before, [0, 1).
};

/// Draws series whose label statistics resemble Aff-Wild2's training set (protocol 1.2): valence
/// lopsided to the negative side (mean 0.1, spread 0.4), arousal to the positive side (mean 0.3,
/// spread 0.3), no correlation, half of the variance of valence and 38 % of that of arousal between
/// trials, changes of about 0.1 in 30 rows, and rows that repeat.
///
///     g = sqrt(r) b + sqrt(1 - r) x(t)       b between trials, x(t) smooth within a trial,
///                                            both of unit variance
///     v = clamp(1.06 - 0.86 exp(-0.42 g_v))
///     s = min(1, 0.25 exp(0.75 g_s))         m likewise from its own g
///     a = clamp(0.32 + 0.30 (sqrt(q) z(s) + sqrt(1 - q) z(m)))
///                                            z: standardised over the population
///
/// s, m and v are drawn independently, so a model that sees one frame at a time, however good,
/// explains the share q of the arousal variance and no more. To keep this true in small sets, the b
/// are normal quantiles in an order of low correlation, and what correlation is left between the g
/// of a set by chance is removed by regression.
///
/// @param lengths  Rows per trial, each >= 1.
/// @return One series per trial. Deterministic in `seed`. Cost O(rows * frame_rate). Thread-safe.
std::vector<AffectSeries> MakeAffectSeries(const std::vector<int>& lengths,
                                           const AffectOptions& options,
                                           std::uint64_t seed);

/// Share of a target's variance that a perfect model of single frames can explain, in the
/// set as generated.
struct StillShares {
  std::int64_t rows = 0;
  double valence = 1;  ///< 1 by construction: valence is drawn into the still face without noise.
  double arousal = 0;  ///< R^2 of the regression of a on (1, s).
  double arousal_ccc = 0;  ///< Largest CCC of any a + b s with arousal: sqrt(arousal).
};

/// @param use  Rows that count (annotated ones), per trial; empty = all rows.
/// @return Population moments over all rows that count. Cost O(rows).
StillShares ComputeStillShares(const std::vector<AffectSeries>& series,
                               const std::vector<std::vector<bool>>& use = {});

/// Smooth random series of zero mean and unit variance over its own length: white noise under a
/// Gaussian window of `sigma_rows`. Length 1 gives 0. Thread-safe.
std::vector<double> SmoothNoise(int length, double sigma_rows, Rng* rng);

}  // namespace circumplex
