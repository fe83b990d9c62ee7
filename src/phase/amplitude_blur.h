// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace circumplex {

/// Spatial blur of one square band, weighted by amplitude:
///
///     blurred = (g * (w v)) / (g * w),      g(x, y) = exp(-(x^2 + y^2) / 8), 11 x 11 taps
///
/// Zero padding on both convolutions, so that borders are renormalised; the scale of g and of w
/// cancels. The same kernel serves every level. Source: Wadhwa et al. 2013, section 3.3; size and
/// width from arXiv:1911.09784's code. Double precision; separable, 22 multiply-adds per pixel and
/// convolution. Not thread-safe (scratch inside).
class AmplitudeBlur {
 public:
  explicit AmplitudeBlur(int max_side);

  /// g * values. `out` may be `values`. @param side  [px] at most max_side.
  void Convolve(int side, const double* values, double* out);

 private:
  std::vector<double> padded_, rows_;
};

}  // namespace circumplex
