// SPDX-License-Identifier: Apache-2.0
#include "training/shuffled_labels.h"

#include <numeric>

#include "core/rng.h"

namespace circumplex {

std::vector<std::size_t> ShuffledOrder(std::size_t count,
                                       std::uint64_t seed,
                                       const std::string& network) {
  std::vector<std::size_t> circle(count), given(count);
  std::iota(circle.begin(), circle.end(), std::size_t{0});
  Rng(seed, "shuffled labels " + network).Shuffle(circle);
  for (std::size_t i = 0; i < count; ++i) given[circle[i]] = circle[(i + 1) % count];
  return given;
}

std::map<std::string, std::vector<VaLabel>> ShuffledLabels(
    const std::map<std::string, std::vector<VaLabel>>& labels,
    std::uint64_t seed,
    const std::string& network) {
  std::vector<std::string> trials;
  for (const auto& [trial, rows] : labels) {
    if (!rows.empty()) trials.push_back(trial);
  }
  const std::vector<std::size_t> order = ShuffledOrder(trials.size(), seed, network);
  std::map<std::string, std::vector<VaLabel>> shuffled = labels;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const std::vector<VaLabel>& other = labels.at(trials[order[i]]);
    std::vector<VaLabel>& given = shuffled[trials[i]];
    for (std::size_t t = 0; t < given.size(); ++t) given[t] = other[t % other.size()];
  }
  return shuffled;
}

}  // namespace circumplex
