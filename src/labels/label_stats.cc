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

LagStats LagOf(const std::vector<LabelTrack>& tracks, Target target, int lag) {
  if (lag < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "label statistics: lag " + std::to_string(lag) + " must be at least 1");
  }
  const Moments all = MomentsOf(tracks, target);
  LagStats stats;
  double product = 0, change = 0;
  const std::size_t step = static_cast<std::size_t>(lag);
  for (const LabelTrack& track : tracks) {
    for (std::size_t t = 0; t + step < track.size(); ++t) {
      const VaLabel &now = track[t], &later = track[t + step];
      if (!now.annotated || !later.annotated) continue;
      const double a = now.*target, b = later.*target;
      product += (a - all.mean) * (b - all.mean);
      change += std::abs(b - a);
      ++stats.pairs;
    }
  }
  if (stats.pairs == 0) return stats;
  const double pairs = static_cast<double>(stats.pairs);
  stats.mean_change = change / pairs;
  if (all.squares > 0) stats.autocorrelation = product / pairs / (all.squares / all.count);
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

LagStats ValenceLagStats(const std::vector<LabelTrack>& tracks, int lag) {
  return LagOf(tracks, &Va::valence, lag);
}
LagStats ArousalLagStats(const std::vector<LabelTrack>& tracks, int lag) {
  return LagOf(tracks, &Va::arousal, lag);
}

std::vector<std::int64_t> JointHistogram(const std::vector<LabelTrack>& tracks, int cells) {
  if (cells < 1 || cells > 1000) {
    throw Error(ErrorCode::kInvalidArgument,
                "label histogram: " + std::to_string(cells) + " cells per axis; choose 1 to 1000");
  }
  std::vector<std::int64_t> counts(static_cast<std::size_t>(cells) * cells, 0);
  for (const LabelTrack& track : tracks) {
    for (const VaLabel& label : track) {
      if (!label.annotated) continue;
      ++counts[LabelCell(label.valence, cells) * cells + LabelCell(label.arousal, cells)];
    }
  }
  return counts;
}

}  // namespace circumplex
