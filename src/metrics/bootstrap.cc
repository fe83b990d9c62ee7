// SPDX-License-Identifier: Apache-2.0
#include "metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "circumplex/error.h"

#include "core/rng.h"

namespace circumplex {
namespace {

constexpr int kMeanIndex = kNumTargets;
constexpr int kNumValues = kNumTargets + 1;
constexpr double kTail = 0.025;
using VideoMoments = std::array<CccAccumulator, kNumTargets>;
using Values = std::array<std::optional<double>, kNumValues>;  // Valence, arousal, mean.

std::vector<VideoMoments> MomentsOf(const std::vector<VideoSeries>& videos) {
  std::vector<VideoMoments> moments;
  moments.reserve(videos.size());
  for (const VideoSeries& video : videos) moments.push_back(AccumulateVideo(video));
  return moments;
}

Values PooledValues(const std::vector<VideoMoments>& videos,
                    const std::vector<std::size_t>& chosen) {
  VideoMoments pooled;
  for (const std::size_t v : chosen) {
    for (int t = 0; t < kNumTargets; ++t) pooled[t].Merge(videos[v][t]);
  }
  Values values;
  for (int t = 0; t < kNumTargets; ++t) values[t] = pooled[t].Value();
  if (values[0] && values[1]) values[kMeanIndex] = (*values[0] + *values[1]) / 2;
  return values;
}

Values Difference(const Values& a, const Values& b) {
  Values difference;
  for (int k = 0; k < kNumValues; ++k) {
    if (a[k] && b[k]) difference[k] = *a[k] - *b[k];
  }
  return difference;
}

double Quantile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const std::size_t below = static_cast<std::size_t>(position),
                    above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - static_cast<double>(below));
}

// `evaluate` maps a choice of videos to values; the data itself is the choice of each video once.
template <typename Function>
CccIntervals Intervals(std::size_t videos, int resamples, std::uint64_t seed, Function&& evaluate) {
  if (resamples < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "bootstrap: " + std::to_string(resamples) + " resamples; at least 1 is needed");
  }
  std::vector<std::size_t> chosen(videos);
  for (std::size_t v = 0; v < videos; ++v) chosen[v] = v;
  const Values value = evaluate(chosen);
  std::array<std::vector<double>, kNumValues> drawn;
  Rng rng(seed, "bootstrap");
  for (int r = 0; r < resamples; ++r) {
    for (std::size_t& v : chosen) v = rng.Below(videos);
    const Values resampled = evaluate(chosen);
    for (int k = 0; k < kNumValues; ++k) {
      if (resampled[k]) drawn[k].push_back(*resampled[k]);
    }
  }
  CccIntervals intervals;
  for (int k = 0; k < kNumValues; ++k) {
    if (!value[k] || drawn[k].empty()) continue;
    std::sort(drawn[k].begin(), drawn[k].end());
    const Interval interval = {*value[k], Quantile(drawn[k], kTail), Quantile(drawn[k], 1 - kTail)};
    (k == kMeanIndex ? intervals.mean : intervals.target[k]) = interval;
  }
  return intervals;
}

}  // namespace

CccIntervals BootstrapCcc(const std::vector<VideoSeries>& videos,
                          int resamples,
                          std::uint64_t seed) {
  const std::vector<VideoMoments> moments = MomentsOf(videos);
  return Intervals(videos.size(), resamples, seed, [&](const std::vector<std::size_t>& chosen) {
    return PooledValues(moments, chosen);
  });
}

PairedDifference BootstrapDifference(const std::vector<VideoSeries>& a,
                                     const std::vector<VideoSeries>& b,
                                     int resamples,
                                     std::uint64_t seed) {
  if (a.size() != b.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                "paired comparison: " + std::to_string(a.size()) + " and " +
                    std::to_string(b.size()) + " videos; both must have the same");
  }
  for (std::size_t v = 0; v < a.size(); ++v) {
    if (a[v].name != b[v].name) {
      throw Error(ErrorCode::kInvalidArgument,
                  "paired comparison: video " + std::to_string(v + 1) + " is '" + a[v].name +
                      "' in one set and '" + b[v].name +
                      "' in the other; give the same videos in the same order");
    }
  }
  const std::vector<VideoMoments> of_a = MomentsOf(a), of_b = MomentsOf(b);
  PairedDifference result;
  double better = 0, defined = 0;
  bool first = true;
  result.difference =
      Intervals(a.size(), resamples, seed, [&](const std::vector<std::size_t>& chosen) {
        const Values difference =
            Difference(PooledValues(of_a, chosen), PooledValues(of_b, chosen));
        // The first call is the data itself, no resample.
        if (!first && difference[kMeanIndex]) {
          defined += 1;
          better += *difference[kMeanIndex] > 0 ? 1 : *difference[kMeanIndex] == 0 ? 0.5 : 0;
        }
        first = false;
        return difference;
      });
  if (defined > 0) result.share_a_better = better / defined;
  return result;
}

}  // namespace circumplex
