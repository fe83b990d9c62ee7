// SPDX-License-Identifier: Apache-2.0
#include "faces/assignment.h"

#include <dlib/optimization/max_cost_assignment.h>

#include <algorithm>
#include <cmath>

namespace circumplex {

std::vector<std::size_t> AssignBest(const std::vector<std::vector<double>>& gain) {
  const std::size_t rows = gain.size(), columns = rows == 0 ? 0 : gain[0].size();
  std::vector<std::size_t> column_of_row(rows, kUnassigned);
  if (columns == 0) return column_of_row;
  // dlib wants a square matrix of whole numbers: rows and columns without gain fill it up.
  constexpr double kUnits = 1e6;
  const auto side = static_cast<long>(std::max(rows, columns));
  dlib::matrix<long long> units = dlib::zeros_matrix<long long>(side, side);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      units(static_cast<long>(row), static_cast<long>(column)) =
          std::llround(kUnits * std::max(0.0, gain[row][column]));
    }
  }
  const std::vector<long> best = dlib::max_cost_assignment(units);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto column = static_cast<std::size_t>(best[row]);
    if (column < columns && gain[row][column] > 0) column_of_row[row] = column;
  }
  return column_of_row;
}

}  // namespace circumplex
