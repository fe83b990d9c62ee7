// SPDX-License-Identifier: Apache-2.0
#include "metrics/summary.h"

#include <cmath>
#include <limits>

#include "core/csv.h"
#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

VideoSeries MakeVideo(const std::string& name, std::size_t frames) {
  VideoSeries video;
  video.name = name;
  video.valid.assign(frames, 1);
  for (int t = 0; t < kNumTargets; ++t) {
    video.prediction[t].assign(frames, 0);
    video.label[t].assign(frames, 0);
  }
  return video;
}

TEST(Summary, PooledPerVideoAndMeanAsTheGoldenAggregation) {
  const CsvTable golden = ReadCsv(testing_support::GoldenFolder() / "ccc" / "aggregation.csv");
  const auto expected = [&](const std::string& scope) {
    for (const auto& row : golden.rows) {
      if (row[0] == scope) return ParseDouble(row[2]).value();
    }
    ADD_FAILURE() << scope;
    return 0.0;
  };
  const std::size_t lengths[] = {5, 50, 400, 1000};
  const double offsets[] = {0, 0.3, -0.2, 0.1}, scales[] = {1, 0.8, 0.5, 0.9};
  std::vector<VideoSeries> videos;
  for (std::size_t v = 0; v < 4; ++v) {
    VideoSeries video = MakeVideo("video" + std::to_string(v), lengths[v]);
    for (std::size_t i = 0; i < lengths[v]; ++i) {
      const double base = static_cast<double>((37 * i + 11 * v) % 101) / 101 - 0.5;
      const double x = scales[v] * base + offsets[v];
      const double y = base + offsets[v] + 0.1 * (static_cast<double>((53 * i) % 7) / 7 - 0.5);
      video.prediction[kValenceIndex][i] = x;
      video.label[kValenceIndex][i] = y;
      video.prediction[kArousalIndex][i] = -x;
      video.label[kArousalIndex][i] = y;
    }
    videos.push_back(video);
  }
  const Summary summary = Summarize(videos);
  ASSERT_EQ(summary.videos.size(), 4u);
  for (const VideoScores& video : summary.videos) {
    EXPECT_NEAR(*video.scores.target[kValenceIndex].ccc, expected(video.name), 1e-12);
  }
  const Scores& pooled = summary.pooled;
  EXPECT_EQ(pooled.target[kValenceIndex].frames, 1455);
  EXPECT_NEAR(*pooled.target[kValenceIndex].ccc, expected("concatenated"), 1e-12);
  EXPECT_NEAR(*summary.mean_video_ccc[kValenceIndex], expected("unweighted_mean"), 1e-12);
  EXPECT_LT(*pooled.target[kArousalIndex].ccc, 0);
  EXPECT_NEAR(*pooled.mean_ccc,
              (*pooled.target[kValenceIndex].ccc + *pooled.target[kArousalIndex].ccc) / 2,
              1e-15);
}

TEST(Summary, MaskedRowsDoNotCountAndMayHoldAnything) {
  VideoSeries video = MakeVideo("v", 4);
  video.prediction[0] = {0.5f, -0.5f, 0.25f, std::numeric_limits<double>::quiet_NaN()};
  video.label[0] = {0.5f, 0.5f, 0.25f, -5};
  video.valid[3] = 0;
  const Summary summary = Summarize({video});
  const TargetScores& scores = summary.pooled.target[0];
  EXPECT_EQ(scores.frames, 3);
  EXPECT_DOUBLE_EQ(*scores.sagr, 2.0 / 3);
  EXPECT_NEAR(*scores.rmse, std::sqrt(1.0 / 3), 1e-15);
  // Arousal is constant and equal: undefined, and so is the mean of both.
  EXPECT_FALSE(summary.pooled.target[1].ccc.has_value());
  EXPECT_FALSE(summary.pooled.mean_ccc.has_value());
  EXPECT_FALSE(summary.mean_video_ccc[1].has_value());
  EXPECT_EQ(*summary.pooled.target[1].sagr, 1.0);
}

TEST(Summary, SignAgreementTellsZeroFromBoth) {
  VideoSeries video = MakeVideo("v", 4);
  video.prediction[0] = {0, 0, 0.5f, -0.5f};
  video.label[0] = {0, 0.5f, 0.5f, -0.5f};
  EXPECT_EQ(*Summarize({video}).pooled.target[0].sagr, 0.75);
}

TEST(Summary, NothingToScore) {
  const Summary none = Summarize({});
  EXPECT_EQ(none.pooled.target[0].frames, 0);
  EXPECT_FALSE(none.pooled.target[0].rmse.has_value());
  EXPECT_FALSE(none.pooled.target[0].sagr.has_value());
  EXPECT_FALSE(none.mean_video_ccc[0].has_value());
}

