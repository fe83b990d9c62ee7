// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace circumplex {

/// Streaming concordance correlation coefficient of predictions x against annotations y.
///
///     ccc = 2 s_xy / (s_xx + s_yy + (m_x - m_y)^2)      in [-1, 1]
///
/// Equals the paper's 2 rho s_x s_y / (...) and stays defined (0) where one series is constant.
/// Moments divide by N (population), as the organisers' evaluation does; N - 1 differs through
/// the mean term.
///
/// Source: paper IV-B; Lin 1989, Biometrics 45(1):255-268.
/// The pooled value is one accumulator over all frames of all videos, not a mean of per-video
/// values; Merge() equals adding every frame to one object, up to rounding.
///
/// Units: as given, the same for both series. Accumulates in double (Welford).
/// Thread safety: none per object; one per thread, then Merge().
class CccAccumulator {
 public:
  /// @throws Error kInvalidArgument if x or y is not finite; the object is left unchanged.
  void Add(double x, double y);
  /// Adds the pairs of `other`, as if each had been given to Add().
  void Merge(const CccAccumulator& other);

  /// Pairs so far.
  std::int64_t count() const { return n_; }
  /// Mean of the predictions; 0 without pairs.
  double mean_x() const { return origin_x_ + offset_x_; }
  /// Mean of the annotations; 0 without pairs.
  double mean_y() const { return origin_y_ + offset_y_; }
  double variance_x() const { return n_ ? sxx_ / static_cast<double>(n_) : 0; }  ///< Population.
  double variance_y() const { return n_ ? syy_ / static_cast<double>(n_) : 0; }  ///< Population.
  double covariance() const { return n_ ? sxy_ / static_cast<double>(n_) : 0; }  ///< Population.

  /// Mean of x - y, exact where mean_x() - mean_y() would lose the difference of two large means.
  double mean_difference() const { return mean_difference_; }

  /// Empty while undefined: no frame, or both series constant and equal.
  std::optional<double> Value() const;
  /// Pearson correlation; empty if either series is constant.
  std::optional<double> Pearson() const;
  /// Root mean squared difference; empty without frames.
  std::optional<double> Rmse() const;

 private:
  std::int64_t n_ = 0;
  double origin_x_ = 0, origin_y_ = 0;  // The first pair.
  double offset_x_ = 0, offset_y_ = 0;  // Means less the origin.
  double sxx_ = 0, syy_ = 0, sxy_ = 0;
  double mean_difference_ = 0, sum_squared_difference_ = 0;
};

}  // namespace circumplex
