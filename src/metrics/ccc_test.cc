// SPDX-License-Identifier: Apache-2.0
#include "circumplex/ccc.h"

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "core/csv.h"
#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::GoldenFolder;
using Pairs = std::vector<std::pair<double, double>>;

Pairs Make(int n, const std::function<std::pair<double, double>(std::int64_t)>& pair) {
  Pairs pairs;
  for (std::int64_t i = 0; i < n; ++i) pairs.push_back(pair(i));
  return pairs;
}

CccAccumulator Accumulate(const Pairs& pairs) {
  CccAccumulator accumulator;
  for (const auto& [x, y] : pairs) accumulator.Add(x, y);
  return accumulator;
}

double Lin(std::int64_t i) { return static_cast<double>(i) / 100 - 0.5; }
double LcgX(std::int64_t i) { return static_cast<double>((i * 37 + 11) % 101) / 50 - 1; }

// The column `formula` of ccc_cases.csv in C++.
std::map<std::string, Pairs> Cases() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto mod = [](std::int64_t a, std::int64_t m) { return static_cast<double>(a % m); };
  std::map<std::string, Pairs> cases;
  cases["lin_shift"] = Make(100, [](auto i) { return std::pair(Lin(i), Lin(i) + 0.25); });
  cases["lin_scale"] = Make(100, [](auto i) { return std::pair(Lin(i), 0.5 * Lin(i)); });
  cases["scale_shift"] = Make(100, [](auto i) { return std::pair(Lin(i), 0.5 * Lin(i) - 0.125); });
  cases["perfect"] =
      Make(101, [&](auto i) { return std::pair(mod(i * 37, 101) / 101, mod(i * 37, 101) / 101); });
  cases["perfect_n2"] = {{0, 0}, {1, 1}};
  cases["anti"] = Make(100, [](auto i) { return std::pair(Lin(i), -Lin(i)); });
  cases["lcg"] =
      Make(400, [&](auto i) { return std::pair(LcgX(i), mod(i * 53 + 29, 103) / 51.5 - 1); });
  cases["lcg_mixed"] = Make(400, [&](auto i) {
    return std::pair(LcgX(i), 0.75 * LcgX(i) + 0.125 * (mod(i * 59, 97) / 48 - 1) + 0.0625);
  });
  cases["sine"] = Make(1000, [](auto i) {
    const double t = static_cast<double>(i);
    return std::pair(std::sin(0.05 * t), 0.8 * std::sin(0.05 * t + 0.3) + 0.1);
  });
  cases["const_pred"] = Make(100, [](auto i) { return std::pair(0.25, Lin(i)); });
  cases["const_label"] = Make(100, [](auto i) { return std::pair(Lin(i), 0.25); });
  cases["const_equal"] = Make(100, [](auto) { return std::pair(0.25, 0.25); });
  cases["const_different"] = Make(100, [](auto) { return std::pair(0.25, 0.5); });
  cases["const_inexact"] = Make(10, [](auto) { return std::pair(0.1, 0.1); });
  cases["nan_pred"] = cases["nan_label"] = cases["lin_shift"];
  cases["nan_pred"][7].first = nan;
  cases["nan_label"][7].second = nan;
  cases["len1_equal"] = {{0.5, 0.5}};
  cases["len1_diff"] = {{0.5, -0.25}};
  cases["empty"] = {};
  cases["sentinel_kept"] =
      Make(100, [](auto i) { return std::pair(Lin(i), i < 5 ? -5.0 : Lin(i) + 0.25); });
  cases["sentinel_dropped"] =
      Make(95, [](auto i) { return std::pair(Lin(i + 5), Lin(i + 5) + 0.25); });
  cases["offset_1e4"] = Make(1000, [&](auto i) {
    const double x = 1e4 + static_cast<double>(i) / 100;
    return std::pair(x, x + 0.01 * mod(i * 7, 5));
  });
  cases["offset_1e8"] =
      Make(1000, [&](auto i) { return std::pair(1e8 + mod(i, 17), 1e8 + mod(i * 3, 17)); });
  cases["tiny_variance"] = Make(800, [&](auto i) {
    return std::pair(0.5 + 0x1p-40 * mod(i, 8), 0.5 + 0x1p-40 * mod(i + 1, 8));
  });
  cases["huge_drift"] = Make(2000000, [&](auto i) {
    const double x = mod(i * 37 + 11, 101) / 101 - 0.5 + static_cast<double>(i) * (0.25 / 2000000);
    return std::pair(x, 0.6 * x + 0.4 * (mod(i * 53 + 29, 103) / 103) - 0.15);
  });
  return cases;
}