TEST(Summary, RegionsOfAHistogram) {
  using R = DensityRegion;
  // Occupied mean: (100 + 50 + 9 + 1) / 4 = 40, its fifth: 8.
  EXPECT_EQ(RegionsOfBins({100, 0, 50, 9, 1}),
            (std::vector<R>{R::kMany, R::kFew, R::kMany, R::kMedium, R::kFew}));
  EXPECT_EQ(RegionsOfBins({0, 0}), (std::vector<R>{R::kFew, R::kFew}));
  EXPECT_EQ(RegionsOfBins({7}), (std::vector<R>{R::kMedium}));
}

TEST(Summary, RegionsSplitTheRows) {
  Rng rng(8);
  VideoSeries video = MakeVideo("v", 300);
  std::array<CccAccumulator, kNumRegions> expected;
  for (std::size_t i = 0; i < 300; ++i) {
    video.prediction[0][i] = rng.Uniform(-1, 1);
    video.label[0][i] = rng.Uniform(-1, 1);
    video.valid[i] = rng.Below(4) != 0;
    const std::size_t region = rng.Below(3);
    video.region[0].push_back(static_cast<DensityRegion>(region));
    if (video.valid[i]) expected[region].Add(video.prediction[0][i], video.label[0][i]);
  }
  const Summary summary = Summarize({video});
  std::int64_t frames = 0;
  for (std::size_t r = 0; r < kNumRegions; ++r) {
    frames += summary.region[0][r].frames;
    EXPECT_EQ(summary.region[0][r].ccc, expected[r].Value());
    EXPECT_EQ(summary.region[1][r].frames, 0);
  }
  EXPECT_EQ(frames, summary.pooled.target[0].frames);
}

TEST(Summary, ErrorsHaveTheirClosedForm) {
  VideoSeries video = MakeVideo("v", 4);
  video.label[0] = {0, 0.25, -0.25, 0.5};
  video.prediction[0] = {0.5, 0.125, -0.25 - 0.125, 1};  // Errors 1/2, -1/8, -1/8, 1/2.
  video.label[1] = {0, 0.25, 0.5, 0.75};
  video.prediction[1] = {0, 0.5, 0.75, 1};  // One is exact.
  const Scores scores = Summarize({video}).pooled;
  EXPECT_DOUBLE_EQ(*scores.target[0].mae, (0.5 + 0.125 + 0.125 + 0.5) / 4);
  EXPECT_DOUBLE_EQ(*scores.target[0].bias, (0.5 - 0.125 - 0.125 + 0.5) / 4);
  EXPECT_DOUBLE_EQ(*scores.target[0].rmse, std::sqrt((0.25 + 0.015625) / 2));
  EXPECT_DOUBLE_EQ(*scores.target[0].geometric_mean, 0.25);  // (1/2 * 1/8)^(1/2)
  EXPECT_NEAR(*scores.target[1].geometric_mean, std::sqrt(std::sqrt(0.5e-4 / 64)), 1e-12);
  EXPECT_DOUBLE_EQ(*scores.target[1].mae, 0.1875);
}

TEST(Summary, ConstantLabelsHaveNoCccAndStayOutOfTheMean) {
  VideoSeries varied = MakeVideo("varied", 3), constant = MakeVideo("constant", 3);
  varied.label[0] = {-0.5, 0, 0.5};
  varied.prediction[0] = {-0.5, 0, 0.5};
  constant.label[0] = {0.25, 0.25, 0.25};
  constant.prediction[0] = {0.1, 0.2, 0.3};
  const Summary summary = Summarize({varied, constant});
  EXPECT_FALSE(summary.videos[1].scores.target[0].ccc.has_value());
  EXPECT_TRUE(summary.videos[1].scores.target[0].rmse.has_value());
  EXPECT_NEAR(*summary.mean_video_ccc[0], 1, 1e-15);
  // A constant prediction of labels that vary is as wrong as it is: 0.
  varied.prediction[0] = {0.1, 0.1, 0.1};
  EXPECT_EQ(*Summarize({varied}).pooled.target[0].ccc, 0);
}

TEST(Summary, ErrorsNameVideoAndFrame) {
  VideoSeries video = MakeVideo("4-30-1920x1080", 3);
  video.prediction[1][1] = std::numeric_limits<double>::quiet_NaN();
  const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [&] { Summarize({video}); });
  EXPECT_EQ(message,
            "scores of '4-30-1920x1080': frame 2 has arousal prediction nan and label 0; mark it "
            "as not valid");
  video = MakeVideo("v", 3);
  video.label[0].pop_back();
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument, [&] { Summarize({video}); })
                .find("2 values of annotated valence and 3"),
            std::string::npos);
  video = MakeVideo("v", 3);
  video.region[1].resize(1);
  ErrorOf(ErrorCode::kInvalidArgument, [&] { AccumulateVideo(video); });
}

}  // namespace
}  // namespace circumplex
