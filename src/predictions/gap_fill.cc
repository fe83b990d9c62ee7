// SPDX-License-Identifier: Apache-2.0
#include "predictions/gap_fill.h"

#include <cmath>

#include "labels/challenge_format.h"

namespace circumplex {
namespace {

// Fills the frames of (before, after), both known.
void FillBetween(std::vector<double>* values, std::size_t before, std::size_t after, GapFill rule) {
  const double left = (*values)[before], right = (*values)[after];
  for (std::size_t i = before + 1; i < after; ++i) {
    if (rule == GapFill::kNearest) {
      (*values)[i] = i - before <= after - i ? left : right;
    } else {
      const double share = static_cast<double>(i - before) / static_cast<double>(after - before);
      (*values)[i] = left + (right - left) * share;
    }
  }
}

std::vector<double> FillFromBothSides(std::vector<double> values, GapFill rule) {
  const std::size_t count = values.size();
  std::size_t before = count;
  for (std::size_t i = 0; i < count; ++i) {
    if (std::isnan(values[i])) continue;
    if (before == count) {
      for (std::size_t k = 0; k < i; ++k) values[k] = values[i];
    } else {
      FillBetween(&values, before, i, rule);
    }
    before = i;
  }
  if (before == count) return std::vector<double>(count, 0.0);
  for (std::size_t k = before + 1; k < count; ++k) values[k] = values[before];
  return values;
}

}  // namespace

Va CentreIfUnknown(const Va& value, const std::array<bool, 2>& predicts) {
  Va known = value;
  for (std::size_t k = 0; k < 2; ++k) {
    if (predicts[k] && std::isnan(value[k])) known[k] = 0;
  }
  return known;
}

std::vector<double> FillByHolding(const std::vector<double>& values, double start) {
  std::vector<double> filled = values;
  double last = start;
  for (double& value : filled) {
    if (std::isnan(value)) {
      value = last;
    } else {
      last = value;
    }
  }
  return filled;
}

std::vector<double> FillGaps(const std::vector<double>& values, GapFill rule) {
  if (rule == GapFill::kPaper) return FillByHolding(values, kChallengeSentinel);
  if (rule == GapFill::kHold) {
    for (const double value : values) {
      if (!std::isnan(value)) return FillByHolding(values, value);
    }
    return std::vector<double>(values.size(), 0.0);
  }
  return FillFromBothSides(values, rule);
}

}  // namespace circumplex
