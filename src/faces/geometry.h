// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "circumplex/va_track.h"

namespace circumplex {

/// [px] x to the right, y downwards; the centre of the top left pixel is (0, 0).
struct Point2 {
  double x = 0, y = 0;
};

/// Rotation, uniform scale and translation: x' = a x - b y + tx, y' = b x + a y + ty.
struct Similarity {
  double a = 1, b = 0, tx = 0, ty = 0;

  Point2 operator()(const Point2& p) const {
    return {a * p.x - b * p.y + tx, b * p.x + a * p.y + ty};
  }
  double Scale() const;
  /// @throws Error kInvalidArgument if the scale is 0.
  Similarity Inverse() const;
};

/// The similarity that maps `from` onto `to` with the least sum of squared distances.
///
///     (a, b) = sum_i conj(p_i) q_i / sum_i |p_i|^2
///
///     p, q = points minus their means, read as complex numbers
///
/// Source: Umeyama 1991, IEEE TPAMI 13(4):376-380, in two dimensions, where
/// reflections cannot occur.
/// @throws Error kInvalidArgument: fewer than 2 points, other lengths, all `from` equal, or not
/// finite. Cost O(n). Thread-safe.
Similarity FitSimilarity(const std::vector<Point2>& from, const std::vector<Point2>& to);

/// Area of the intersection over area of the union, in [0, 1]; 0 if a box is empty.
double Iou(const FaceBox& a, const FaceBox& b);

inline Point2 CenterOf(const FaceBox& box) {
  return {box.x + box.width / 2, box.y + box.height / 2};
}

}  // namespace circumplex