TEST(Ccc, EveryGoldenCase) {
  const std::string source = "ccc_cases.csv";
  const CsvTable table = ReadCsv(GoldenFolder() / "ccc" / source);
  const std::map<std::string, Pairs> cases = Cases();
  ASSERT_EQ(table.rows.size(), 25u);
  double largest = 0;
  for (const auto& row : table.rows) {
    const std::string& name = row[table.Column("name", source)];
    SCOPED_TRACE(name);
    const auto field = [&](const char* column) {
      return ParseDouble(row[table.Column(column, source)]);
    };
    const auto found = cases.find(name);
    ASSERT_NE(found, cases.end());
    ASSERT_EQ(found->second.size(), static_cast<std::size_t>(*field("n")));
    if (name.rfind("nan_", 0) == 0) {
      ErrorOf(ErrorCode::kInvalidArgument, [&] { Accumulate(found->second); });
      continue;
    }
    const bool centred_only = name.rfind("offset_", 0) == 0 || name == "tiny_variance";
    const double tolerance = centred_only ? 1e-9 : 1e-12;
    const CccAccumulator ccc = Accumulate(found->second);
    const auto expect_optional = [&](const std::optional<double>& actual, const char* column) {
      const auto expected = field(column);
      ASSERT_EQ(actual.has_value(), expected.has_value()) << column;
      if (!expected) return;
      EXPECT_NEAR(*actual, *expected, tolerance) << column;
      largest = std::max(largest, std::abs(*actual - *expected));
    };
    expect_optional(ccc.Value(), "ccc_population");
    expect_optional(ccc.Pearson(), "rho");
    expect_optional(ccc.Rmse(), "rmse");
    const double n = static_cast<double>(ccc.count());
    std::optional<double> sample;
    if (n > 1) {
      const double bessel = n / (n - 1), shift = ccc.mean_difference();
      const double denominator = bessel * (ccc.variance_x() + ccc.variance_y()) + shift * shift;
      if (denominator > 0) sample = 2 * bessel * ccc.covariance() / denominator;
    }
    expect_optional(sample, "ccc_sample");
    if (n == 0) continue;
    for (const auto& [actual, column] : {std::pair(ccc.mean_x(), "mean_x"),
                                         std::pair(ccc.mean_y(), "mean_y"),
                                         std::pair(ccc.variance_x(), "var_x_pop"),
                                         std::pair(ccc.variance_y(), "var_y_pop"),
                                         std::pair(ccc.covariance(), "cov_pop")}) {
      const double expected = *field(column);
      EXPECT_NEAR(actual, expected, tolerance * std::max(1.0, std::abs(expected))) << column;
    }
  }
  RecordProperty("largest_difference", FormatShortest(largest));
}

TEST(Ccc, PooledPerVideoAndAveraged) {
  const std::string source = "aggregation.csv";
  const CsvTable table = ReadCsv(GoldenFolder() / "ccc" / source);
  const int lengths[] = {5, 50, 400, 1000};
  const double offsets[] = {0, 0.3, -0.2, 0.1}, scales[] = {1, 0.8, 0.5, 0.9};
  CccAccumulator merged, sequential;
  double sum = 0, weighted = 0;
  std::map<std::string, double> actual;
  for (int v = 0; v < 4; ++v) {
    CccAccumulator video;
    for (int i = 0; i < lengths[v]; ++i) {
      const double base = static_cast<double>((37 * i + 11 * v) % 101) / 101 - 0.5;
      const double x = scales[v] * base + offsets[v];
      const double y = base + offsets[v] + 0.1 * (static_cast<double>((53 * i) % 7) / 7 - 0.5);
      video.Add(x, y);
      sequential.Add(x, y);
    }
    merged.Merge(video);
    actual["video" + std::to_string(v)] = video.Value().value();
    sum += video.Value().value();
    weighted += lengths[v] * video.Value().value();
  }
  actual["concatenated"] = merged.Value().value();
  actual["unweighted_mean"] = sum / 4;
  actual["length_weighted_mean"] = weighted / 1455;
  ASSERT_EQ(table.rows.size(), actual.size());
  for (const auto& row : table.rows) {
    ASSERT_TRUE(actual.count(row[0])) << row[0];
    EXPECT_NEAR(actual[row[0]], ParseDouble(row[2]).value(), 1e-12) << row[0];
  }
  EXPECT_EQ(merged.count(), sequential.count());
  EXPECT_NEAR(merged.Value().value(), sequential.Value().value(), 1e-14);
}

