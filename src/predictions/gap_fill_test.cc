// SPDX-License-Identifier: Apache-2.0
#include "predictions/gap_fill.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/csv.h"
#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr GapFill kRules[] = {GapFill::kPaper, GapFill::kHold, GapFill::kNearest, GapFill::kLinear};

TEST(GapFill, EveryGoldenMask) {
  const std::string source = "fill.csv";
  const CsvTable table = ReadCsv(testing_support::GoldenFolder() / "model" / "fill" / source);
  struct Series {
    std::vector<double> values, paper, mimamo, nearest, linear;
  };
  std::map<std::string, Series> masks;
  for (const auto& row : table.rows) {
    const auto number = [&](const char* column) {
      return ParseDouble(row[table.Column(column, source)]);
    };
    Series& series = masks[row[table.Column("mask", source)]];
    ASSERT_EQ(series.values.size(), static_cast<std::size_t>(*number("frame")));
    const bool present = *number("present") == 1;
    ASSERT_EQ(present, number("value").has_value());
    ASSERT_EQ(row[0][series.values.size() + 1] == '1', present);
    series.values.push_back(present ? *number("value") : kNaN);
    series.paper.push_back(*number("paper"));
    series.mimamo.push_back(*number("mimamo"));
    series.nearest.push_back(*number("hold_nearest"));
    series.linear.push_back(*number("linear"));
  }
  EXPECT_EQ(masks.size(), 11u);
  double largest = 0;
  for (const auto& [mask, series] : masks) {
    SCOPED_TRACE(mask);
    EXPECT_EQ(FillGaps(series.values, GapFill::kPaper), series.paper);
    EXPECT_EQ(FillByHolding(series.values, 0), series.mimamo);
    EXPECT_EQ(FillGaps(series.values, GapFill::kNearest), series.nearest);
    const std::vector<double> linear = FillGaps(series.values, GapFill::kLinear);
    ASSERT_EQ(linear.size(), series.linear.size());
    for (std::size_t i = 0; i < linear.size(); ++i) {
      EXPECT_NEAR(linear[i], series.linear[i], 1e-15);
      largest = std::max(largest, std::abs(linear[i] - series.linear[i]));
    }
    // kHold is the paper's rule with the first known value where that writes -5.
    const auto known = std::find_if(
        series.values.begin(), series.values.end(), [](double v) { return !std::isnan(v); });
    std::vector<double> hold = series.paper;
    std::replace(hold.begin(), hold.end(), -5.0, known == series.values.end() ? 0.0 : *known);
    EXPECT_EQ(FillGaps(series.values, GapFill::kHold), hold);
  }
  RecordProperty("largest_difference", FormatShortest(largest));
}

TEST(GapFill, KeepsKnownValuesAndIsIdempotent) {
  Rng rng(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values(rng.Below(40));
    const double share = rng.Uniform();
    double low = 1, high = -1;
    for (double& value : values) {
      value = rng.Uniform() < share ? kNaN : rng.Uniform(-1, 1);
      if (std::isnan(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
    for (const GapFill rule : kRules) {
      const std::vector<double> filled = FillGaps(values, rule);
      ASSERT_EQ(filled.size(), values.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        ASSERT_FALSE(std::isnan(filled[i]));
        if (!std::isnan(values[i])) {
          ASSERT_EQ(filled[i], values[i]);
        } else if (low <= high && rule != GapFill::kPaper) {
          ASSERT_GE(filled[i], low - 1e-15);
          ASSERT_LE(filled[i], high + 1e-15);
        }
      }
      EXPECT_EQ(FillGaps(filled, rule), filled);
    }
  }
}

TEST(GapFill, TieTakesTheEarlierFrame) {
  EXPECT_EQ(FillGaps({1, kNaN, 2}, GapFill::kNearest), (std::vector<double>{1, 1, 2}));
  EXPECT_EQ(FillGaps({1, kNaN, kNaN, 2}, GapFill::kNearest), (std::vector<double>{1, 1, 2, 2}));
  EXPECT_TRUE(FillGaps({}, GapFill::kLinear).empty());
}

}  // namespace
}  // namespace circumplex
