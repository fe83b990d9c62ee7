// SPDX-License-Identifier: Apache-2.0
#include "metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "circumplex/error.h"

#include "core/rng.h"

namespace circumplex {
namespace {

constexpr double kTail = 0.025;
constexpr std::size_t kMeanIndex = kNumTargets;
constexpr std::size_t kFirstRegion = kMeanIndex + 1;
constexpr std::size_t kNumValues = kFirstRegion + kNumTargets * kNumRegions;
// CCC of valence, of arousal, of their mean; then the regions' errors, targets outermost.
using Values = std::array<std::optional<double>, kNumValues>;

std::vector<VideoMoments> MomentsOf(const std::vector<VideoSeries>& videos) {
  std::vector<VideoMoments> moments;
  moments.reserve(videos.size());
  for (const VideoSeries& video : videos) moments.push_back(AccumulateVideo(video));
  return moments;
}

Values PooledValues(const std::vector<VideoMoments>& videos,
                    const std::vector<std::size_t>& chosen) {
  VideoMoments pooled;
  for (const std::size_t v : chosen) pooled.Merge(videos[v]);
  Values values;
  std::size_t next = kFirstRegion;
  for (std::size_t t = 0; t < kNumTargets; ++t) {
    values[t] = GroupCcc(pooled.ccc[t]);
    for (const AbsoluteErrors& errors : pooled.region[t]) values[next++] = errors.Mean();
  }
  if (values[0] && values[1]) values[kMeanIndex] = (*values[0] + *values[1]) / 2;
  return values;
}

Values Difference(const Values& a, const Values& b) {
  Values difference;
  for (std::size_t k = 0; k < kNumValues; ++k) {
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
ScoreIntervals Intervals(std::size_t videos,
                         int resamples,
                         std::uint64_t seed,
                         Function&& evaluate) {
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
    for (std::size_t k = 0; k < kNumValues; ++k) {
      if (resampled[k]) drawn[k].push_back(*resampled[k]);
    }
  }
  std::array<std::optional<Interval>, kNumValues> found;
  for (std::size_t k = 0; k < kNumValues; ++k) {
    if (!value[k] || drawn[k].empty()) continue;
    std::sort(drawn[k].begin(), drawn[k].end());
    found[k] = {*value[k], Quantile(drawn[k], kTail), Quantile(drawn[k], 1 - kTail)};
  }
  ScoreIntervals intervals;
  std::size_t next = kFirstRegion;
  for (std::size_t t = 0; t < kNumTargets; ++t) {
    intervals.ccc[t] = found[t];
    for (auto& region : intervals.region_mae[t]) region = found[next++];
  }
  intervals.mean_ccc = found[kMeanIndex];
  return intervals;
}

}  // namespace

ScoreIntervals BootstrapScores(const std::vector<VideoSeries>& videos,
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
