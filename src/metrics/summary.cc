// SPDX-License-Identifier: Apache-2.0
#include "metrics/summary.h"

#include <algorithm>
#include <cmath>

#include "circumplex/error.h"

#include "core/csv.h"

namespace circumplex {
namespace {

constexpr double kFewShare = 0.2;
// Prediction files have four decimals, so about one row in 10,000 is exact by rounding, and a
// single one would make a geometric mean 0.
constexpr double kSmallestError = 0.5e-4;
const char* const kTargetNames[kNumTargets] = {"valence", "arousal"};

struct Tally {
  CccAccumulator moments;
  std::int64_t same_sign = 0;
  double absolute = 0, logarithm = 0;  // Sums of |error| and log |error|.

  void Add(double prediction, double label) {
    moments.Add(prediction, label);
    const double error = std::abs(prediction - label);
    absolute += error;
    logarithm += std::log(std::max(error, kSmallestError));
    const auto sign = [](double value) { return (value > 0) - (value < 0); };
    same_sign += sign(prediction) == sign(label);
  }
  void Merge(const Tally& other) {
    moments.Merge(other.moments);
    same_sign += other.same_sign;
    absolute += other.absolute;
    logarithm += other.logarithm;
  }
  TargetScores Scores() const {
    TargetScores scores;
    scores.frames = moments.count();
    if (scores.frames == 0) return scores;
    const double frames = static_cast<double>(scores.frames);
    scores.ccc = GroupCcc(moments);
    scores.pearson = moments.Pearson();
    scores.rmse = moments.Rmse();
    scores.sagr = static_cast<double>(same_sign) / frames;
    scores.mae = absolute / frames;
    scores.geometric_mean = std::exp(logarithm / frames);
    scores.bias = moments.mean_difference();
    return scores;
  }
};
using Tallies = std::array<Tally, kNumTargets>;

Scores ScoresOf(const Tallies& tallies) {
  Scores scores;
  for (int t = 0; t < kNumTargets; ++t) scores.target[t] = tallies[t].Scores();
  const auto &valence = scores.target[kValenceIndex].ccc,
             &arousal = scores.target[kArousalIndex].ccc;
  if (valence && arousal) scores.mean_ccc = (*valence + *arousal) / 2;
  return scores;
}

void RequireLength(const VideoSeries& video, std::size_t length, const std::string& what) {
  if (length == video.valid.size()) return;
  throw Error(ErrorCode::kInvalidArgument,
              "scores of '" + video.name + "': " + std::to_string(length) + " values of " + what +
                  " and " + std::to_string(video.valid.size()) + " rows; give one per row");
}

// Calls add(target, frame, prediction, label) for every row that counts.
template <typename Function>
void ForEachRow(const VideoSeries& video, Function&& add) {
  for (int t = 0; t < kNumTargets; ++t) {
    if (!video.predicted[t]) continue;
    RequireLength(video, video.prediction[t].size(), std::string("predicted ") + kTargetNames[t]);
    RequireLength(video, video.label[t].size(), std::string("annotated ") + kTargetNames[t]);
    if (!video.region[t].empty()) RequireLength(video, video.region[t].size(), "density region");
    for (std::size_t i = 0; i < video.valid.size(); ++i) {
      if (!video.valid[i]) continue;
      const double prediction = video.prediction[t][i], label = video.label[t][i];
      if (!std::isfinite(prediction) || !std::isfinite(label)) {
        throw Error(ErrorCode::kInvalidArgument,
                    "scores of '" + video.name + "': frame " + std::to_string(i + 1) + " has " +
                        kTargetNames[t] + " prediction " + FormatShortest(prediction) +
                        " and label " + FormatShortest(label) + "; mark it as not valid");
      }
      add(t, i, prediction, label);
    }
  }
}

}  // namespace

std::vector<DensityRegion> RegionsOfBins(const std::vector<double>& counts) {
  double total = 0, occupied = 0;
  for (const double count : counts) {
    total += count;
    occupied += count > 0;
  }
  const double mean = occupied > 0 ? total / occupied : 0;
  std::vector<DensityRegion> regions;
  regions.reserve(counts.size());
  for (const double count : counts) {
    regions.push_back(count <= 0 || count < kFewShare * mean ? DensityRegion::kFew
                      : count > mean                         ? DensityRegion::kMany
                                                             : DensityRegion::kMedium);
  }
  return regions;
}

std::optional<double> GroupCcc(const CccAccumulator& moments) {
  return moments.variance_y() > 0 ? moments.Value() : std::nullopt;
}

void VideoMoments::Merge(const VideoMoments& other) {
  for (int t = 0; t < kNumTargets; ++t) {
    ccc[t].Merge(other.ccc[t]);
    for (int r = 0; r < kNumRegions; ++r) region[t][r].Merge(other.region[t][r]);
  }
}

VideoMoments AccumulateVideo(const VideoSeries& video) {
  VideoMoments moments;
  ForEachRow(video, [&](int t, std::size_t i, double prediction, double label) {
    moments.ccc[t].Add(prediction, label);
    if (video.region[t].empty()) return;
    moments.region[t][static_cast<std::size_t>(video.region[t][i])].Merge(
        {std::abs(prediction - label), 1});
  });
  return moments;
}

Summary Summarize(const std::vector<VideoSeries>& videos) {
  Summary summary;
  Tallies pooled;
  std::array<std::array<Tally, kNumRegions>, kNumTargets> by_region;
  std::array<double, kNumTargets> sum{}, defined{};
  for (const VideoSeries& video : videos) {
    Tallies own;
    ForEachRow(video, [&](int t, std::size_t i, double prediction, double label) {
      own[t].Add(prediction, label);
      if (!video.region[t].empty())
        by_region[t][static_cast<std::size_t>(video.region[t][i])].Add(prediction, label);
    });
    summary.videos.push_back({video.name, ScoresOf(own)});
    for (int t = 0; t < kNumTargets; ++t) {
      pooled[t].Merge(own[t]);
      const auto& ccc = summary.videos.back().scores.target[t].ccc;
      if (!ccc) continue;
      sum[t] += *ccc;
      defined[t] += 1;
    }
  }
  summary.pooled = ScoresOf(pooled);
  for (int t = 0; t < kNumTargets; ++t) {
    if (defined[t] > 0) summary.mean_video_ccc[t] = sum[t] / defined[t];
    for (int r = 0; r < kNumRegions; ++r) summary.region[t][r] = by_region[t][r].Scores();
  }
  return summary;
}

}  // namespace circumplex
