// SPDX-License-Identifier: Apache-2.0
#include "distribution_smoothing/fds.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "circumplex/error.h"
#include "circumplex/lds.h"

#include "core/csv.h"
#include "labels/bins.h"

namespace circumplex {
namespace {

constexpr double kMinRatio = 0.1, kMaxRatio = 10, kNoVariance = 1e-10;
constexpr int kSkipped = -1;

// Index of an extension that mirrors without repeating the edge: c b | a b c | b a.
int MirroredInside(int index, int size) {
  if (index < 0) return -index;
  return index < size ? index : 2 * (size - 1) - index;
}

void RequireRows(std::size_t values, std::size_t rows, int dim) {
  if (values != rows * static_cast<std::size_t>(dim)) {
    throw Error(ErrorCode::kInvalidArgument,
                "FDS: " + std::to_string(values) + " values for " + std::to_string(rows) +
                    " labels of " + std::to_string(dim) + " features each");
  }
}

void RequireUsable(const FdsOptions& options, int dim) {
  RequireValid(options.Violations());
  if (dim < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "FDS: a feature has " + std::to_string(dim) + " values; at least 1 is needed");
  }
}

}  // namespace

int FdsBucket(double label, int buckets) { return LabelCell(label, buckets); }

template <typename T>
void Calibrate(T* features,
               std::int64_t rows,
               int dim,
               const double* mean_1,
               const double* variance_1,
               const double* mean_2,
               const double* variance_2) {
  if (std::accumulate(variance_1, variance_1 + dim, 0.0) < kNoVariance) return;
  std::vector<double> gain(static_cast<std::size_t>(dim), 0.0);
  for (int d = 0; d < dim; ++d) {
    if (variance_1[d] == 0) continue;
    gain[static_cast<std::size_t>(d)] =
        std::sqrt(std::clamp(variance_2[d] / variance_1[d], kMinRatio, kMaxRatio));
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    for (int d = 0; d < dim; ++d) {
      if (variance_1[d] == 0) continue;
      T& value = features[r * dim + d];
      value = static_cast<T>(
          (static_cast<double>(value) - mean_1[d]) * gain[static_cast<std::size_t>(d)] + mean_2[d]);
    }
  }
}

template void Calibrate<float>(
    float*, std::int64_t, int, const double*, const double*, const double*, const double*);
template void Calibrate<double>(
    double*, std::int64_t, int, const double*, const double*, const double*, const double*);

FdsStatistics::FdsStatistics(const FdsOptions& options, int dim, FdsAverage average)
    : options_(options), average_(average), dim_(dim) {
  RequireUsable(options, dim);
  count_ = options.buckets - options.start_bucket;
  kernel_ = LdsWindow(options.kernel, options.kernel_size, options.sigma);
  const double sum = std::accumulate(kernel_.begin(), kernel_.end(), 0.0);
  for (double& value : kernel_) value /= sum;
  const std::size_t size = static_cast<std::size_t>(count_) * static_cast<std::size_t>(dim);
  state_.epoch = options.start_update;
  for (auto* mean : {&state_.running_mean, &state_.stored_mean, &state_.smoothed_mean})
    mean->assign(size, 0.0);
  for (auto* variance :
       {&state_.running_variance, &state_.stored_variance, &state_.smoothed_variance}) {
    variance->assign(size, 1.0);
  }
  state_.samples.assign(static_cast<std::size_t>(count_), 0.0);
}

void FdsStatistics::set_state(const FdsState& state) {
  for (const auto& [mine, given] : {std::pair(&state_.running_mean, &state.running_mean),
                                    std::pair(&state_.running_variance, &state.running_variance),
                                    std::pair(&state_.stored_mean, &state.stored_mean),
                                    std::pair(&state_.stored_variance, &state.stored_variance),
                                    std::pair(&state_.smoothed_mean, &state.smoothed_mean),
                                    std::pair(&state_.smoothed_variance, &state.smoothed_variance),
                                    std::pair(&state_.samples, &state.samples)}) {
    if (mine->size() != given->size()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "FDS state: a matrix has " + std::to_string(given->size()) + " values where " +
                      std::to_string(mine->size()) + " are needed; buckets or features differ");
    }
  }
  state_ = state;
}

std::vector<int> FdsStatistics::BucketsOfRows(const std::vector<int>& buckets) const {
  const int first = options_.start_bucket, last = options_.buckets - 1;
  const bool has_first = std::find(buckets.begin(), buckets.end(), first) != buckets.end();
  const bool has_last = std::find(buckets.begin(), buckets.end(), last) != buckets.end();
  std::vector<int> rows(buckets.size(), kSkipped);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const int bucket = buckets[i];
    if (bucket <= first) {
      if (has_first) rows[i] = 0;
    } else if (bucket >= last) {
      if (has_last) rows[i] = last - first;
    } else {
      rows[i] = bucket - first;
    }
  }
  return rows;
}

template <typename T>
void FdsStatistics::Smooth(std::vector<T>* features,
                           const std::vector<int>& buckets,
                           int epoch) const {
  RequireRows(features->size(), buckets.size(), dim_);
  if (epoch < options_.start_smooth) return;
  const bool live = options_.live_statistics && state_.refreshed;
  const std::vector<double>& mean = live ? state_.running_mean : state_.stored_mean;
  const std::vector<double>& variance = live ? state_.running_variance : state_.stored_variance;
  const std::vector<int> rows = BucketsOfRows(buckets);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == kSkipped) continue;
    const std::size_t at = static_cast<std::size_t>(rows[i]) * static_cast<std::size_t>(dim_);
    Calibrate(features->data() + i * static_cast<std::size_t>(dim_),
              1,
              dim_,
              &mean[at],
              &variance[at],
              &state_.smoothed_mean[at],
              &state_.smoothed_variance[at]);
  }
}

