// SPDX-License-Identifier: Apache-2.0
#include "labels/label_stats.h"

#include <cmath>
#include <string>

#include "circumplex/error.h"

#include "labels/bins.h"

namespace circumplex {
namespace {

using Target = double Va::*;

struct Moments {
  double count = 0, mean = 0, squares = 0;
  void Add(double value) {
    count += 1;
    const double difference = value - mean;
    mean += difference / count;
    squares += difference * (value - mean);
  }
};

Moments MomentsOf(const std::vector<LabelTrack>& tracks, Target target) {
  Moments moments;
  for (const LabelTrack& track : tracks) {
    for (const VaLabel& label : track) {
      if (label.annotated) moments.Add(label.*target);
    }
  }
  return moments;
}

TargetStats StatsOf(const std::vector<LabelTrack>& tracks, Target target) {
  const Moments all = MomentsOf(tracks, target);
  TargetStats stats;
  if (all.count == 0) return stats;
  stats.mean = all.mean;
  stats.deviation = std::sqrt(all.squares / all.count);
  if (!(all.squares > 0)) return stats;
  double between = 0;
  for (const LabelTrack& track : tracks) {
    const Moments own = MomentsOf({track}, target);
    between += own.count * (own.mean - all.mean) * (own.mean - all.mean);
  }
  stats.between_share = between / all.squares;
  return stats;
}

}  // namespace

LabelStats ComputeLabelStats(const std::vector<LabelTrack>& tracks) {
  LabelStats stats;
  stats.valence = StatsOf(tracks, &Va::valence);
  stats.arousal = StatsOf(tracks, &Va::arousal);
  double covariance = 0;
  std::int64_t repeats = 0, followers = 0;
  for (const LabelTrack& track : tracks) {
    const VaLabel* before = nullptr;
    for (const VaLabel& label : track) {
      ++stats.rows;
      if (!label.annotated) {
        before = nullptr;
        continue;
      }
      ++stats.annotated;
      const int quadrant =
          label.arousal >= 0 ? (label.valence >= 0 ? 0 : 1) : (label.valence >= 0 ? 3 : 2);
      stats.quadrants[quadrant] += 1;
      covariance += (label.valence - stats.valence.mean) * (label.arousal - stats.arousal.mean);
      if (before != nullptr) {
        ++followers;
        repeats += before->valence == label.valence && before->arousal == label.arousal;
      }
      before = &label;
    }
  }
  if (stats.annotated == 0) return stats;
  const double count = static_cast<double>(stats.annotated);
  for (double& share : stats.quadrants) share /= count;
  const double spread = stats.valence.deviation * stats.arousal.deviation;
  if (spread > 0) stats.correlation = covariance / count / spread;
  if (followers > 0)
    stats.repeat_share = static_cast<double>(repeats) / static_cast<double>(followers);
  return stats;
}

}  // namespace circumplex
