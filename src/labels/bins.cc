// SPDX-License-Identifier: Apache-2.0
#include "labels/bins.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

namespace circumplex {

namespace {

constexpr std::int64_t kMillion = 1'000'000;

// The decimal of six digits that a label was written as, in millionths, also where it has passed
// through float32, whose values near 1 are 0.06 millionths apart.
std::optional<std::int64_t> Millionths(double label) {
  if (!(std::abs(label) <= 1)) return std::nullopt;
  const double scaled = label * static_cast<double>(kMillion), whole = std::round(scaled);
  if (std::abs(scaled - whole) > 0.04) return std::nullopt;
  return static_cast<std::int64_t>(whole);
}

int Clamped(double position, int count) {
  return static_cast<int>(std::clamp(position, 0.0, static_cast<double>(count - 1)));
}

}  // namespace

int LabelBin(double label, int bins, BinRule rule) {
  const std::optional<std::int64_t> exact = Millionths(label);
  if (rule == BinRule::kTruncated) {
    const double decimal = exact ? static_cast<double>(*exact) / kMillion : label;
    return Clamped(std::trunc((1 + decimal) / (2.0 / (bins - 1))), bins);
  }
  if (exact) {
    return static_cast<int>(((*exact + kMillion) * (bins - 1) + kMillion) / (2 * kMillion));
  }
  return Clamped(std::floor((label + 1) * (bins - 1) / 2 + 0.5), bins);
}

double BinCentre(int bin, int bins) { return 2.0 * bin / (bins - 1) - 1; }

double CellCentre(int cell, int cells) { return (2.0 * cell + 1) / cells - 1; }

int LabelCell(double label, int cells) {
  if (const std::optional<std::int64_t> exact = Millionths(label)) {
    const std::int64_t cell = (*exact + kMillion) * cells / (2 * kMillion);
    return static_cast<int>(std::min<std::int64_t>(cell, cells - 1));
  }
  return Clamped(std::floor((label + 1) * cells / 2), cells);
}

}  // namespace circumplex