FdsMap FdsStatistics::SmoothingMap(const std::vector<int>& buckets, int epoch) const {
  // An affine map is known by its values at 0 and 1.
  const std::size_t size = buckets.size() * static_cast<std::size_t>(dim_);
  FdsMap map = {std::vector<double>(size, 1.0), std::vector<double>(size, 0.0)};
  Smooth(&map.gain, buckets, epoch);
  Smooth(&map.shift, buckets, epoch);
  for (std::size_t i = 0; i < size; ++i) map.gain[i] -= map.shift[i];
  return map;
}

std::vector<double> FdsStatistics::SmoothAlongBuckets(const std::vector<double>& values) const {
  const int half = static_cast<int>(kernel_.size()) / 2;
  std::vector<double> smoothed(values.size(), 0.0);
  for (int b = 0; b < count_; ++b) {
    for (int k = -half; k <= half; ++k) {
      const int source = MirroredInside(b + k, count_);
      for (int d = 0; d < dim_; ++d) {
        smoothed[static_cast<std::size_t>(b) * dim_ + d] +=
            kernel_[static_cast<std::size_t>(k + half)] *
            values[static_cast<std::size_t>(source) * dim_ + d];
      }
    }
  }
  return smoothed;
}

void FdsStatistics::Refresh(int epoch) {
  if (epoch != state_.epoch + 1) return;
  state_.epoch = epoch;
  state_.refreshed = true;
  state_.stored_mean = state_.running_mean;
  state_.stored_variance = state_.running_variance;
  state_.smoothed_mean = SmoothAlongBuckets(state_.stored_mean);
  state_.smoothed_variance = SmoothAlongBuckets(state_.stored_variance);
}

template <typename T>
void FdsEpoch::Add(const std::vector<T>& features, const std::vector<int>& buckets, int dim) {
  RequireRows(features.size(), buckets.size(), dim);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    Moments& moments = buckets_[buckets[i]];
    moments.mean.resize(static_cast<std::size_t>(dim));
    moments.squares.resize(static_cast<std::size_t>(dim));
    moments.rows += 1;
    const T* row = &features[i * static_cast<std::size_t>(dim)];
    for (std::size_t d = 0; d < moments.mean.size(); ++d) {
      const double difference = static_cast<double>(row[d]) - moments.mean[d];
      moments.mean[d] += difference / moments.rows;
      moments.squares[d] += difference * (static_cast<double>(row[d]) - moments.mean[d]);
    }
  }
}

void FdsEpoch::Merge(const Moments& from, Moments* into) {
  if (into->rows == 0) {
    *into = from;
    return;
  }
  const double rows = into->rows + from.rows, share = from.rows / rows;
  for (std::size_t d = 0; d < into->mean.size(); ++d) {
    const double difference = from.mean[d] - into->mean[d];
    into->mean[d] += difference * share;
    into->squares[d] += from.squares[d] + difference * difference * into->rows * share;
  }
  into->rows = rows;
}

template <typename T>
void FdsStatistics::Update(const std::vector<T>& features,
                           const std::vector<int>& buckets,
                           int epoch) {
  FdsEpoch moments;
  moments.Add(features, buckets, dim_);
  Update(moments, epoch);
}

void FdsStatistics::Update(const FdsEpoch& features, int epoch) {
  if (epoch < state_.epoch) return;
  std::vector<int> buckets;
  for (const auto& [bucket, moments] : features.buckets_) buckets.push_back(bucket);
  const std::vector<int> rows = BucketsOfRows(buckets);
  std::map<int, FdsEpoch::Moments> joined;
  std::size_t next = 0;
  for (const auto& [bucket, moments] : features.buckets_) {
    const int row = rows[next++];
    if (row == kSkipped) continue;
    if (moments.mean.size() != static_cast<std::size_t>(dim_)) {
      throw Error(ErrorCode::kInvalidArgument,
                  "FDS: features of " + std::to_string(moments.mean.size()) +
                      " values where the statistics have " + std::to_string(dim_));
    }
    FdsEpoch::Merge(moments, &joined[row]);
  }
  for (const auto& [row, moments] : joined) Join(row, moments, epoch);
}

void FdsStatistics::Join(int bucket, const FdsEpoch::Moments& current, int epoch) {
  double& seen = state_.samples[static_cast<std::size_t>(bucket)];
  seen += current.rows;
  double keep = 0;
  if (epoch != options_.start_update) {
    keep = average_ == FdsAverage::kMomentum ? options_.momentum : 1 - current.rows / seen;
  }
  const double divisor = current.rows > 1 ? current.rows - 1 : 1;
  const std::size_t at = static_cast<std::size_t>(bucket) * static_cast<std::size_t>(dim_);
  for (std::size_t d = 0; d < static_cast<std::size_t>(dim_); ++d) {
    double& running_mean = state_.running_mean[at + d];
    double& running_variance = state_.running_variance[at + d];
    running_mean = (1 - keep) * current.mean[d] + keep * running_mean;
    running_variance = (1 - keep) * current.squares[d] / divisor + keep * running_variance;
  }
}

template void FdsEpoch::Add(const std::vector<float>&, const std::vector<int>&, int);
template void FdsEpoch::Add(const std::vector<double>&, const std::vector<int>&, int);
template void FdsStatistics::Smooth(std::vector<float>*, const std::vector<int>&, int) const;
template void FdsStatistics::Smooth(std::vector<double>*, const std::vector<int>&, int) const;
template void FdsStatistics::Update(const std::vector<float>&, const std::vector<int>&, int);
template void FdsStatistics::Update(const std::vector<double>&, const std::vector<int>&, int);

}  // namespace circumplex
