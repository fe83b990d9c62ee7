// SPDX-License-Identifier: Apache-2.0
#include "faces/geometry.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "circumplex/error.h"

namespace circumplex {

double Similarity::Scale() const { return std::hypot(a, b); }

Similarity Similarity::Inverse() const {
  const double square = a * a + b * b;
  if (!(square > 0))
    throw Error(ErrorCode::kInvalidArgument, "a similarity of scale 0 has no inverse");
  Similarity inverse{a / square, -b / square, 0, 0};
  const Point2 moved = inverse({tx, ty});
  inverse.tx = -moved.x;
  inverse.ty = -moved.y;
  return inverse;
}

Similarity FitSimilarity(const std::vector<Point2>& from, const std::vector<Point2>& to) {
  if (from.size() != to.size() || from.size() < 2) {
    throw Error(ErrorCode::kInvalidArgument,
                "similarity from " + std::to_string(from.size()) + " to " +
                    std::to_string(to.size()) + " points: needs as many on both sides, at least 2");
  }
  const double n = static_cast<double>(from.size());
  Point2 mean_from, mean_to;
  for (std::size_t i = 0; i < from.size(); ++i) {
    mean_from.x += from[i].x / n;
    mean_from.y += from[i].y / n;
    mean_to.x += to[i].x / n;
    mean_to.y += to[i].y / n;
  }
  double square = 0, real = 0, imaginary = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double px = from[i].x - mean_from.x, py = from[i].y - mean_from.y;
    const double qx = to[i].x - mean_to.x, qy = to[i].y - mean_to.y;
    square += px * px + py * py;
    real += px * qx + py * qy;
    imaginary += px * qy - py * qx;
  }
  if (!(square > 0) || !std::isfinite(square) || !std::isfinite(real) ||
      !std::isfinite(imaginary)) {
    throw Error(ErrorCode::kInvalidArgument,
                "similarity of points that are all equal or not finite");
  }
  Similarity fit{real / square, imaginary / square, 0, 0};
  const Point2 moved = fit(mean_from);
  fit.tx = mean_to.x - moved.x;
  fit.ty = mean_to.y - moved.y;
  return fit;
}

double Iou(const FaceBox& a, const FaceBox& b) {
  const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const double both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}

}  // namespace circumplex
