// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace circumplex {

constexpr std::size_t kUnassigned = static_cast<std::size_t>(-1);

/// One-to-one pairs of rows and columns with the largest sum of gains (the assignment problem;
/// dlib's Hungarian algorithm).
/// @param gain  [row][column], rows of equal length; a gain of 0 or less is a pair that may not be.
///   Differences below 1e-6 do not count, sums up to 1e12 do.
/// @return  The column of each row, or kUnassigned. Cost cubic in the larger side. Thread safe.
std::vector<std::size_t> AssignBest(const std::vector<std::vector<double>>& gain);

}  // namespace circumplex
