// SPDX-License-Identifier: Apache-2.0
#include "metrics/bootstrap.h"

#include <cmath>

#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

// Videos whose label level differs from video to video, as real ones do; `noise`
// spoils the predictions.
std::vector<VideoSeries> MakeVideos(std::uint64_t seed,
                                    int count,
                                    double noise,
                                    std::uint64_t noise_seed = 0) {
  Rng rng(seed, "labels"), error(seed * 1000 + noise_seed, "errors");
  std::vector<VideoSeries> videos;
  for (int v = 0; v < count; ++v) {
    VideoSeries video;
    video.name = "v" + std::to_string(v);
    const std::size_t frames = 5 + rng.Below(20);
    video.valid.assign(frames, 1);
    for (int t = 0; t < kNumTargets; ++t) {
      const double level = 0.3 * rng.Normal(), bias = noise * error.Normal();
      for (std::size_t i = 0; i < frames; ++i) {
        const double label = level + 0.2 * rng.Normal();
        video.label[t].push_back(label);
        video.prediction[t].push_back(label + bias + noise * error.Normal());
      }
    }
    videos.push_back(video);
  }
  return videos;
}

TEST(Bootstrap, OneVideoGivesItsValue) {
  const std::vector<VideoSeries> videos = MakeVideos(1, 1, 0.2);
  const ScoreIntervals intervals = BootstrapScores(videos, 200, 5);
  const Scores scores = Summarize(videos).pooled;
  for (int t = 0; t < kNumTargets; ++t) {
    EXPECT_EQ(intervals.ccc[t]->value, *scores.target[t].ccc);
    EXPECT_EQ(intervals.ccc[t]->low, intervals.ccc[t]->value);
    EXPECT_EQ(intervals.ccc[t]->high, intervals.ccc[t]->value);
  }
  EXPECT_EQ(intervals.mean_ccc->value, *scores.mean_ccc);
}

TEST(Bootstrap, ValueIsThePooledOneAndInsideTheInterval) {
  const std::vector<VideoSeries> videos = MakeVideos(2, 40, 0.2);
  const ScoreIntervals intervals = BootstrapScores(videos, 1000, 5);
  const Scores scores = Summarize(videos).pooled;
  for (int t = 0; t < kNumTargets; ++t) {
    EXPECT_NEAR(intervals.ccc[t]->value, *scores.target[t].ccc, 1e-13);
    EXPECT_LT(intervals.ccc[t]->low, intervals.ccc[t]->value);
    EXPECT_GT(intervals.ccc[t]->high, intervals.ccc[t]->value);
  }
  EXPECT_NEAR(intervals.mean_ccc->value, *scores.mean_ccc, 1e-13);
  const double width = intervals.mean_ccc->high - intervals.mean_ccc->low;
  const ScoreIntervals more = BootstrapScores(MakeVideos(2, 640, 0.2), 1000, 5);
  EXPECT_NEAR((more.mean_ccc->high - more.mean_ccc->low) / width, 0.25, 0.1)
      << "the width goes with 1 / sqrt(videos)";
}

TEST(Bootstrap, IsDeterministicInTheSeed) {
  const std::vector<VideoSeries> videos = MakeVideos(3, 20, 0.2);
  const ScoreIntervals a = BootstrapScores(videos, 300, 5), b = BootstrapScores(videos, 300, 5),
                       c = BootstrapScores(videos, 300, 6);
  EXPECT_EQ(a.mean_ccc->low, b.mean_ccc->low);
  EXPECT_EQ(a.mean_ccc->high, b.mean_ccc->high);
  EXPECT_NE(a.mean_ccc->low, c.mean_ccc->low);
}

TEST(Bootstrap, CoversTheTrueValueMostOfTheTime) {
  const double truth = *Summarize(MakeVideos(999, 20000, 0.2)).pooled.mean_ccc;
  int covered = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const ScoreIntervals intervals = BootstrapScores(MakeVideos(10000 + seed, 50, 0.2), 300, seed);
    covered += intervals.mean_ccc->low <= truth && truth <= intervals.mean_ccc->high;
  }
  // 95 % nominal; percentile intervals of 50 videos fall somewhat short. Deterministic seeds.
  EXPECT_GE(covered, 172);
  EXPECT_LT(covered, 200);
}

TEST(Bootstrap, UndefinedValuesStayEmpty) {
  std::vector<VideoSeries> videos = MakeVideos(4, 5, 0.2);
  for (VideoSeries& video : videos) {
    video.label[1].assign(video.valid.size(), 0.5f);
    video.prediction[1] = video.label[1];
  }
  const ScoreIntervals intervals = BootstrapScores(videos, 50, 1);
  EXPECT_TRUE(intervals.ccc[0].has_value());
  EXPECT_FALSE(intervals.ccc[1].has_value());
  EXPECT_FALSE(intervals.mean_ccc.has_value());
  EXPECT_FALSE(BootstrapScores({}, 10, 1).mean_ccc.has_value());
}

