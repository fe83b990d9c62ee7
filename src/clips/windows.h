// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// Steps [begin, end) of a sequence.
struct Window {
  std::int64_t begin = 0, end = 0;
  std::int64_t size() const { return end - begin; }
};

/// Cuts `steps` steps into windows of `size`, `stride` apart (see WindowRule). A sequence shorter
/// than `size` is one short window, except under kReleasedTrain, which drops it. kReleasedTest
/// ignores `stride`. Source: method of arXiv:1911.09784 (64 frames, stride 32); the released rules
/// are the published programs'.
std::vector<Window> MakeWindows(std::int64_t steps, int size, int stride, WindowRule rule);

/// Joins the predictions of overlapping windows: their mean, or under kReleasedTest the
/// later window's value.
class WindowStitcher {
 public:
  /// @param outputs  Values per step.
  WindowStitcher(std::int64_t steps, int outputs, WindowRule rule);
  /// @param values  window.size() * outputs, row-major.
  void Add(const Window& window, const float* values);
  /// steps * outputs, row-major; NaN where no window reached.
  std::vector<double> Values() const;
  const std::vector<std::int64_t>& counts() const { return counts_; }

 private:
  int outputs_;
  bool overwrite_;
  std::vector<double> sums_;
  std::vector<std::int64_t> counts_;
};

}  // namespace circumplex
