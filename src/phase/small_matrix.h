// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace circumplex {

/// out (+)= a * b for square row-major n x n matrices; fastest where n is a multiple of 8. Adds to
/// `out` if `accumulate`, else replaces. Double precision, n^3 multiply-adds in a fixed order:
/// equal inputs give equal bits. Thread-safe.
void MultiplySquare(int n, const double* a, const double* b, double* out, bool accumulate);

}  // namespace circumplex
