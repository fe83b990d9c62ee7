// SPDX-License-Identifier: Apache-2.0
#include "training/shuffled_labels.h"

#include <gtest/gtest.h>

#include <set>

namespace circumplex {
namespace {

TEST(ShuffledLabels, NoTrialKeepsItsOwnAndLengthsStay) {
  std::map<std::string, std::vector<VaLabel>> labels;
  for (int trial = 0; trial < 9; ++trial) {
    for (int t = 0; t < 5 + trial; ++t) {
      labels["t" + std::to_string(trial)].push_back({{0.1 * trial, 0.01 * t}, true});
    }
  }
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto shuffled = ShuffledLabels(labels, seed, "fold_0");
    std::set<double> given;
    for (const auto& [trial, rows] : shuffled) {
      ASSERT_EQ(rows.size(), labels.at(trial).size());
      EXPECT_NE(rows[0].valence, labels.at(trial)[0].valence) << trial;
      given.insert(rows[0].valence);
      EXPECT_EQ(rows[4].arousal, 0.04);
    }
    EXPECT_EQ(given.size(), labels.size());
  }
  const auto order = [&](const std::string& network) {
    std::vector<double> given;
    for (const auto& [trial, rows] : ShuffledLabels(labels, 1, network))
      given.push_back(rows[0].valence);
    return given;
  };
  EXPECT_EQ(order("fold_0"), order("fold_0"));
  EXPECT_NE(order("fold_0"), order("fold_1"));
}

TEST(ShuffledOrder, IsOneCircleThroughAll) {
  const std::vector<std::size_t> order = ShuffledOrder(50, 3, "stills");
  std::size_t at = 0, steps = 0;
  do {
    at = order[at];
    ++steps;
  } while (at != 0 && steps < 100);
  EXPECT_EQ(steps, 50u);
  EXPECT_NE(order, ShuffledOrder(50, 4, "stills"));
  EXPECT_EQ(ShuffledOrder(1, 3, "stills"), (std::vector<std::size_t>{0}));
}

}  // namespace
}  // namespace circumplex
