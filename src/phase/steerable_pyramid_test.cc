// SPDX-License-Identifier: Apache-2.0
#include "phase/steerable_pyramid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>

#include "circumplex/error.h"

#include "core/csv.h"
#include "phase/phase_difference.h"
#include "support/npy.h"
#include "support/sha256.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::GoldenFolder;
using testing_support::ReadNpy;

constexpr double kPi = 3.14159265358979323846;

const std::filesystem::path kGolden = GoldenFolder() / "phase";

std::vector<double> Frame(int t) {
  const auto input = ReadNpy<std::uint8_t>(kGolden / "input_u8.npy");
  std::vector<double> image(48 * 48);
  for (std::size_t i = 0; i < image.size(); ++i)
    image[i] = static_cast<float>(input.From({t})[i]) / 255.0f;
  return image;
}

TEST(GoldenPhaseInput, FollowsItsFormula) {
  std::uint32_t state = 12345;
  const auto draw = [&state](std::uint32_t mask) {
    state = 1664525u * state + 1013904223u;
    return static_cast<double>((state >> 24) & mask);
  };
  std::vector<double> texture(48 * 48);
  for (double& value : texture) value = draw(15) - 7.5;
  std::vector<std::uint8_t> input;
  std::uint64_t sum = 0;
  for (int t = 0; t < 13; ++t) {
    for (int y = 0; y < 48; ++y) {
      for (int x = 0; x < 48; ++x) {
        const double noise = draw(7) - 3.5;
        const double value = 127.5 + 40 * std::cos(2 * kPi * (x / 8.0 - 0.05 * t)) +
                             30 * std::cos(2 * kPi * (y / 11.3 + 0.07 * t)) +
                             25 * std::cos(2 * kPi * (0.11 * x + 0.07 * y - 0.03 * t) + 0.5) +
                             15 * std::cos(2 * kPi * (0.23 * x - 0.19 * y + 0.02 * t) + 1.0) +
                             texture[static_cast<std::size_t>(y * 48 + x)] + noise;
        input.push_back(static_cast<std::uint8_t>(std::floor(value + 0.5)));
        sum += input.back();
      }
    }
  }
  EXPECT_EQ(sum, 3817005u);
  EXPECT_EQ(testing_support::Sha256(input.data(), input.size()),
            "e87be64b78d8d3a8370e18c7be5594f7ce732238585fb2277c3a5ab23b383322");
  EXPECT_EQ(ReadNpy<std::uint8_t>(kGolden / "input_u8.npy").values, input);
}

TEST(SteerablePyramid, FirstFrameAgreesWithPublicCode) {
  SteerablePyramid pyramid(48, 2, 2);
  std::vector<double> re(pyramid.NumCoefficients()), im(pyramid.NumCoefficients());
  pyramid.Analyze(Frame(0).data(), re.data(), im.data());
  double worst = 0;
  for (int level = 1; level <= 2; ++level) {
    const auto golden = ReadNpy<std::complex<double>>(
        kGolden / ("pyr_t00_level" + std::to_string(level) + "_c128.npy"));
    const int side = pyramid.Side(level);
    ASSERT_EQ(golden.shape, (std::vector<std::int64_t>{2, 2 * side, 2 * side}));
    for (int b = 0; b < 2; ++b) {
      for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
          const std::size_t at = pyramid.Offset(level, b) + static_cast<std::size_t>(y * side + x);
          worst = std::max(worst,
                           std::abs(golden.At({b, y, x}) - std::complex<double>(re[at], im[at])));
        }
      }
    }
  }
  EXPECT_LT(worst, 1e-10);
  RecordProperty("largest_difference", FormatShortest(worst));
  EXPECT_NEAR(re[0], 0.02390498683129403, 1e-12);
  EXPECT_NEAR(im[0], -0.018836342742094603, 1e-12);
}

