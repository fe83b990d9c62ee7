// SPDX-License-Identifier: Apache-2.0
#include "phase/phase_track.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "circumplex/error.h"

#include "phase/phase_difference.h"
#include "support/golden_recipe.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::GoldenVideo;

constexpr double kPi = 3.14159265358979323846;
constexpr PhaseMode kModes[] = {PhaseMode::kShipped,
                                PhaseMode::kFullUnwrap,
                                PhaseMode::kDeltaBlur,
                                PhaseMode::kDeltaBlurGeometric};

std::vector<std::int64_t> Numbers(std::int64_t count, std::int64_t first = 0) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

struct Snippet {
  std::vector<float> level1, level2;
  bool operator==(const Snippet& other) const {
    return level1 == other.level1 && level2 == other.level2;
  }
};

Snippet Ask(PhaseTrack* track, const PhaseOptions& options, std::int64_t row) {
  const auto channels = static_cast<std::size_t>(options.Channels());
  const auto side = static_cast<std::size_t>(options.size);
  // Poisoned, so that a value the track forgets to write shows.
  Snippet snippet{std::vector<float>(channels * side * side, -99.f),
                  std::vector<float>(channels * side * side / 4, -99.f)};
  track->Snippet(row, snippet.level1.data(), snippet.level2.data());
  return snippet;
}

std::vector<Snippet> All(const PhaseOptions& options,
                         const std::vector<std::uint8_t>& gray,
                         const std::vector<std::int64_t>& frames) {
  PhaseTrack track(options, gray.data(), frames);
  std::vector<Snippet> snippets;
  for (std::int64_t row = 0; row < track.size(); ++row)
    snippets.push_back(Ask(&track, options, row));
  return snippets;
}

bool AllZero(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return value == 0.0f; });
}

TEST(PhaseTrack, FramesWithoutChangeGiveExactlyZero) {
  const std::vector<std::uint8_t> textured = GoldenVideo("v1", 1, 1);
  std::vector<std::uint8_t> still, black(13 * 48 * 48, 0), constant(13 * 48 * 48, 128);
  for (int t = 0; t < 13; ++t) still.insert(still.end(), textured.begin(), textured.end());
  for (const PhaseMode mode : kModes) {
    PhaseOptions options;
    options.mode = mode;
    for (const auto* video : {&still, &black, &constant}) {
      for (const Snippet& snippet : All(options, *video, Numbers(13))) {
        EXPECT_TRUE(AllZero(snippet.level1));
        EXPECT_TRUE(AllZero(snippet.level2));
      }
    }
  }
}

TEST(PhaseTrack, SpatialMeanIsZero) {
  for (const PhaseMode mode : kModes) {
    PhaseOptions options;
    options.mode = mode;
    const Snippet snippet = All(options, GoldenVideo("v1", 0, 13), Numbers(13))[6];
    for (std::size_t channel = 0; channel < 24; ++channel) {
      double sum = 0;
      for (std::size_t i = 0; i < 48 * 48; ++i) sum += snippet.level1[channel * 48 * 48 + i];
      EXPECT_NEAR(sum / (48 * 48), 0, 1e-7) << channel;
    }
  }
}

