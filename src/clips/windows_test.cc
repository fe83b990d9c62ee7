// SPDX-License-Identifier: Apache-2.0
#include "clips/windows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <tuple>

#include "core/csv.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

WindowRule RuleOf(const std::string& name) {
  if (name == "cover_shift") return WindowRule::kCoverShift;
  if (name == "cover_short") return WindowRule::kCoverShort;
  return name == "released_train" ? WindowRule::kReleasedTrain : WindowRule::kReleasedTest;
}

using Key = std::tuple<std::string, int, int, std::int64_t>;  // rule, size, stride, rows

TEST(Windows, AgreeWithTheGoldenTable) {
  const CsvTable table = ReadCsv(testing_support::GoldenFolder() / "model/windows/windows.csv");
  std::map<Key, std::vector<std::pair<std::int64_t, std::int64_t>>> expected;
  for (const auto& row : table.rows) {
    auto& windows = expected[{row[0], *ParseInt(row[1]), *ParseInt(row[2]), *ParseInt(row[3])}];
    if (!row[5].empty()) windows.emplace_back(*ParseInt(row[5]), *ParseInt(row[6]));
  }
  ASSERT_GT(expected.size(), 20u);
  for (const auto& [key, windows] : expected) {
    const auto& [rule, size, stride, rows] = key;
    std::vector<std::pair<std::int64_t, std::int64_t>> made;
    for (const Window& window : MakeWindows(rows, size, stride, RuleOf(rule)))
      made.emplace_back(window.begin, window.end);
    EXPECT_EQ(made, windows) << rule << " size " << size << " stride " << stride << " rows "
                             << rows;
  }
}

TEST(Windows, StitchingAgreesWithTheGoldenTable) {
  const CsvTable table = ReadCsv(testing_support::GoldenFolder() / "model/windows/stitched.csv");
  std::map<Key, std::vector<double>> stitched;
  std::map<Key, std::vector<std::int64_t>> counts;
  double worst = 0;
  std::int64_t compared = 0;
  for (const auto& row : table.rows) {
    const Key key{row[0], *ParseInt(row[1]), *ParseInt(row[2]), *ParseInt(row[3])};
    if (stitched.count(key) == 0) {
      const auto& [rule, size, stride, rows] = key;
      WindowStitcher stitcher(rows, 2, RuleOf(rule));
      const auto windows = MakeWindows(rows, size, stride, RuleOf(rule));
      for (std::size_t w = 0; w < windows.size(); ++w) {
        std::vector<float> values;
        for (int j = 0; j < windows[w].size(); ++j) {
          for (int c = 0; c < 2; ++c) {
            const auto number = 41 * static_cast<int>(w) + 17 * j * (c + 1) + 5 * c;
            values.push_back(static_cast<float>(number % 193 - 96) / 128.0f);
          }
        }
        stitcher.Add(windows[w], values.data());
      }
      stitched[key] = stitcher.Values();
      counts[key] = stitcher.counts();
    }
    const std::int64_t frame = *ParseInt(row[4]);
    // The released rule overwrites: one window counts for each row.
    if (row[0] != "released_test") {
      EXPECT_EQ(counts[key][frame], *ParseInt(row[5]));
    }
    worst = std::max(worst, std::abs(stitched[key][2 * frame] - *ParseDouble(row[6])));
    worst = std::max(worst, std::abs(stitched[key][2 * frame + 1] - *ParseDouble(row[7])));
    compared += 2;
  }
  EXPECT_GT(compared, 1000);
  EXPECT_LE(worst, 1e-15);
}

TEST(Windows, CoverEveryRowOnceOrMore) {
  for (const WindowRule rule :
       {WindowRule::kCoverShift, WindowRule::kCoverShort, WindowRule::kReleasedTest}) {
    for (std::int64_t rows = 1; rows < 70; ++rows) {
      std::vector<int> covered(rows);
      for (const Window& window : MakeWindows(rows, 8, 3, rule)) {
        for (std::int64_t row = window.begin; row < window.end; ++row) ++covered[row];
      }
      for (const int count : covered) EXPECT_GE(count, 1) << rows;
    }
  }
  EXPECT_TRUE(MakeWindows(0, 8, 3, WindowRule::kCoverShift).empty());
}

TEST(Windows, RowsThatNoWindowReachesAreNaN) {
  WindowStitcher stitcher(3, 1, WindowRule::kCoverShift);
  const float value = 2;
  stitcher.Add({1, 2}, &value);
  const auto values = stitcher.Values();
  EXPECT_TRUE(std::isnan(values[0]) && std::isnan(values[2]));
  EXPECT_EQ(values[1], 2.0);
}

}  // namespace
}  // namespace circumplex