TEST(SteerablePyramid, EveryFrameAgreesWithPublicCode) {
  PhaseDifference difference(PhaseOptions{});
  const auto input = ReadNpy<std::uint8_t>(kGolden / "input_u8.npy");
  const SteerablePyramid& pyramid = difference.pyramid();
  for (int level = 1; level <= 2; ++level) {
    const auto golden =
        ReadNpy<std::complex<float>>(kGolden / ("coef_level" + std::to_string(level) + "_c64.npy"));
    const int side = pyramid.Side(level);
    for (int t = 0; t < 13; ++t) {
      FramePhase frame;
      difference.Analyze(input.From({t}), &frame);
      for (int b = 0; b < 2; ++b) {
        for (int i = 0; i < side * side; ++i) {
          const std::size_t at = pyramid.Offset(level, b) + static_cast<std::size_t>(i);
          // The file is rounded to single.
          ASSERT_NEAR(golden.From({b, t})[i].real(), frame.re[at], 1e-6)
              << level << ' ' << t << ' ' << b << ' ' << i;
          ASSERT_NEAR(golden.From({b, t})[i].imag(), frame.im[at], 1e-6)
              << level << ' ' << t << ' ' << b << ' ' << i;
        }
      }
    }
  }
}

TEST(SteerablePyramid, ResidualsAgreeWithPublicCode) {
  SteerablePyramid pyramid(48, 2, 2);
  std::vector<double> high(48 * 48), low(12 * 12);
  pyramid.Residuals(Frame(0).data(), high.data(), low.data());
  const auto golden_high = ReadNpy<double>(kGolden / "pyr_t00_highpass_f64.npy");
  for (int y = 0; y < 96; ++y) {
    for (int x = 0; x < 96; ++x) {
      const int my = std::min(y, 95 - y), mx = std::min(x, 95 - x);
      ASSERT_NEAR(golden_high.At({y, x}), high[static_cast<std::size_t>(my * 48 + mx)], 1e-10)
          << y << ' ' << x;
    }
  }
  const auto golden_low = ReadNpy<double>(kGolden / "pyr_t00_lowpass_f64.npy");
  for (int y = 0; y < 12; ++y) {
    for (int x = 0; x < 12; ++x) {
      ASSERT_NEAR(golden_low.At({y, x}), low[static_cast<std::size_t>(y * 12 + x)], 1e-10)
          << y << ' ' << x;
    }
  }
}

TEST(PyramidMasks, SquaresSumToOne) {
  struct Case {
    int size, orientations, levels;
  };
  for (const Case& c :
       {Case{48, 2, 2}, Case{48, 3, 2}, Case{48, 4, 1}, Case{64, 5, 3}, Case{20, 2, 2}}) {
    const PyramidMasks masks(c.size, c.orientations);
    double worst = 0;
    for (int ky = 1 - c.size; ky < c.size; ++ky) {
      for (int kx = 1 - c.size; kx < c.size; ++kx) {
        if (ky == 0 && kx == 0) continue;
        double sum =
            std::pow(masks.HighPass(ky, kx), 2) + std::pow(masks.LowPass(c.levels, ky, kx), 2);
        for (int level = 1; level <= c.levels; ++level) {
          for (int b = 0; b < c.orientations; ++b) {
            // The real filter behind the analytic one: half from each half plane.
            const double real_part = std::pow(masks.Band(level, b, ky, kx), 2) +
                                     std::pow(masks.Band(level, b, -ky, -kx), 2);
            sum += real_part / 4;
          }
        }
        worst = std::max(worst, std::abs(sum - 1));
      }
    }
    // Linear interpolation in the tables costs a few 1e-6; a missing factor would cost tenths.
    EXPECT_LT(worst, 2e-5) << c.size << ' ' << c.orientations << ' ' << c.levels;
  }
}

