// SPDX-License-Identifier: Apache-2.0
#include "faces/geometry.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.h"
#include "faces/aligner.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

Similarity MakeSimilarity(double scale, double angle_rad, double tx, double ty) {
  return {scale * std::cos(angle_rad), scale * std::sin(angle_rad), tx, ty};
}

TEST(Geometry, FitRecoversAnExactSimilarity) {
  Rng rng(1);
  for (int trial = 0; trial < 50; ++trial) {
    const Similarity truth = MakeSimilarity(rng.Uniform(0.1, 5),
                                            rng.Uniform(-3.1, 3.1),
                                            rng.Uniform(-500, 500),
                                            rng.Uniform(-500, 500));
    std::vector<Point2> from, to;
    for (int i = 0; i < 2 + trial; ++i) {
      from.push_back({rng.Uniform(0, 640), rng.Uniform(0, 480)});
      to.push_back(truth(from.back()));
    }
    const Similarity fit = FitSimilarity(from, to);
    EXPECT_NEAR(fit.a, truth.a, 1e-9);
    EXPECT_NEAR(fit.b, truth.b, 1e-9);
    EXPECT_NEAR(fit.tx, truth.tx, 1e-6);
    EXPECT_NEAR(fit.ty, truth.ty, 1e-6);
    const Point2 back = fit.Inverse()(fit({12, 34}));
    EXPECT_NEAR(back.x, 12, 1e-9);
    EXPECT_NEAR(back.y, 34, 1e-9);
  }
}

TEST(Geometry, FitOfASquareToARectangleIsTheClosedForm) {
  // The corners (+-1, +-1) to (+-3, +-1): a = sum(x x' + y y') / sum(x^2 + y^2) = (4 * 3 + 4 * 1) /
  // 8 = 2.
  const std::vector<Point2> square = {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}};
  const std::vector<Point2> rectangle = {{-3, -1}, {3, -1}, {3, 1}, {-3, 1}};
  const Similarity fit = FitSimilarity(square, rectangle);
  EXPECT_NEAR(fit.Scale(), 2, 1e-12);
  EXPECT_NEAR(std::atan2(fit.b, fit.a), 0, 1e-12);
}

TEST(Geometry, FitHasTheLeastSquaredError) {
  Rng rng(2);
  std::vector<Point2> from, to;
  for (int i = 0; i < 20; ++i) {
    from.push_back({rng.Normal(), rng.Normal()});
    to.push_back({2 * from.back().y + rng.Normal(), -from.back().x + rng.Normal()});
  }
  const auto error_of = [&](const Similarity& s) {
    double sum = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
      const Point2 p = s(from[i]);
      sum += (p.x - to[i].x) * (p.x - to[i].x) + (p.y - to[i].y) * (p.y - to[i].y);
    }
    return sum;
  };
  const Similarity best = FitSimilarity(from, to);
  for (int i = 0; i < 200; ++i) {
    Similarity other = best;
    other.a += 0.1 * rng.Normal();
    other.b += 0.1 * rng.Normal();
    other.tx += 0.1 * rng.Normal();
    other.ty += 0.1 * rng.Normal();
    EXPECT_GT(error_of(other), error_of(best));
  }
}

TEST(Geometry, RefusesDegeneratePoints) {
  ErrorOf(ErrorCode::kInvalidArgument, [] { FitSimilarity({{1, 1}}, {{2, 2}}); });
  ErrorOf(ErrorCode::kInvalidArgument, [] { FitSimilarity({{1, 1}, {1, 1}}, {{2, 2}, {3, 3}}); });
  ErrorOf(ErrorCode::kInvalidArgument, [] { FitSimilarity({{1, 1}, {2, 2}}, {{2, 2}}); });
  ErrorOf(ErrorCode::kInvalidArgument, [] { FitSimilarity({{NAN, 1}, {2, 2}}, {{2, 2}, {3, 3}}); });
  ErrorOf(ErrorCode::kInvalidArgument, [] { Similarity({0, 0, 1, 1}).Inverse(); });
}

TEST(Geometry, Iou) {
  EXPECT_NEAR(Iou({0, 0, 10, 10}, {0, 0, 10, 10}), 1, 1e-12);
  EXPECT_NEAR(Iou({0, 0, 10, 10}, {5, 0, 10, 10}), 50.0 / 150.0, 1e-12);
  EXPECT_EQ(Iou({0, 0, 10, 10}, {10, 0, 10, 10}), 0);
  EXPECT_EQ(Iou({0, 0, 0, 0}, {0, 0, 10, 10}), 0);
}

Point2 MeanOf(int first, int last) {
  Point2 mean;
  for (int i = first; i <= last; ++i) {
    const Point2& p = Template68()[static_cast<std::size_t>(i)];
    mean.x += p.x / (last - first + 1);
    mean.y += p.y / (last - first + 1);
  }
  return mean;
}

TEST(Aligner, TemplateFollowsTheOpenFaceConvention) {
  const Point2 left = MeanOf(36, 41), right = MeanOf(42, 47), all = MeanOf(0, 67);
  EXPECT_NEAR(right.x - left.x, 45, 0.1);
  EXPECT_NEAR(right.y, left.y, 1e-9);
  EXPECT_NEAR(all.x, 56, 0.1);
  EXPECT_NEAR(all.y, 56, 0.1);
  // Mirror pairs: jaw, eye corners, mouth corners.
  for (const auto& [a, b] :
       std::vector<std::pair<std::size_t, std::size_t>>{{0, 16}, {36, 45}, {48, 54}, {31, 35}}) {
    EXPECT_NEAR(Template68()[a].x + Template68()[b].x, 112, 0.11);
    EXPECT_NEAR(Template68()[a].y, Template68()[b].y, 1e-9);
  }
  EXPECT_EQ(RigidPoints().size(), 24u);
}

