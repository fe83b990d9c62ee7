// SPDX-License-Identifier: Apache-2.0
#include "metrics/bootstrap.h"

#include <cmath>

#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

// Videos whose label level differs from video to video, as real ones do; `noise` spoils the
// predictions.
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
        video.label[t].push_back(static_cast<float>(label));
        video.prediction[t].push_back(static_cast<float>(label + bias + noise * error.Normal()));
      }
    }
    videos.push_back(video);
  }
  return videos;
}

TEST(Bootstrap, OneVideoGivesItsValue) {
  const std::vector<VideoSeries> videos = MakeVideos(1, 1, 0.2);
  const CccIntervals intervals = BootstrapCcc(videos, 200, 5);
  const Scores scores = Summarize(videos).pooled;
  for (int t = 0; t < kNumTargets; ++t) {
    EXPECT_EQ(intervals.target[t]->value, *scores.target[t].ccc);
    EXPECT_EQ(intervals.target[t]->low, intervals.target[t]->value);
    EXPECT_EQ(intervals.target[t]->high, intervals.target[t]->value);
  }
  EXPECT_EQ(intervals.mean->value, *scores.mean_ccc);
}

TEST(Bootstrap, ValueIsThePooledOneAndInsideTheInterval) {
  const std::vector<VideoSeries> videos = MakeVideos(2, 40, 0.2);
  const CccIntervals intervals = BootstrapCcc(videos, 1000, 5);
  const Scores scores = Summarize(videos).pooled;
  for (int t = 0; t < kNumTargets; ++t) {
    EXPECT_NEAR(intervals.target[t]->value, *scores.target[t].ccc, 1e-13);
    EXPECT_LT(intervals.target[t]->low, intervals.target[t]->value);
    EXPECT_GT(intervals.target[t]->high, intervals.target[t]->value);
  }
  EXPECT_NEAR(intervals.mean->value, *scores.mean_ccc, 1e-13);
  const double width = intervals.mean->high - intervals.mean->low;
  const CccIntervals more = BootstrapCcc(MakeVideos(2, 640, 0.2), 1000, 5);
  EXPECT_NEAR((more.mean->high - more.mean->low) / width, 0.25, 0.1)
      << "the width goes with 1 / sqrt(videos)";
}

TEST(Bootstrap, IsDeterministicInTheSeed) {
  const std::vector<VideoSeries> videos = MakeVideos(3, 20, 0.2);
  const CccIntervals a = BootstrapCcc(videos, 300, 5), b = BootstrapCcc(videos, 300, 5),
                     c = BootstrapCcc(videos, 300, 6);
  EXPECT_EQ(a.mean->low, b.mean->low);
  EXPECT_EQ(a.mean->high, b.mean->high);
  EXPECT_NE(a.mean->low, c.mean->low);
}

TEST(Bootstrap, CoversTheTrueValueMostOfTheTime) {
  const double truth = *Summarize(MakeVideos(999, 20000, 0.2)).pooled.mean_ccc;
  int covered = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const CccIntervals intervals = BootstrapCcc(MakeVideos(10000 + seed, 50, 0.2), 300, seed);
    covered += intervals.mean->low <= truth && truth <= intervals.mean->high;
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
  const CccIntervals intervals = BootstrapCcc(videos, 50, 1);
  EXPECT_TRUE(intervals.target[0].has_value());
  EXPECT_FALSE(intervals.target[1].has_value());
  EXPECT_FALSE(intervals.mean.has_value());
  EXPECT_FALSE(BootstrapCcc({}, 10, 1).mean.has_value());
}

TEST(Bootstrap, PairedDifferenceSeesWhatIntervalsApartDoNot) {
  const std::vector<VideoSeries> good = MakeVideos(5, 60, 0.20);
  std::vector<VideoSeries> slightly_worse = good;
  for (VideoSeries& video : slightly_worse) {
    for (auto& series : video.prediction) {
      for (float& value : series) value = 0.97f * value + 0.02f;
    }
  }
  const PairedDifference paired = BootstrapDifference(good, slightly_worse, 1000, 5);
  const CccIntervals a = BootstrapCcc(good, 1000, 5), b = BootstrapCcc(slightly_worse, 1000, 5);
  EXPECT_NEAR(paired.difference.mean->value, a.mean->value - b.mean->value, 1e-13);
  EXPECT_LT(paired.difference.mean->high - paired.difference.mean->low,
            0.3 * (a.mean->high - a.mean->low));
  EXPECT_LT(a.mean->low, b.mean->high) << "the separate intervals overlap";

  const PairedDifference same = BootstrapDifference(good, good, 100, 5);
  EXPECT_EQ(same.difference.mean->low, 0);
  EXPECT_EQ(same.difference.mean->high, 0);
  EXPECT_EQ(*same.share_a_better, 0.5);
  EXPECT_EQ(*BootstrapDifference(good, MakeVideos(5, 60, 0.6), 100, 5).share_a_better, 1.0);
  EXPECT_EQ(*BootstrapDifference(MakeVideos(5, 60, 0.6), good, 100, 5).share_a_better, 0.0);
}

TEST(Bootstrap, Errors) {
  const std::vector<VideoSeries> videos = MakeVideos(6, 3, 0.2);
  ErrorOf(ErrorCode::kInvalidArgument, [&] { BootstrapCcc(videos, 0, 1); });
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
