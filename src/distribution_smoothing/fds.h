// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// Bucket of a label: equal parts of [-1, 1], the last one closed.
int FdsBucket(double label, int buckets);

/// Moves features of statistics (mean_1, variance_1) to (mean_2, variance_2), value by value:
///
///     z' = (z - mean_1) sqrt(clip(variance_2 / variance_1, 0.1, 10)) + mean_2
///
/// A feature whose variance_1 is 0 is left as it is; if all variances together are below
/// 1e-10, every one is. Source: arXiv:2102.09554, section 3.2, and its public code (clip
/// bounds, zero rules).
/// @param features  `rows` x `dim` values, row-major, changed in place. The statistics hold
///                  `dim` values each.
template <typename T>
void Calibrate(T* features,
               std::int64_t rows,
               int dim,
               const double* mean_1,
               const double* variance_1,
               const double* mean_2,
               const double* variance_2);

/// What FdsStatistics knows: everything a checkpoint must hold. Matrices are (buckets -
/// start_bucket) x dim, row-major.
struct FdsState {
  int epoch = 0;
  std::vector<double> running_mean, running_variance;  ///< Updated at the end of every epoch.
  std::vector<double> stored_mean, stored_variance;    ///< Copy that calibration removes.
  std::vector<double> smoothed_mean,
      smoothed_variance;        ///< Stored ones smoothed along buckets; calibration adds.
  std::vector<double> samples;  ///< Rows seen per bucket, over all epochs.
  bool refreshed = false;       ///< True from the first Refresh() that took effect.
};

/// Moments of one epoch's features per bucket, added batch by batch, so that the features need not
/// be kept. Thread safety: none.
class FdsEpoch {
 public:
  /// Adds rows x `dim` features, row-major; `dim` is the same in every call.
  /// @param buckets  one per row. @throws Error kInvalidArgument if sizes differ.
  /// Cost O(rows * dim).
  template <typename T>
  void Add(const std::vector<T>& features, const std::vector<int>& buckets, int dim);

 private:
  friend class FdsStatistics;
  struct Moments {
    double rows = 0;
    std::vector<double> mean, squares;  ///< Sums of squared differences from the mean.
  };
  static void Merge(const Moments& from, Moments* into);
  std::map<int, Moments> buckets_;
};

/// Calibration of rows as z' = gain z + shift, rows x dim each, row-major.
struct FdsMap {
  std::vector<double> gain, shift;
};

/// How an epoch's statistics join the running ones after the first epoch.
enum class FdsAverage {
  kMomentum,  ///< FdsOptions::momentum.
  /// Weight n / (rows seen so far in the bucket), the public code without a momentum.
  kCumulative,
};

/// Feature distribution smoothing: per label bucket the mean and variance of features, smoothed
/// over neighbouring buckets; rare labels borrow the statistics of frequent ones.
///
/// Order of use in epoch e, as the public code: Smooth() in every training step, and after the
/// epoch's last step Refresh(e), then Update() with the features and buckets of the whole training
/// set. Source: arXiv:2102.09554, section 3.2; FdsOptions names the values. Differs: the public
/// class stores no copy, so what calibration removes runs ahead of what it adds from the first
/// refresh on; `live_statistics` reproduces that. Rows of buckets below `start_bucket` or beyond
/// the last are skipped, except that the first and last bucket take the rows beyond them in when a
/// row of that very bucket occurs (public code). Thread safety: none.
class FdsStatistics {
 public:
  /// @param dim  features per row, >= 1.
  /// @throws Error kInvalidOptions for options that break FdsOptions' rules.
  FdsStatistics(const FdsOptions& options, int dim, FdsAverage average = FdsAverage::kMomentum);

  /// Calibrates `rows` x dim features in place; nothing before options.start_smooth. Training only.
  /// @param buckets  one per row (FdsBucket). @throws Error kInvalidArgument if sizes differ.
  template <typename T>
  void Smooth(std::vector<T>* features, const std::vector<int>& buckets, int epoch) const;

  /// What Smooth() does to rows of these buckets, for callers that pass gradients through it. A row
  /// that Smooth() leaves alone has gain 1 and shift 0.
  FdsMap SmoothingMap(const std::vector<int>& buckets, int epoch) const;

  /// Copies the running statistics to the stored ones and smooths them (reflect padding,
  /// kernel of sum 1). Acts once per epoch, from start_update + 1 on: another epoch than the
  /// next one is ignored.
  void Refresh(int epoch);

  /// Adds one epoch's features: running = momentum * running + (1 - momentum) * current, in the
  /// first epoch current alone. Variance divides by n - 1; one row has variance 0. Does nothing
  /// before the last refreshed epoch.
  /// @throws Error kInvalidArgument if sizes differ. Cost O(rows * dim).
  template <typename T>
  void Update(const std::vector<T>& features, const std::vector<int>& buckets, int epoch);
  void Update(const FdsEpoch& features, int epoch);

  const FdsState& state() const { return state_; }
  /// @throws Error kInvalidArgument if a matrix has another size than this object's.
  void set_state(const FdsState& state);

 private:
  std::vector<int> BucketsOfRows(const std::vector<int>& buckets) const;
  void Join(int bucket, const FdsEpoch::Moments& current, int epoch);
  std::vector<double> SmoothAlongBuckets(const std::vector<double>& values) const;

  FdsOptions options_;
  FdsAverage average_;
  int dim_ = 0, count_ = 0;
  std::vector<double> kernel_;
  FdsState state_;
};

}  // namespace circumplex