TEST(Aligner, FaceInAnyPoseIsBroughtUpright) {
  const Similarity pose = MakeSimilarity(2.3, 0.4, 300, 120);
  std::vector<Point2> points68, points5;
  for (const Point2& p : Template68()) points68.push_back(pose(p));
  for (const Point2& p : Template5()) points5.push_back(pose(p));
  for (const auto& points : {points68, points5}) {
    const Similarity to_crop = CropTransform(points, 112);
    EXPECT_NEAR(to_crop.Scale(), 1 / 2.3, 1e-9);
    EXPECT_NEAR(std::atan2(to_crop.b, to_crop.a), -0.4, 1e-9);
    const Point2 corner = to_crop(pose({0, 0}));
    EXPECT_NEAR(corner.x, 0, 1e-9);
    EXPECT_NEAR(corner.y, 0, 1e-9);
    // Twice the crop: the same area, so its pixel centres lie half a pixel off.
    const Point2 large = CropTransform(points, 224)(pose({0, 0}));
    EXPECT_NEAR(large.x, 0.5, 1e-9);
  }
  const FaceBox box = BoxFromPoints(points68);
  EXPECT_NEAR(box.width, 106.8 * 2.3, 1e-6);
  const Point2 center = pose({56, 52.2});
  EXPECT_NEAR(CenterOf(box).x, center.x, 1e-6);
  EXPECT_NEAR(CenterOf(box).y, center.y, 1e-6);
  ErrorOf(ErrorCode::kInvalidArgument, [] { CropTransform(std::vector<Point2>(7), 112); });
  ErrorOf(ErrorCode::kInvalidArgument, [] { CropTransform(std::vector<Point2>(5), 112); });
}

Image Ramp(int height, int width, double step_x, double step_y) {
  Image image(height, width, 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        image.Row(y)[3 * x + c] =
            static_cast<std::uint8_t>(std::lround(20 + 10 * c + step_x * x + step_y * y));
      }
    }
  }
  return image;
}

TEST(Aligner, IdentityCopiesAndShiftsCopyShifted) {
  Rng rng(3);
  Image image(60, 70, 3);
  for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(rng.Below(256));
  const Image same = CutCrop(image, {1, 0, 0, 0}, 50);
  const Image moved = CutCrop(image, {1, 0, -7, -4}, 50);
  for (int y = 0; y < 50; ++y) {
    for (int i = 0; i < 150; ++i) {
      ASSERT_EQ(same.Row(y)[i], image.Row(y)[i]);
      ASSERT_EQ(moved.Row(y)[i], image.Row(y + 4)[i + 21]);
    }
  }
}

TEST(Aligner, AnyTransformOfALinearImageIsLinear) {
  // Bilinear samples and their symmetric means reproduce a plane, whatever scale and angle.
  const Image image = Ramp(400, 400, 0.25, 0.125);
  for (const double scale : {0.4, 0.6, 1.0, 1.9}) {
    const Similarity to_frame = MakeSimilarity(1 / scale, 0.3, 90, 60);
    const Image crop = CutCrop(image, to_frame.Inverse(), 80);
    for (int v = 0; v < 80; v += 7) {
      for (int u = 0; u < 80; u += 7) {
        const Point2 p = to_frame({static_cast<double>(u), static_cast<double>(v)});
        const double expected = 20 + 0.25 * p.x + 0.125 * p.y;
        if (p.x < 5 || p.y < 5 || p.x > 394 || p.y > 394) continue;
        EXPECT_NEAR(crop.Row(v)[3 * u], expected, 1.01) << scale << " " << u << " " << v;
        EXPECT_NEAR(crop.Row(v)[3 * u + 2], expected + 20, 1.01);
      }
    }
  }
}

TEST(Aligner, ReductionAveragesInsteadOfAliasing) {
  // A chequerboard of single pixels, reduced four times: without averaging it would stay
  // black and white.
  Image image(400, 400, 3);
  for (int y = 0; y < 400; ++y) {
    for (int x = 0; x < 400; ++x) {
      for (int c = 0; c < 3; ++c) image.Row(y)[3 * x + c] = (x + y) % 2 ? 255 : 0;
    }
  }
  const Image crop = CutCrop(image, MakeSimilarity(0.25, 0.1, 3, -5), 80);
  for (const std::uint8_t pixel : crop.pixels) EXPECT_NEAR(pixel, 127.5, 45);
}

TEST(Aligner, BorderPixelsAreRepeated) {
  Image image(10, 10, 3);
  for (auto& pixel : image.pixels) pixel = 77;
  for (const std::uint8_t pixel : CutCrop(image, {1, 0, 30, 30}, 64).pixels) EXPECT_EQ(pixel, 77);
  ErrorOf(ErrorCode::kInvalidArgument, [&] { CutCrop(image, {0, 0, 0, 0}, 64); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { CutCrop(Image(4, 4, 1), {1, 0, 0, 0}, 64); });
}

}  // namespace
}  // namespace circumplex
