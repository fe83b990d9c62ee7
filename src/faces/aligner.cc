// SPDX-License-Identifier: Apache-2.0
#include "faces/aligner.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "circumplex/error.h"

namespace circumplex {
namespace {

constexpr double kTemplateSide = 112;
constexpr int kMaxSamples = 8;
// Mean of the detector's boxes over the photographs of the template, in its frame.
constexpr Point2 kBoxCenter = {56.0, 52.2};
constexpr double kBoxSide = 106.8;

}  // namespace

const std::array<Point2, 68>& Template68() {
  // clang-format off
  static const std::array<Point2, 68> kPoints = {{
      {5.1, 32.5}, {6.1, 45.8}, {8.1, 58.8}, {10.3, 71.9}, {14.1, 84.3}, {21.1, 94.9},
      {31.0, 103.4}, {42.6, 109.6}, {56.0, 111.5}, {69.4, 109.6}, {81.0, 103.4}, {90.9, 94.9},
      {97.9, 84.3}, {101.7, 71.9}, {103.9, 58.8}, {105.9, 45.8}, {106.9, 32.5}, {13.7, 21.2},
      {19.8, 14.4}, {28.9, 11.8}, {38.3, 12.7}, {47.4, 16.0}, {64.6, 16.0}, {73.7, 12.7},
      {83.1, 11.8}, {92.2, 14.4}, {98.3, 21.2}, {56.0, 26.6}, {56.0, 34.9}, {56.0, 43.0},
      {56.0, 51.4}, {46.6, 58.5}, {51.2, 60.0}, {56.0, 61.3}, {60.8, 60.0}, {65.4, 58.5},
      {24.8, 29.9}, {30.2, 26.1}, {36.9, 26.2}, {42.8, 30.5}, {36.5, 32.0}, {29.8, 32.2},
      {69.2, 30.5}, {75.1, 26.2}, {81.8, 26.1}, {87.2, 29.9}, {82.2, 32.2}, {75.5, 32.0},
      {36.6, 76.1}, {43.9, 72.3}, {50.9, 70.3}, {56.0, 71.5}, {61.1, 70.3}, {68.1, 72.3},
      {75.4, 76.1}, {68.3, 81.6}, {61.5, 83.8}, {56.0, 84.3}, {50.5, 83.8}, {43.7, 81.6},
      {39.9, 76.4}, {50.8, 75.2}, {56.0, 75.6}, {61.2, 75.2}, {72.1, 76.4}, {61.2, 77.2},
      {56.0, 77.7}, {50.8, 77.2}}};
  // clang-format on
  return kPoints;
}

const std::array<Point2, 5>& Template5() {
  static const std::array<Point2, 5> kPoints = {
      {{33.0, 27.6}, {79.0, 27.6}, {56.0, 55.5}, {35.5, 75.0}, {76.5, 75.0}}};
  return kPoints;
}

const std::vector<int>& RigidPoints() {
  static const std::vector<int> kIndices = {1,  2,  3,  4,  12, 13, 14, 15, 27, 28, 29, 31,
                                            32, 33, 34, 35, 36, 39, 40, 41, 42, 45, 46, 47};
  return kIndices;
}

Similarity CropTransform(const std::vector<Point2>& points, int crop_size) {
  if ((points.size() != 68 && points.size() != 5) || crop_size < 16) {
    throw Error(ErrorCode::kInvalidArgument,
                "aligning " + std::to_string(points.size()) + " points to " +
                    std::to_string(crop_size) +
                    " px: 68 or 5 points and a crop of at least 16 px are needed");
  }
  const double scale = crop_size / kTemplateSide;
  // Pixel centres: a crop twice as large has its pixel (0.5, 0.5) where the small one has (0, 0).
  const auto scaled = [&](const Point2& p) {
    return Point2{(p.x + 0.5) * scale - 0.5, (p.y + 0.5) * scale - 0.5};
  };
  std::vector<Point2> from, to;
  if (points.size() == 5) {
    from = points;
    for (const Point2& point : Template5()) to.push_back(scaled(point));
  } else {
    for (const int i : RigidPoints()) {
      from.push_back(points[static_cast<std::size_t>(i)]);
      to.push_back(scaled(Template68()[static_cast<std::size_t>(i)]));
    }
  }
  return FitSimilarity(from, to);
}

FaceBox BoxFromPoints(const std::vector<Point2>& points) {
  const Similarity to_frame = CropTransform(points, static_cast<int>(kTemplateSide)).Inverse();
  const Point2 center = to_frame(kBoxCenter);
  const double side = kBoxSide * to_frame.Scale();
  return {center.x - side / 2, center.y - side / 2, side, side};
}

Image CutCrop(const Image& rgb, const Similarity& frame_to_crop, int crop_size) {
  if (rgb.empty() || rgb.channels != 3 || crop_size < 1 || !std::isfinite(frame_to_crop.tx) ||
      !std::isfinite(frame_to_crop.ty) || !std::isfinite(frame_to_crop.Scale())) {
    throw Error(ErrorCode::kInvalidArgument,
                "cutting a crop needs an RGB frame, a size and a finite transform");
  }
  const Similarity to_frame = frame_to_crop.Inverse();
  const double pixels = to_frame.Scale();
  const int samples = pixels > 1 ? std::min(static_cast<int>(std::ceil(pixels)), kMaxSamples) : 1;
  const double spread = pixels > 1 ? 1 - 1 / pixels : 0;
  const double max_x = rgb.width - 1;
  const double max_y = rgb.height - 1;
  const float weight = 1.0f / static_cast<float>(samples * samples);

  Image crop(crop_size, crop_size, 3);
  for (int v = 0; v < crop_size; ++v) {
    std::uint8_t* target = crop.Row(v);
    for (int u = 0; u < crop_size; ++u, target += 3) {
      float sum[3] = {0, 0, 0};
      for (int j = 0; j < samples; ++j) {
        const double crop_y = v + spread * ((j + 0.5) / samples - 0.5);
        for (int i = 0; i < samples; ++i) {
          const double crop_x = u + spread * ((i + 0.5) / samples - 0.5);
          const Point2 source = to_frame({crop_x, crop_y});
          const double x = std::clamp(source.x, 0.0, max_x);
          const double y = std::clamp(source.y, 0.0, max_y);
          const int x0 = static_cast<int>(x);
          const int y0 = static_cast<int>(y);
          const float fx = static_cast<float>(x - x0);
          const float fy = static_cast<float>(y - y0);
          const std::ptrdiff_t right = x0 < rgb.width - 1 ? 3 : 0;
          const std::uint8_t* upper = rgb.Row(y0) + 3 * static_cast<std::ptrdiff_t>(x0);
          const std::uint8_t* lower =
              y0 < rgb.height - 1 ? upper + 3 * static_cast<std::ptrdiff_t>(rgb.width) : upper;
          for (int c = 0; c < 3; ++c) {
            const float top = upper[c] + fx * static_cast<float>(upper[right + c] - upper[c]);
            const float bottom = lower[c] + fx * static_cast<float>(lower[right + c] - lower[c]);
            sum[c] += top + fy * (bottom - top);
          }
        }
      }
      for (int c = 0; c < 3; ++c) target[c] = static_cast<std::uint8_t>(sum[c] * weight + 0.5f);
    }
  }
  return crop;
}

}  // namespace circumplex
