// SPDX-License-Identifier: Apache-2.0
#include "phase/small_matrix.h"

#include <cstddef>

namespace circumplex {
namespace {

// kRows rows by kColumns columns are held in registers, because loading and storing `out` for every
// k would cost more than the products themselves.
template <int kRows, int kColumns>
void Tile(std::size_t n,
          const double* __restrict a,
          const double* __restrict b,
          double* __restrict out,
          bool accumulate) {
  double sum[kRows][kColumns] = {};
  for (std::size_t k = 0; k < n; ++k) {
    for (int row = 0; row < kRows; ++row) {
      const double factor = a[static_cast<std::size_t>(row) * n + k];
      for (int column = 0; column < kColumns; ++column)
        sum[row][column] += factor * b[k * n + column];
    }
  }
  for (int row = 0; row < kRows; ++row) {
    double* target = out + static_cast<std::size_t>(row) * n;
    for (int column = 0; column < kColumns; ++column) {
      target[column] = accumulate ? target[column] + sum[row][column] : sum[row][column];
    }
  }
}

template <int kRows>
void Rows(std::size_t n, const double* a, const double* b, double* out, bool accumulate) {
  std::size_t column = 0;
  for (; column + 8 <= n; column += 8) Tile<kRows, 8>(n, a, b + column, out + column, accumulate);
  for (; column + 4 <= n; column += 4) Tile<kRows, 4>(n, a, b + column, out + column, accumulate);
  for (; column < n; ++column) Tile<kRows, 1>(n, a, b + column, out + column, accumulate);
}

}  // namespace

void MultiplySquare(int n, const double* a, const double* b, double* out, bool accumulate) {
  const auto side = static_cast<std::size_t>(n);
  std::size_t row = 0;
  for (; row + 4 <= side; row += 4) Rows<4>(side, a + row * side, b, out + row * side, accumulate);
  for (; row < side; ++row) Rows<1>(side, a + row * side, b, out + row * side, accumulate);
}

}  // namespace circumplex
