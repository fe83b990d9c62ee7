// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "core/csv.h"
#include "phase/phase_difference.h"
#include "phase/phase_track.h"
#include "phase/phase_unwrap.h"
#include "support/npy.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::GoldenFolder;
using testing_support::NpyArray;
using testing_support::ReadNpy;

constexpr double kDoubleTolerance = 1e-10;
constexpr double kFloatTolerance = 5e-5;

const std::filesystem::path kOld = GoldenFolder() / "phase";
const std::filesystem::path kModes = GoldenFolder() / "model/phase";

std::vector<std::int64_t> Numbers(std::int64_t count) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(i);
  return numbers;
}

PhaseMode ModeOf(const std::string& name) {
  if (name == "shipped") return PhaseMode::kShipped;
  if (name == "full_unwrap") return PhaseMode::kFullUnwrap;
  if (name == "delta_blur") return PhaseMode::kDeltaBlur;
  EXPECT_EQ(name, "delta_blur_geometric");
  return PhaseMode::kDeltaBlurGeometric;
}

template <typename T>
struct Levels {
  explicit Levels(const PhaseOptions& options)
      : level1(static_cast<std::size_t>(options.Channels()) * options.size * options.size),
        level2(level1.size() / 4) {}
  std::vector<T>& operator[](int level) { return level == 1 ? level1 : level2; }
  std::vector<T> level1, level2;
};