TEST(Bootstrap, PairedDifferenceSeesWhatIntervalsApartDoNot) {
  const std::vector<VideoSeries> good = MakeVideos(5, 60, 0.20);
  std::vector<VideoSeries> slightly_worse = good;
  for (VideoSeries& video : slightly_worse) {
    for (auto& series : video.prediction) {
      for (double& value : series) value = 0.97 * value + 0.02;
    }
  }
  const PairedDifference paired = BootstrapDifference(good, slightly_worse, 1000, 5);
  const ScoreIntervals a = BootstrapScores(good, 1000, 5),
                       b = BootstrapScores(slightly_worse, 1000, 5);
  EXPECT_NEAR(paired.difference.mean_ccc->value, a.mean_ccc->value - b.mean_ccc->value, 1e-13);
  EXPECT_LT(paired.difference.mean_ccc->high - paired.difference.mean_ccc->low,
            0.3 * (a.mean_ccc->high - a.mean_ccc->low));
  EXPECT_LT(a.mean_ccc->low, b.mean_ccc->high) << "the separate intervals overlap";

  const PairedDifference same = BootstrapDifference(good, good, 100, 5);
  EXPECT_EQ(same.difference.mean_ccc->low, 0);
  EXPECT_EQ(same.difference.mean_ccc->high, 0);
  EXPECT_EQ(*same.share_a_better, 0.5);
  EXPECT_EQ(*BootstrapDifference(good, MakeVideos(5, 60, 0.6), 100, 5).share_a_better, 1.0);
  EXPECT_EQ(*BootstrapDifference(MakeVideos(5, 60, 0.6), good, 100, 5).share_a_better, 0.0);
}

// Three rows per video, one per region, whose absolute errors are `error` times 1, 2 and 3.
std::vector<VideoSeries> VideosWithRegions(const std::vector<double>& error) {
  std::vector<VideoSeries> videos;
  for (std::size_t v = 0; v < error.size(); ++v) {
    VideoSeries video;
    video.name = "v" + std::to_string(v);
    video.valid.assign(3, 1);
    for (int t = 0; t < kNumTargets; ++t) {
      video.label[t] = {-0.5, 0, 0.5};
      video.prediction[t] = {-0.5 + error[v], 0 - 2 * error[v], 0.5 + (t == 0 ? 3 : 1) * error[v]};
    }
    video.region[0] = {DensityRegion::kMany, DensityRegion::kMedium, DensityRegion::kFew};
    videos.push_back(video);
  }
  return videos;
}

TEST(Bootstrap, RegionErrorsHaveTheirClosedForm) {
  const std::vector<VideoSeries> videos = VideosWithRegions({0.125, 0.25});
  const ScoreIntervals intervals = BootstrapScores(videos, 1000, 3);
  for (std::size_t r = 0; r < kNumRegions; ++r) {
    const double factor = static_cast<double>(r + 1);
    ASSERT_TRUE(intervals.region_mae[0][r].has_value());
    EXPECT_DOUBLE_EQ(intervals.region_mae[0][r]->value, factor * 0.1875);
    // Two videos: a quarter of the resamples draws one of them twice.
    EXPECT_DOUBLE_EQ(intervals.region_mae[0][r]->low, factor * 0.125);
    EXPECT_DOUBLE_EQ(intervals.region_mae[0][r]->high, factor * 0.25);
    EXPECT_FALSE(intervals.region_mae[1][r].has_value()) << "no regions were given";
  }
}

TEST(Bootstrap, PairedRegionErrorsCancelWhatVideosShare) {
  // b errs by 1/16 more in every video, whatever the video's own error is.
  const std::vector<double> errors = {0.0625, 0.125, 0.25, 0.5, 0.75};
  std::vector<double> worse = errors;
  for (double& error : worse) error += 0.0625;
  const PairedDifference paired =
      BootstrapDifference(VideosWithRegions(worse), VideosWithRegions(errors), 500, 3);
  for (std::size_t r = 0; r < kNumRegions; ++r) {
    const auto& interval = paired.difference.region_mae[0][r];
    ASSERT_TRUE(interval.has_value());
    const double expected = static_cast<double>(r + 1) * 0.0625;
    EXPECT_NEAR(interval->value, expected, 1e-15);
    EXPECT_NEAR(interval->low, expected, 1e-15);
    EXPECT_NEAR(interval->high, expected, 1e-15);
  }
}

TEST(Bootstrap, Errors) {
  const std::vector<VideoSeries> videos = MakeVideos(6, 3, 0.2);
  ErrorOf(ErrorCode::kInvalidArgument, [&] { BootstrapScores(videos, 0, 1); });
  ErrorOf(ErrorCode::kInvalidArgument,
          [&] { BootstrapDifference(videos, MakeVideos(6, 2, 0.2), 10, 1); });
  std::vector<VideoSeries> renamed = videos;
  renamed[1].name = "other";
  const std::string message =
      ErrorOf(ErrorCode::kInvalidArgument, [&] { BootstrapDifference(videos, renamed, 10, 1); });
  EXPECT_NE(message.find("video 2 is 'v1' in one set and 'other' in the other"), std::string::npos)
      << message;
}

}  // namespace
}  // namespace circumplex