Pairs RandomPairs(std::uint64_t seed, int n) {
  Rng rng(seed);
  const double gain = rng.Uniform(-1, 1), shift = rng.Uniform(-1, 1);
  return Make(n, [&](auto) {
    const double x = rng.Uniform(-1, 1);
    return std::pair(x, gain * x + shift + 0.3 * rng.Normal());
  });
}

TEST(Ccc, MergeEqualsAddingEverything) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Pairs pairs = RandomPairs(seed, 200);
    const CccAccumulator whole = Accumulate(pairs);
    CccAccumulator merged, part;
    Rng rng(seed, "cuts");
    for (const auto& [x, y] : pairs) {
      part.Add(x, y);
      if (rng.Below(20) == 0) {
        merged.Merge(part);
        part = CccAccumulator();
      }
    }
    merged.Merge(part);
    merged.Merge(CccAccumulator());
    EXPECT_EQ(merged.count(), whole.count());
    EXPECT_NEAR(*merged.Value(), *whole.Value(), 1e-13);
    EXPECT_NEAR(*merged.Pearson(), *whole.Pearson(), 1e-13);
    EXPECT_NEAR(*merged.Rmse(), *whole.Rmse(), 1e-13);
  }
}

TEST(Ccc, MergingConstantPartsStaysExact) {
  CccAccumulator a, b;
  for (int i = 0; i < 7; ++i) a.Add(0.1, 0.1);
  for (int i = 0; i < 13; ++i) b.Add(0.1, 0.1);
  a.Merge(b);
  EXPECT_FALSE(a.Value().has_value());
  EXPECT_EQ(a.variance_x(), 0.0);
}

TEST(Ccc, SymmetricAffineInvariantAndBoundedByPearson) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Pairs pairs = RandomPairs(seed, 100);
    CccAccumulator swapped, affine;
    for (const auto& [x, y] : pairs) {
      swapped.Add(y, x);
      affine.Add(-3 * x + 0.7, -3 * y + 0.7);
    }
    const CccAccumulator ccc = Accumulate(pairs);
    EXPECT_NEAR(*swapped.Value(), *ccc.Value(), 1e-13);
    EXPECT_NEAR(*affine.Value(), *ccc.Value(), 1e-13);
    EXPECT_LE(std::abs(*ccc.Value()), std::abs(*ccc.Pearson()) + 1e-15);
    EXPECT_EQ(std::signbit(*ccc.Value()), std::signbit(*ccc.Pearson()));
    EXPECT_LE(std::abs(*ccc.Value()), 1.0);
  }
}

TEST(Ccc, NonFinitePairLeavesTheObjectUnchanged) {
  CccAccumulator ccc = Accumulate({{0, 1}, {1, 1}});
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [&] { ccc.Add(0.5, bad); });
    EXPECT_NE(message.find("pair 2"), std::string::npos) << message;
    ErrorOf(ErrorCode::kInvalidArgument, [&] { ccc.Add(bad, 0.5); });
  }
  EXPECT_EQ(ccc.count(), 2);
  EXPECT_EQ(ccc.mean_x(), 0.5);
}

TEST(Ccc, RmseKeepsSmallDifferences) {
  CccAccumulator ccc;
  for (int i = 0; i < 1000; ++i) ccc.Add(i * 0.5, i * 0.5 + 0x1p-30);
  EXPECT_NEAR(*ccc.Rmse(), 0x1p-30, 1e-20);
}

}  // namespace
}  // namespace circumplex