// Reference: the mirrored image through a plain two-dimensional DFT, straight from the definition.
TEST(SteerablePyramid, MatchesDirectTransformForOtherShapes) {
  struct Case {
    int size, orientations, levels;
  };
  for (const Case& c : {Case{16, 3, 2}, Case{20, 4, 2}, Case{24, 5, 1}, Case{16, 2, 2}}) {
    const int full = 2 * c.size;
    std::vector<double> image(static_cast<std::size_t>(c.size) * c.size);
    for (std::size_t i = 0; i < image.size(); ++i)
      image[i] = std::fmod(0.37 * static_cast<double>(i * i % 1009), 1.0);
    const auto mirrored = [&](int y, int x) {
      const int my = std::min(y, full - 1 - y), mx = std::min(x, full - 1 - x);
      return image[static_cast<std::size_t>(my * c.size + mx)];
    };
    std::vector<std::complex<double>> rows(static_cast<std::size_t>(full) * full),
        spectrum(rows.size());
    const auto turn = [](int k, int x, int n, double sign) {
      return std::polar(1.0, sign * 2 * kPi * static_cast<double>(k * x % n) / n);
    };
    for (int y = 0; y < full; ++y) {
      for (int k = 0; k < full; ++k) {
        std::complex<double> sum = 0;
        for (int x = 0; x < full; ++x) sum += mirrored(y, x) * turn(k, x, full, -1);
        rows[static_cast<std::size_t>(y * full + k)] = sum;
      }
    }
    for (int k = 0; k < full; ++k) {
      for (int x = 0; x < full; ++x) {
        std::complex<double> sum = 0;
        for (int y = 0; y < full; ++y)
          sum += rows[static_cast<std::size_t>(y * full + x)] * turn(k, y, full, -1);
        spectrum[static_cast<std::size_t>(k * full + x)] = sum;
      }
    }
    SteerablePyramid pyramid(c.size, c.orientations, c.levels);
    const PyramidMasks masks(c.size, c.orientations);
    std::vector<double> re(pyramid.NumCoefficients()), im(pyramid.NumCoefficients());
    pyramid.Analyze(image.data(), re.data(), im.data());
    const std::complex<double> filter_factor =
        std::pow(std::complex<double>(0, -1), c.orientations - 1);
    double worst = 0, largest = 0;
    for (int level = 1; level <= c.levels; ++level) {
      const int side = pyramid.Side(level), n = 2 * side;
      for (int b = 0; b < c.orientations; ++b) {
        for (int y = 0; y < side; y += 3) {
          for (int x = 0; x < side; x += 2) {
            std::complex<double> sum = 0;
            for (int ky = 1 - side; ky < side; ++ky) {
              for (int kx = 1 - side; kx < side; ++kx) {
                const auto at =
                    static_cast<std::size_t>((ky + full) % full * full + (kx + full) % full);
                sum += masks.Band(level, b, ky, kx) * spectrum[at] *
                       turn((ky * y + kx * x) % n, 1, n, 1);
              }
            }
            sum *= filter_factor / static_cast<double>(n * n);
            const std::size_t at =
                pyramid.Offset(level, b) + static_cast<std::size_t>(y * side + x);
            worst = std::max(worst, std::abs(sum - std::complex<double>(re[at], im[at])));
            largest = std::max(largest, std::abs(sum));
          }
        }
      }
    }
    EXPECT_LT(worst, 1e-12) << c.size << ' ' << c.orientations;
    EXPECT_GT(largest, 1e-3);
  }
}

TEST(SteerablePyramid, RefusesShapesItCannotServe) {
  const std::string message =
      ErrorOf(ErrorCode::kInvalidOptions, [] { SteerablePyramid(50, 2, 2); });
  EXPECT_NE(message.find("50"), std::string::npos) << message;
  ErrorOf(ErrorCode::kInvalidOptions, [] { SteerablePyramid(48, 1, 2); });
  ErrorOf(ErrorCode::kInvalidOptions, [] { SteerablePyramid(48, 2, 0); });
  ErrorOf(ErrorCode::kInvalidOptions, [] { SteerablePyramid(0, 2, 2); });
}

}  // namespace
}  // namespace circumplex
