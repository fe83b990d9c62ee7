// SPDX-License-Identifier: Apache-2.0
#include "predictions/std_matching.h"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "core/csv.h"
#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::GoldenFolder;

CccAccumulator MomentsOf(const std::vector<std::vector<double>>& series) {
  CccAccumulator moments;
  for (const std::vector<double>& values : series) {
    for (const double value : values) moments.Add(value, value);
  }
  return moments;
}

TEST(StdMatching, Golden) {
  const std::string source = "spread.csv";
  const CsvTable table = ReadCsv(GoldenFolder() / "model" / "post" / source);
  // Rows of one case are those with the same statistics and, unless pooled, the same
  // sequence and target.
  struct Case {
    std::vector<double> values, population, sample;
    double target = 0;
  };
  std::map<std::string, Case> cases;
  std::map<std::string, std::vector<std::vector<double>>> inputs;
  std::map<std::string, std::string> last_sequence;
  for (const auto& row : table.rows) {
    const auto text = [&](const char* column) { return row[table.Column(column, source)]; };
    const auto number = [&](const char* column) { return ParseDouble(text(column)).value(); };
    const std::string key = text("statistics") +
                            (text("statistics") == "pooled" ? "" : text("sequence")) +
                            text("target_std");
    Case& one = cases[key];
    one.target = number("target_std");
    one.values.push_back(number("value"));
    one.population.push_back(number("matched_population"));
    one.sample.push_back(number("matched_sample"));
    if (last_sequence[key] != text("sequence")) inputs[key].emplace_back();
    last_sequence[key] = text("sequence");
    inputs[key].back().push_back(number("value"));
  }
  double largest = 0;
  for (const auto& [key, one] : cases) {
    SCOPED_TRACE(key);
    const CccAccumulator moments = MomentsOf(inputs[key]);
    const auto count = static_cast<double>(moments.count());
    const double sample = std::sqrt(moments.variance_x() * count / (count - 1));
    const StdMatching by_population = MatchStd(moments, one.target);
    const StdMatching by_sample = MatchStd(moments.mean_x(), sample, one.target);
    for (std::size_t i = 0; i < one.values.size(); ++i) {
      const double population = by_population.Apply(one.values[i]);
      EXPECT_NEAR(population, one.population[i], 1e-13);
      EXPECT_NEAR(by_sample.Apply(one.values[i]), one.sample[i], 1e-13);
      largest = std::max(largest, std::abs(population - one.population[i]));
    }
  }
  EXPECT_GE(cases.size(), 3u);
  RecordProperty("largest_difference", FormatShortest(largest));
}

TEST(StdMatching, ConstantPredictionsStayAsTheyAre) {
  const StdMatching map = MatchStd(MomentsOf({{0.1, 0.1, 0.1}}), 0.4);
  EXPECT_EQ(map.Apply(0.1), 0.1);
  EXPECT_EQ(map.Apply(0.7), 0.7);
  EXPECT_EQ(MatchStd(CccAccumulator(), 0.4).scale, 1);
}

TEST(StdMatching, TheMatchedSeriesHasTheTargetAndItsOwnMean) {
  Rng rng(5);
  std::vector<double> values(500);
  for (double& value : values) value = rng.Uniform(-0.3, 0.9);
  const CccAccumulator before = MomentsOf({values});
  const StdMatching map = MatchStd(before, 0.4);
  for (double& value : values) value = map.Apply(value);
  const CccAccumulator after = MomentsOf({values});
  EXPECT_NEAR(std::sqrt(after.variance_x()), 0.4, 1e-14);
  EXPECT_NEAR(after.mean_x(), before.mean_x(), 1e-14);
}

TEST(StdMatching, MatchedCccIsTheCccOfTheMatchedPredictions) {
  Rng rng(6);
  CccAccumulator raw, matched;
  std::vector<std::pair<double, double>> rows(300);
  for (auto& [prediction, label] : rows) {
    label = rng.Uniform(-0.5, 0.8);
    prediction = 0.1 + 0.3 * label + rng.Uniform(-0.1, 0.1);
    raw.Add(prediction, label);
  }
  const StdMatching map = MatchStd(raw, std::sqrt(raw.variance_y()));
  for (const auto& [prediction, label] : rows) matched.Add(map.Apply(prediction), label);
  EXPECT_NEAR(MatchedCcc(raw, map).value(), matched.Value().value(), 1e-12);
  EXPECT_NEAR(MatchedCcc(raw, StdMatching()).value(), raw.Value().value(), 1e-14);
  EXPECT_FALSE(MatchedCcc(CccAccumulator(), map).has_value());
}

}  // namespace
}  // namespace circumplex