template <typename A, typename B>
double Largest(const std::vector<A>& a, const std::vector<B>& b) {
  EXPECT_EQ(a.size(), b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return worst;
}

class PublicCode : public testing::TestWithParam<PhaseMode> {};

TEST_P(PublicCode, MiddleSnippetAgrees) {
  PhaseOptions options;
  options.mode = GetParam();
  const auto input = ReadNpy<std::uint8_t>(kOld / "input_u8.npy");
  PhaseTrack track(options, input.values.data(), Numbers(13));
  Levels<double> exact(options);
  Levels<float> rounded(options);
  track.Snippet(6, exact.level1.data(), exact.level2.data());
  track.Snippet(6, rounded.level1.data(), rounded.level2.data());
  for (int level = 1; level <= 2; ++level) {
    const std::string stem = "phasediff_level" + std::to_string(level);
    if (options.mode == PhaseMode::kShipped) {
      EXPECT_LT(Largest(exact[level], ReadNpy<double>(kOld / (stem + "_shipped_f64.npy")).values),
                kDoubleTolerance);
      EXPECT_LT(Largest(rounded[level], ReadNpy<float>(kOld / (stem + "_shipped_f32.npy")).values),
                kFloatTolerance);
    } else {
      const auto golden = ReadNpy<float>(kOld / (stem + "_fullunwrap_f32.npy"));
      // Computed in double, stored in single: only the rounding of the file remains.
      EXPECT_LT(Largest(exact[level], golden.values), 1e-6);
      EXPECT_LT(Largest(rounded[level], golden.values), 1e-6);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Phase,
                         PublicCode,
                         testing::Values(PhaseMode::kShipped, PhaseMode::kFullUnwrap));

TEST(PhaseStages, UnwrappedAndBlurredPhaseAgreeWithPublicCode) {
  PhaseOptions options;
  options.mode = PhaseMode::kShipped;
  PhaseDifference difference(options);
  const auto input = ReadNpy<std::uint8_t>(kOld / "input_u8.npy");
  std::vector<FramePhase> frames(13);
  std::vector<const FramePhase*> snippet;
  for (int t = 0; t < 13; ++t) {
    difference.Analyze(input.From({t}), &frames[static_cast<std::size_t>(t)]);
    snippet.push_back(&frames[static_cast<std::size_t>(t)]);
  }
  std::vector<double> unwrapped(13 * difference.NumValues()), blurred(unwrapped.size());
  difference.Stages(snippet, unwrapped.data(), blurred.data());
  const auto golden_unwrapped = ReadNpy<double>(kOld / "stage_level2_unwrapped_shipped_f64.npy");
  const auto golden_blurred = ReadNpy<double>(kOld / "stage_level2_blurred_shipped_f64.npy");
  double worst = 0;
  for (int b = 0; b < 2; ++b) {
    for (int t = 0; t < 13; ++t) {
      const std::size_t at =
          static_cast<std::size_t>(t) * difference.NumValues() + difference.pyramid().Offset(2, b);
      for (std::size_t i = 0; i < 24 * 24; ++i) {
        worst = std::max(worst, std::abs(golden_unwrapped.From({b, t})[i] - unwrapped[at + i]));
        worst = std::max(worst, std::abs(golden_blurred.From({b, t})[i] - blurred[at + i]));
      }
    }
  }
  EXPECT_LT(worst, kDoubleTolerance);
}

TEST(UnwrapStep, RulesDifferOnlyInFallingJumps) {
  const double previous[] = {3.0, -3.0, 0.5, 3.0}, phase[] = {-3.0, 3.0, 1.0, 0.0};
  double one[] = {0, 0, 0, 1}, two[] = {0, 0, 0, 1};
  UnwrapStep(UnwrapRule::kOneSided, previous, phase, one, 4);
  UnwrapStep(UnwrapRule::kTwoSided, previous, phase, two, 4);
  constexpr double kTurn = 6.283185307179586476925;
  EXPECT_EQ(one[0], 0);
  EXPECT_DOUBLE_EQ(two[0], kTurn);
  EXPECT_DOUBLE_EQ(one[1], -kTurn);
  EXPECT_DOUBLE_EQ(two[1], -kTurn);
  EXPECT_EQ(one[2], 0);
  EXPECT_EQ(two[2], 0);
  EXPECT_EQ(one[3], 1);
  EXPECT_EQ(two[3], 1);
}

class Modes : public testing::TestWithParam<const char*> {};

TEST_P(Modes, AgreeWithReferenceOnEveryFrame) {
  const std::string mode = GetParam();
  PhaseOptions options;
  options.mode = ModeOf(mode);
  const CsvTable videos = ReadCsv(kModes / "videos.csv");
  const CsvTable summary = ReadCsv(kModes / "summary.csv");
  ASSERT_FALSE(videos.rows.empty());
  for (const auto& video : videos.rows) {
    const std::string k = video[videos.Column("video", "videos.csv")];
    const auto input = ReadNpy<std::uint8_t>(kModes / ("video" + k + "_u8.npy"));
    const std::int64_t count = input.shape[0];
    ASSERT_EQ(std::to_string(count), video[videos.Column("frames", "videos.csv")]);
    const std::string stem = "video" + k + "_" + mode + "_level";
    const NpyArray<double> grids[] = {ReadNpy<double>(kModes / (stem + "1_grid_f64.npy")),
                                      ReadNpy<double>(kModes / (stem + "2_grid_f64.npy"))};
    PhaseTrack track(options, input.values.data(), Numbers(count));
    Levels<double> exact(options);
    Levels<float> rounded(options);
    double worst = 0, worst_float = 0;
    for (std::int64_t frame = 0; frame < count; ++frame) {
      track.Snippet(frame, exact.level1.data(), exact.level2.data());
      track.Snippet(frame, rounded.level1.data(), rounded.level2.data());
      for (int level = 1; level <= 2; ++level) {
        const NpyArray<double>& grid = grids[level - 1];
        const std::int64_t side = options.size / level, cells = grid.shape[2];
        const std::int64_t step = *ParseInt(
            video[videos.Column("grid_step_level" + std::to_string(level), "videos.csv")]);
        ASSERT_EQ(grid.shape, (std::vector<std::int64_t>{count, options.Channels(), cells, cells}));
        for (std::int64_t channel = 0; channel < options.Channels(); ++channel) {
          for (std::int64_t y = 0; y < cells; ++y) {
            for (std::int64_t x = 0; x < cells; ++x) {
              const auto at =
                  static_cast<std::size_t>((channel * side + y * step) * side + x * step);
              const double expected = grid.At({frame, channel, y, x});
              worst = std::max(worst, std::abs(exact[level][at] - expected));
              worst_float = std::max(worst_float,
                                     std::abs(static_cast<double>(rounded[level][at]) - expected));
            }
          }
        }
        if (frame == 5) {
          const auto full =
              ReadNpy<float>(kModes / (stem + std::to_string(level) + "_frame5_f32.npy"));
          EXPECT_LT(Largest(rounded[level], full.values), 1e-6);
        }
      }
    }
    EXPECT_LT(worst, kDoubleTolerance);
    EXPECT_LT(worst_float, kFloatTolerance);
    RecordProperty("largest_difference", FormatShortest(worst));

    std::size_t rows = 0;
    for (const auto& row : summary.rows) {
      if (row[0] != k || row[summary.Column("mode", "summary.csv")] != mode) continue;
      ++rows;
      const std::int64_t frame = *ParseInt(row[summary.Column("frame", "summary.csv")]);
      const int level = std::stoi(row[summary.Column("level", "summary.csv")]);
      track.Snippet(frame, exact.level1.data(), exact.level2.data());
      const std::vector<double>& values = exact[level];
      const auto number = [&](const std::string& column) {
        return std::strtod(row[summary.Column(column, "summary.csv")].c_str(), nullptr);
      };
      double sum = 0, squares = 0, magnitudes = 0, largest = 0;
      for (const double value : values) {
        sum += value;
        squares += value * value;
        magnitudes += std::abs(value);
        largest = std::max(largest, std::abs(value));
      }
      const auto n = static_cast<double>(values.size());
      const double mean = sum / n;
      EXPECT_NEAR(mean, number("mean"), kDoubleTolerance);
      EXPECT_NEAR(std::sqrt(squares / n - mean * mean), number("std"), kDoubleTolerance);
      EXPECT_NEAR(largest, number("max_abs"), kDoubleTolerance);
      EXPECT_NEAR(magnitudes, number("sum_abs"), kDoubleTolerance * n);
      for (std::size_t i = 0; i < 8; ++i) {
        EXPECT_NEAR(values[i], number("first" + std::to_string(i)), kDoubleTolerance);
        EXPECT_NEAR(
            values[values.size() - 8 + i], number("last" + std::to_string(i)), kDoubleTolerance);
      }
    }
    EXPECT_EQ(rows, static_cast<std::size_t>(2 * count));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Phase, Modes, testing::Values("shipped", "full_unwrap", "delta_blur", "delta_blur_geometric"));

}  // namespace
}  // namespace circumplex
