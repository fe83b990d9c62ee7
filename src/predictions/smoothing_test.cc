// SPDX-License-Identifier: Apache-2.0
#include "predictions/smoothing.h"

#include <cmath>
#include <limits>
#include <map>

#include "circumplex/ccc.h"

#include "core/csv.h"
#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::GoldenFolder;

std::map<std::string, std::vector<double>> ReadSequences() {
  const CsvTable table = ReadCsv(GoldenFolder() / "model" / "post" / "sequences.csv");
  std::map<std::string, std::vector<double>> sequences;
  for (const auto& row : table.rows) sequences[row[0]].push_back(ParseDouble(row[2]).value());
  return sequences;
}

double Variance(const std::vector<double>& values) {
  CccAccumulator moments;
  for (const double value : values) moments.Add(value, value);
  return moments.variance_x();
}

TEST(Smoothing, BoxGolden) {
  const auto sequences = ReadSequences();
  const CsvTable table = ReadCsv(GoldenFolder() / "model" / "post" / "box.csv");
  std::map<std::pair<std::string, int>, std::vector<double>> smoothed;
  double largest = 0;
  for (const auto& row : table.rows) {
    const int half_width = static_cast<int>(ParseInt(row[1]).value());
    const std::pair<std::string, int> key(row[0], half_width);
    if (!smoothed.count(key)) smoothed[key] = SmoothBox(sequences.at(row[0]), half_width);
    const double actual = smoothed[key].at(static_cast<std::size_t>(ParseInt(row[2]).value()));
    EXPECT_NEAR(actual, ParseDouble(row[3]).value(), 1e-13);
    largest = std::max(largest, std::abs(actual - ParseDouble(row[3]).value()));
  }
  EXPECT_EQ(smoothed.size(), 11u);
  RecordProperty("largest_difference", FormatShortest(largest));
}

TEST(Smoothing, BoxMatchesTheDirectMeanOverLongSeries) {
  Rng rng(2);
  std::vector<double> values(50000);
  for (double& value : values) value = rng.Uniform(-1, 1) + 0.5;
  const std::vector<double> smoothed = SmoothBox(values, 50);
  for (std::size_t i = 0; i < values.size(); i += 997) {
    const std::size_t begin = i > 50 ? i - 50 : 0, end = std::min(values.size(), i + 51);
    double sum = 0;
    for (std::size_t k = begin; k < end; ++k) sum += values[k];
    EXPECT_NEAR(smoothed[i], sum / static_cast<double>(end - begin), 1e-14);
  }
}

TEST(Smoothing, KeepsConstantsMirrorsAndBounds) {
  Rng rng(4);
  std::vector<double> values(101);
  for (double& value : values) value = rng.Uniform(-1, 1);
  const std::vector<double> reversed(values.rbegin(), values.rend());
  for (const auto kind : {SmoothingKind::kBox, SmoothingKind::kGaussian}) {
    for (const double constant : Smooth(std::vector<double>(30, 0.3), kind, 0.5, 30)) {
      EXPECT_NEAR(constant, 0.3, 1e-15);
    }
    const std::vector<double> smoothed = Smooth(values, kind, 0.5, 30),
                              back = Smooth(reversed, kind, 0.5, 30);
    EXPECT_LT(Variance(smoothed), Variance(values));
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_NEAR(smoothed[i], back[values.size() - 1 - i], 1e-15);
      EXPECT_LE(std::abs(smoothed[i]), 1.0);
    }
  }
  EXPECT_EQ(Smooth(values, SmoothingKind::kNone, 0, 0), values);
  EXPECT_EQ(SmoothGaussian(values, 0), values);
  EXPECT_TRUE(SmoothBox({}, 3).empty());
  EXPECT_TRUE(SmoothGaussian({}, 3).empty());
}

TEST(Smoothing, GaussianInTheMiddleHasTheKernelsVariance) {
  std::vector<double> impulse(201, 0.0);
  impulse[100] = 1;
  const std::vector<double> smoothed = SmoothGaussian(impulse, 5);
  double sum = 0, variance = 0;
  for (int i = 0; i <= 200; ++i) {
    sum += smoothed[static_cast<std::size_t>(i)];
    variance += smoothed[static_cast<std::size_t>(i)] * (i - 100) * (i - 100);
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_NEAR(std::sqrt(variance), 5, 5e-3);
  EXPECT_NEAR(smoothed[105] / smoothed[100], std::exp(-0.5), 1e-12);
}

TEST(Smoothing, WidthsInSeconds) {
  EXPECT_EQ(BoxHalfWidthFrames(101.0 / 30, 30), 50);
  EXPECT_EQ(BoxHalfWidthFrames(1, 25), 12);
  EXPECT_EQ(BoxHalfWidthFrames(1, 59.94), 29);
  EXPECT_EQ(BoxHalfWidthFrames(0.001, 30), 0);
  EXPECT_EQ(GaussianSigmaFrames(1, 30), 15);
  ErrorOf(ErrorCode::kInvalidArgument, [] { BoxHalfWidthFrames(0, 30); });
  const std::string message =
      ErrorOf(ErrorCode::kInvalidArgument, [] { BoxHalfWidthFrames(1, 0); });
  EXPECT_NE(message.find("frame rate 0"), std::string::npos) << message;
}

TEST(Smoothing, Errors) {
  const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [] {
    SmoothBox({0, std::numeric_limits<double>::quiet_NaN()}, 1);
  });
  EXPECT_NE(message.find("frame 2 is nan"), std::string::npos) << message;
  ErrorOf(ErrorCode::kInvalidArgument, [] { SmoothBox({0}, -1); });
  ErrorOf(ErrorCode::kInvalidArgument,
          [] { SmoothGaussian({0}, std::numeric_limits<double>::infinity()); });
}

}  // namespace
}  // namespace circumplex