// A sinusoid of 8 px moving by v px per frame turns its band by -2 pi v / 8 (right for orientation
// 0, down for 1). Read before the mean is removed, from coefficients at the centre, where the
// mirrored border does not reach.
TEST(PhaseDifference, SignAndSizeOfMotion) {
  PhaseDifference difference(PhaseOptions{});
  const SteerablePyramid& pyramid = difference.pyramid();
  for (const double v : {0.5, -0.5, 1.0, -1.5}) {
    for (const int orientation : {0, 1}) {
      for (const double wavelength : {4.0, 8.0}) {
        FramePhase frames[2];
        for (int t = 0; t < 2; ++t) {
          std::vector<std::uint8_t> image(48 * 48);
          for (int y = 0; y < 48; ++y) {
            for (int x = 0; x < 48; ++x) {
              const double along = (orientation == 0 ? x : y) - v * t;
              image[static_cast<std::size_t>(y * 48 + x)] = static_cast<std::uint8_t>(
                  std::lround(128 + 100 * std::cos(2 * kPi * along / wavelength)));
            }
          }
          difference.Analyze(image.data(), &frames[t]);
        }
        const int level = wavelength == 4.0 ? 1 : 2;
        const int side = pyramid.Side(level), middle = side / 2;
        const std::size_t at =
            pyramid.Offset(level, orientation) + static_cast<std::size_t>(middle * side + middle);
        const double re = frames[1].re[at] * frames[0].re[at] + frames[1].im[at] * frames[0].im[at];
        const double im = frames[1].im[at] * frames[0].re[at] - frames[1].re[at] * frames[0].im[at];
        EXPECT_GT(frames[0].amplitude[at], 0.1);
        EXPECT_NEAR(std::atan2(im, re), -2 * kPi * v / wavelength, 0.05)
            << v << ' ' << orientation << ' ' << wavelength;
      }
    }
  }
}

// Left half moves, right half stands still: after the mean is removed the moving half lies below
// the still half when it moves right, above when it moves left. The one-sided rule is free to get
// leftward motion wrong.
TEST(PhaseTrack, OppositeMotionHasOppositeSign) {
  for (const PhaseMode mode :
       {PhaseMode::kFullUnwrap, PhaseMode::kDeltaBlur, PhaseMode::kDeltaBlurGeometric}) {
    PhaseOptions options;
    options.mode = mode;
    for (const double v : {0.4, -0.4}) {
      std::vector<std::uint8_t> video;
      for (int t = 0; t < 13; ++t) {
        for (int y = 0; y < 48; ++y) {
          for (int x = 0; x < 48; ++x) {
            const double along = x - (x < 24 ? v * t : 0);
            video.push_back(
                static_cast<std::uint8_t>(std::lround(128 + 100 * std::cos(2 * kPi * along / 4))));
          }
        }
      }
      const Snippet snippet = All(options, video, Numbers(13))[6];
      double moving = 0, still = 0;
      for (std::size_t d = 0; d < 12; ++d) {
        moving += snippet.level1[d * 48 * 48 + 24 * 48 + 10] / 12;
        still += snippet.level1[d * 48 * 48 + 24 * 48 + 38] / 12;
      }
      EXPECT_NEAR(moving - still, -2 * kPi * v / 4, 0.1) << v;
    }
  }
}

TEST(PhaseTrack, OrderOfRequestsDoesNotMatter) {
  const auto video = GoldenVideo("v1", 2, 30);
  std::vector<std::int64_t> frames = Numbers(30);
  for (std::size_t i = 17; i < frames.size(); ++i) frames[i] += 4;
  for (const PhaseMode mode : kModes) {
    PhaseOptions options;
    options.mode = mode;
    const std::vector<Snippet> ascending = All(options, video, frames);
    PhaseTrack track(options, video.data(), frames);
    for (const std::int64_t row : {29, 0, 15, 16, 3, 17, 16, 29, 2, 13, 26, 0, 28, 14}) {
      EXPECT_TRUE(Ask(&track, options, row) == ascending[static_cast<std::size_t>(row)]) << row;
    }
  }
}

