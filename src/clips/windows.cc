// SPDX-License-Identifier: Apache-2.0
#include "clips/windows.h"

#include <algorithm>
#include <limits>

#include "core/check.h"

namespace circumplex {

std::vector<Window> MakeWindows(std::int64_t steps, int size, int stride, WindowRule rule) {
  CIRCUMPLEX_CHECK(size >= 1 && stride >= 1, "window and stride must be positive");
  std::vector<Window> windows;
  if (rule == WindowRule::kReleasedTrain) {
    for (std::int64_t begin = 0; begin + size < steps; begin += stride)
      windows.push_back({begin, begin + size});
    return windows;
  }
  if (steps <= 0) return windows;
  if (steps <= size) return {{0, steps}};
  const std::int64_t step = rule == WindowRule::kReleasedTest ? size : stride;
  std::int64_t begin = 0;
  for (; begin + size <= steps; begin += step) windows.push_back({begin, begin + size});
  if (windows.back().end < steps) {
    windows.push_back({rule == WindowRule::kCoverShort ? begin : steps - size, steps});
  }
  return windows;
}

WindowStitcher::WindowStitcher(std::int64_t steps, int outputs, WindowRule rule)
    : outputs_(outputs),
      overwrite_(rule == WindowRule::kReleasedTest),
      sums_(static_cast<std::size_t>(steps * outputs)),
      counts_(static_cast<std::size_t>(steps)) {}

void WindowStitcher::Add(const Window& window, const float* values) {
  CIRCUMPLEX_CHECK(window.begin >= 0 && window.end <= static_cast<std::int64_t>(counts_.size()),
                   "window outside");
  for (std::int64_t step = window.begin; step < window.end; ++step) {
    if (overwrite_) {
      counts_[step] = 0;
      std::fill_n(sums_.begin() + step * outputs_, outputs_, 0.0);
    }
    ++counts_[step];
    for (int k = 0; k < outputs_; ++k)
      sums_[step * outputs_ + k] += values[(step - window.begin) * outputs_ + k];
  }
}

std::vector<double> WindowStitcher::Values() const {
  std::vector<double> values(sums_.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int64_t count = counts_[i / outputs_];
    values[i] = count == 0 ? std::numeric_limits<double>::quiet_NaN()
                           : sums_[i] / static_cast<double>(count);
  }
  return values;
}

}  // namespace circumplex
