// SPDX-License-Identifier: Apache-2.0
#include "phase/amplitude_blur.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace circumplex {
namespace {

constexpr int kRadius = 5;
constexpr double kVariancePx2 = 4.0;

std::array<double, kRadius + 1> HalfKernel() {
  std::array<double, kRadius + 1> half{};
  for (int d = 0; d <= kRadius; ++d)
    half[static_cast<std::size_t>(d)] = std::exp(-d * d / (2 * kVariancePx2));
  return half;
}

}  // namespace

AmplitudeBlur::AmplitudeBlur(int max_side)
    : padded_(static_cast<std::size_t>(max_side) + 2 * kRadius),
      rows_((static_cast<std::size_t>(max_side) + 2 * kRadius) *
            static_cast<std::size_t>(max_side)) {}

void AmplitudeBlur::Convolve(int side, const double* values, double* out) {
  static const std::array<double, kRadius + 1> kernel = HalfKernel();
  const auto n = static_cast<std::size_t>(side);
  double* const rows = rows_.data();
  // kRadius zero rows above and below, kRadius zeros left and right of the row at hand.
  std::fill_n(rows, kRadius * n, 0.0);
  std::fill_n(rows + (n + kRadius) * n, kRadius * n, 0.0);
  std::fill_n(padded_.data(), kRadius, 0.0);
  std::fill_n(padded_.data() + kRadius + n, kRadius, 0.0);
  for (std::size_t y = 0; y < n; ++y) {
    std::copy_n(values + y * n, n, padded_.data() + kRadius);
    const double* __restrict in = padded_.data();
    double* __restrict row = rows + (y + kRadius) * n;
    for (std::size_t x = 0; x < n; ++x) {
      double sum = kernel[0] * in[x + kRadius];
      for (std::size_t d = 1; d <= kRadius; ++d)
        sum += kernel[d] * (in[x + kRadius - d] + in[x + kRadius + d]);
      row[x] = sum;
    }
  }
  for (std::size_t y = 0; y < n; ++y) {
    const double* __restrict in = rows + (y + kRadius) * n;
    double* __restrict row = out + y * n;
    for (std::size_t x = 0; x < n; ++x) {
      double sum = kernel[0] * in[x];
      for (std::size_t d = 1; d <= kRadius; ++d) sum += kernel[d] * (in[x - d * n] + in[x + d * n]);
      row[x] = sum;
    }
  }
}

}  // namespace circumplex