TEST(PhaseTrack, HoldEqualsTwoSeparateTracks) {
  const auto video = GoldenVideo("v1", 3, 24);
  std::vector<std::int64_t> frames = Numbers(24, 100);
  for (std::size_t i = 10; i < frames.size(); ++i) frames[i] += 1;
  const std::vector<std::uint8_t> before(video.begin(), video.begin() + 10 * 48 * 48);
  const std::vector<std::uint8_t> after(video.begin() + 10 * 48 * 48, video.end());
  for (const PhaseMode mode : kModes) {
    PhaseOptions options;
    options.mode = mode;
    options.gaps = PhaseGaps::kHold;
    const auto whole = All(options, video, frames);
    auto parts = All(options, before, Numbers(10));
    for (Snippet& snippet : All(options, after, Numbers(14))) parts.push_back(std::move(snippet));
    ASSERT_EQ(whole.size(), parts.size());
    for (std::size_t row = 0; row < whole.size(); ++row)
      EXPECT_TRUE(whole[row] == parts[row]) << row;

    options.gaps = PhaseGaps::kSkip;
    const auto skipped = All(options, video, frames);
    const auto seamless = All(options, video, Numbers(24));
    for (std::size_t row = 0; row < skipped.size(); ++row)
      EXPECT_TRUE(skipped[row] == seamless[row]) << row;
    EXPECT_FALSE(skipped[9] == whole[9]);
    EXPECT_TRUE(skipped[0] == whole[0]);
  }
}

TEST(PhaseTrack, TrackShorterThanSnippetRepeatsItsBorders) {
  for (const PhaseMode mode : kModes) {
    PhaseOptions options;
    options.mode = mode;
    const auto video = GoldenVideo("v1", 0, 3);
    const auto snippets = All(options, video, Numbers(3));
    // Row 0 sees 0 x 7, 1, 2 x 5: differences 6 and 7 only.
    for (std::size_t channel = 0; channel < 24; ++channel) {
      const auto begin =
          snippets[0].level1.begin() + static_cast<std::ptrdiff_t>(channel * 48 * 48);
      const bool moves = channel % 12 == 6 || channel % 12 == 7;
      EXPECT_EQ(AllZero(std::vector<float>(begin, begin + 48 * 48)), !moves) << channel;
    }
    const auto single = All(options, GoldenVideo("v1", 0, 1), {41});
    EXPECT_TRUE(AllZero(single[0].level1));
    EXPECT_TRUE(AllZero(single[0].level2));
  }
}

TEST(PhaseTrack, OtherShapes) {
  PhaseOptions options;
  options.size = 20;
  options.orientations = 3;
  options.levels = 1;
  options.snippet_frames = 5;
  std::vector<std::uint8_t> video;
  for (int i = 0; i < 9 * 20 * 20; ++i)
    video.push_back(static_cast<std::uint8_t>((i * 37 + i / 400 * 11) % 251));
  PhaseTrack track(options, video.data(), Numbers(9));
  std::vector<float> level1(3 * 4 * 20 * 20, -99.f);
  track.Snippet(4, level1.data(), nullptr);
  for (const float value : level1) {
    ASSERT_TRUE(std::isfinite(value));
    ASSERT_LE(std::abs(value), 5 * 3.1415927f);
  }
  EXPECT_FALSE(AllZero(level1));
}

TEST(PhaseTrack, RefusesBadArguments) {
  const std::vector<std::uint8_t> gray(3 * 48 * 48);
  const PhaseOptions good;
  std::string message = ErrorOf(ErrorCode::kInvalidArgument, [&] {
    PhaseTrack(good, gray.data(), {1, 5, 5});
  });
  EXPECT_NE(message.find("row 2"), std::string::npos) << message;
  ErrorOf(ErrorCode::kInvalidArgument, [&] { PhaseTrack(good, nullptr, {1}); });
  PhaseTrack track(good, gray.data(), {1, 2, 3});
  std::vector<float> out(24 * 48 * 48);
  ErrorOf(ErrorCode::kInvalidArgument, [&] { track.Snippet(3, out.data(), out.data()); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { track.Snippet(-1, out.data(), out.data()); });
  EXPECT_EQ(PhaseTrack(good, nullptr, {}).size(), 0);
  PhaseOptions bad;
  bad.size = 50;
  bad.orientations = 1;
  bad.levels = 3;
  bad.snippet_frames = -2;
  message = ErrorOf(ErrorCode::kInvalidOptions, [&] { PhaseTrack(bad, gray.data(), {1}); });
  for (const char* key :
       {"phase.size", "phase.orientations", "phase.levels", "phase.snippet_frames"}) {
    EXPECT_NE(message.find(key), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace circumplex
