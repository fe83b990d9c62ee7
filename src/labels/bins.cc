// SPDX-License-Identifier: Apache-2.0
#include "labels/bins.h"

#include <algorithm>
#include <cmath>

namespace circumplex {

double WidenLabel(float label) {
  const double decimal = std::round(static_cast<double>(label) * 1e6) / 1e6;
  return static_cast<float>(decimal) == label ? decimal : static_cast<double>(label);
}

int LabelBin(double label, int bins, BinRule rule) {
  const double position = rule == BinRule::kNearest ? std::floor((label + 1) * (bins - 1) / 2 + 0.5)
                                                    : std::trunc((1 + label) / (2.0 / (bins - 1)));
  return static_cast<int>(std::clamp(position, 0.0, static_cast<double>(bins - 1)));
}

double BinCentre(int bin, int bins) { return 2.0 * bin / (bins - 1) - 1; }

int LabelCell(double label, int cells) {
  const double position = std::floor((label + 1) * cells / 2);
  return static_cast<int>(std::clamp(position, 0.0, static_cast<double>(cells - 1)));
}

}  // namespace circumplex
