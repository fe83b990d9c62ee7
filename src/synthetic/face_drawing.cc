// SPDX-License-Identifier: Apache-2.0
#include "synthetic/face_drawing.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "circumplex/error.h"

#include "core/rng.h"

namespace circumplex {
namespace {

constexpr int kSuper = 2;  // Drawn this many times larger, then averaged.
constexpr int kFractionBits = 6;
constexpr double kPi = 3.14159265358979323846;

DrawColor Mix(const DrawColor& a, const DrawColor& b, double t) {
  return {a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t};
}
DrawColor Scaled(const DrawColor& a, double f) {
  return {std::min(255.0, a[0] * f), std::min(255.0, a[1] * f), std::min(255.0, a[2] * f)};
}
cv::Scalar ToScalar(const DrawColor& c) { return {c[0], c[1], c[2]}; }

struct Point {
  double x = 0, y = 0;
};
using Path = std::vector<Point>;

template <typename Array>
const typename Array::value_type& Pick(const Array& values, Rng* rng) {
  return values[static_cast<std::size_t>(rng->Below(values.size()))];
}

/// 4096 standard normal values in 1/16 gray level steps of unit spread 16, shared by all renderers.
const std::vector<float>& NoiseTable() {
  static const std::vector<float> table = [] {
    Rng rng(20210705, "sensor noise");
    std::vector<float> values(1 << 16);
    for (float& value : values) value = static_cast<float>(rng.Normal());
    return values;
  }();
  return table;
}

}  // namespace

FaceIdentity RandomIdentity(Rng* rng) {
  static const std::array<DrawColor, 7> skins = {{{244, 208, 178},
                                                  {232, 190, 158},
                                                  {222, 171, 132},
                                                  {198, 144, 104},
                                                  {165, 114, 78},
                                                  {128, 84, 56},
                                                  {98, 64, 44}}};
  static const std::array<DrawColor, 8> hairs = {{{28, 22, 20},
                                                  {46, 32, 24},
                                                  {78, 50, 32},
                                                  {120, 78, 44},
                                                  {196, 158, 96},
                                                  {226, 202, 150},
                                                  {142, 62, 32},
                                                  {176, 174, 172}}};
  static const std::array<DrawColor, 5> irises = {
      {{70, 44, 26}, {102, 66, 34}, {84, 112, 70}, {82, 122, 162}, {116, 130, 138}}};
  FaceIdentity face;
  const auto around = [&](double middle, double spread) {
    return middle + spread * rng->Uniform(-1, 1);
  };
  face.width = around(0.96, 0.09);
  face.jaw = around(0.16, 0.10);
  face.chin = around(1.30, 0.10);
  face.eye_distance = around(0.405, 0.035);
  face.eye_size = around(0.195, 0.025);
  face.eye_slant = around(0.0, 0.03);
  face.brow_height = around(0.285, 0.03);
  face.brow_thickness = around(0.060, 0.022);
  face.nose_length = around(0.42, 0.06);
  face.nose_width = around(0.155, 0.035);
  face.mouth_height = around(0.73, 0.035);
  face.mouth_width = around(0.355, 0.035);
  face.lip = around(0.075, 0.025);
  const std::size_t tone = static_cast<std::size_t>(rng->Below(skins.size()));
  face.skin = Mix(skins[tone], skins[std::min(tone + 1, skins.size() - 1)], rng->Uniform());
  face.hair = Scaled(tone >= 4 ? hairs[rng->Below(3)] : Pick(hairs, rng), around(1.0, 0.15));
  face.iris = tone >= 4 ? irises[rng->Below(2)] : Pick(irises, rng);
  face.lips = Mix(face.skin, {172, 58, 66}, around(0.50, 0.22));
  face.hair_style = static_cast<HairStyle>(rng->Below(6));
  face.hairline = around(-0.80, 0.10);
  face.glasses = rng->Uniform() < 0.2;
  const bool bearded = face.hair_style != HairStyle::kLong && face.hair_style != HairStyle::kFringe;
  face.beard = bearded && rng->Uniform() < 0.3;
  face.moustache = face.beard || (bearded && rng->Uniform() < 0.1);
  return face;
}

SceneLook RandomScene(double noise, Rng* rng) {
  SceneLook scene;
  scene.background_seed = rng->Next();
  for (double& value : scene.cloth) value = rng->Uniform(20, 220);
  scene.light_x = rng->Uniform(-0.35, 0.35);
  scene.light_y = rng->Uniform(-0.25, 0.10);
  const double exposure = rng->Uniform(0.72, 1.12);
  const double warmth = rng->Uniform(-0.08, 0.08);
  scene.gain = {exposure * (1 + warmth), exposure, exposure * (1 - warmth)};
  scene.noise = noise * rng->Uniform(1.5, 4.5);
  scene.blur_px = std::max(0.0, rng->Uniform(-0.4, 0.9));
  return scene;
}

struct FaceRenderer::Canvas {
  FaceIdentity id;
  SceneLook scene;
  int height, width;
  FacePlacement placement;
  cv::Mat background;          // RGB, kSuper times the size.
  cv::Mat large, small, work;  // RGB.
  std::vector<float> light;    // height x width x 3.
  FaceState state;

  // Derived from `state` once per frame.
  double unit = 1, center_x = 0, center_y = 0, cos_roll = 1, sin_roll = 0;
  double cos_yaw = 1, sin_yaw = 0, cos_pitch = 1, sin_pitch = 0;
  double smile = 0, frown = 0;

  void DrawBackground();
  void DrawLight();
  void Prepare();
  void DrawAll();
  void Finish(std::uint64_t noise_seed, Image* image);

  double Depth(double x, double y) const {
    const double r = x * x / (id.width * id.width) + y * y / 2.0;
    return 0.75 * std::sqrt(std::max(0.0, 1 - r));
  }
  /// Picture position, in fixed point, of a face position with depth z.
  cv::Point Project(double x, double y, double z) const {
    const double turned_x = x * cos_yaw + z * sin_yaw;
    const double turned_y = y * cos_pitch + z * sin_pitch;
    const double px = center_x + unit * (turned_x * cos_roll - turned_y * sin_roll);
    const double py = center_y + unit * (turned_x * sin_roll + turned_y * cos_roll);
    constexpr double kOne = 1 << kFractionBits;
    return {cvRound(px * kOne), cvRound(py * kOne)};
  }
  std::vector<cv::Point> ProjectPath(const Path& path, double lift, bool flat) const {
    std::vector<cv::Point> points;
    points.reserve(path.size());
    for (const Point& p : path)
      points.push_back(Project(p.x, p.y, flat ? lift : Depth(p.x, p.y) + lift));
    return points;
  }
  /// On the skin (with depth) unless `flat`: then all points lie `lift` before the outline's plane.
  void Fill(const Path& path, const DrawColor& color, double lift = 0, bool flat = false) {
    const std::vector<cv::Point> points = ProjectPath(path, lift, flat);
    cv::fillPoly(large,
                 std::vector<std::vector<cv::Point>>{points},
                 ToScalar(color),
                 cv::LINE_AA,
                 kFractionBits);
  }
  void Stroke(const Path& path,
              const DrawColor& color,
              double thickness,
              bool closed = false,
              double lift = 0,
              bool flat = false) {
    const std::vector<cv::Point> points = ProjectPath(path, lift, flat);
    const int width_px = std::max(1, cvRound(thickness * unit));
    cv::polylines(large,
                  std::vector<std::vector<cv::Point>>{points},
                  closed,
                  ToScalar(color),
                  width_px,
                  cv::LINE_AA,
                  kFractionBits);
  }
  static Path Ellipse(double cx, double cy, double rx, double ry, int n = 24) {
    Path path;
    for (int i = 0; i < n; ++i) {
      const double t = 2 * kPi * i / n;
      path.push_back({cx + rx * std::cos(t), cy + ry * std::sin(t)});
    }
    return path;
  }
  /// Head outline, `grow` times its size; the skull above, the jaw below.
  Path Head(double grow, double chin_extra = 0) const {
    Path path;
    const double chin = id.chin + chin_extra;
    for (int i = 0; i < 48; ++i) {
      const double t = 2 * kPi * i / 48;
      const double c = std::cos(t), s = std::sin(t);
      double x = id.width * c;
      double y = -0.1;
      if (s < 0) {
        y += 1.25 * s;
      } else {
        x *= 1 - id.jaw * s * s * 1.6;
        y += (chin + 0.1) * std::pow(s, 0.92);
        x += state.motion.jaw_x * s * s;
      }
      path.push_back({x * grow, -0.1 + (y + 0.1) * grow});
    }
    return path;
  }

  double JawDrop() const { return 0.10 * state.still_arousal; }
  void DrawHairBehind();
  void DrawBody();
  void DrawHead();
  void DrawNose();
  void DrawEye(double side);
  void DrawBrow(double side);
  void DrawBeard();
  void DrawMouth();
  void DrawWrinkles();
  void DrawHairFront();
  void DrawGlasses();
  void DrawOccluder();
};

void FaceRenderer::Canvas::DrawBackground() {
  Rng rng(scene.background_seed);
  background.create(height * kSuper, width * kSuper, CV_8UC3);
  const auto random_color = [&] {
    const double gray = rng.Uniform(40, 200);
    return DrawColor{
        gray + rng.Uniform(-30, 30), gray + rng.Uniform(-30, 30), gray + rng.Uniform(-30, 30)};
  };
  const DrawColor top = random_color(), bottom = random_color();
  for (int y = 0; y < background.rows; ++y) {
    background.row(y).setTo(ToScalar(Mix(top, bottom, static_cast<double>(y) / background.rows)));
  }
  const int shapes = 3 + static_cast<int>(rng.Below(5));
  for (int i = 0; i < shapes; ++i) {
    const cv::Scalar color = ToScalar(random_color());
    const int x = static_cast<int>(rng.Uniform(-0.2, 1.0) * background.cols);
    const int y = static_cast<int>(rng.Uniform(-0.2, 1.0) * background.rows);
    const int w = static_cast<int>(rng.Uniform(0.1, 0.5) * background.cols);
    const int h = static_cast<int>(rng.Uniform(0.1, 0.7) * background.rows);
    if (rng.Uniform() < 0.6) {
      cv::rectangle(background, {x, y, w, h}, color, cv::FILLED);
    } else {
      cv::ellipse(background, {x, y}, {w / 2, w / 2}, 0, 0, 360, color, cv::FILLED);
    }
  }
  const double sigma = 0.03 * background.rows;
  cv::GaussianBlur(background, background, {}, sigma);
}

void FaceRenderer::Canvas::DrawLight() {
  light.resize(static_cast<std::size_t>(height) * width * 3);
  float* out = light.data();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double u = (x + 0.5) / width - placement.center_x;
      const double v = (y + 0.5) / height - placement.center_y;
      const double shade = 1 + 2 * (scene.light_x * u + scene.light_y * v);
      for (int c = 0; c < 3; ++c)
        *out++ = static_cast<float>(scene.gain[static_cast<std::size_t>(c)] * shade);
    }
  }
}

void FaceRenderer::Canvas::Prepare() {
  unit = placement.unit * height * kSuper;
  cos_roll = std::cos(state.roll_rad);
  sin_roll = std::sin(state.roll_rad);
  cos_yaw = std::cos(state.yaw_rad);
  sin_yaw = std::sin(state.yaw_rad);
  cos_pitch = std::cos(state.pitch_rad);
  sin_pitch = std::sin(state.pitch_rad);
  center_x = placement.center_x * width * kSuper + unit * state.motion.head_x;
  center_y = placement.center_y * height * kSuper + unit * state.motion.head_y;
  smile = std::max(0.0, state.valence);
  frown = std::max(0.0, -state.valence);
}

void FaceRenderer::Canvas::DrawHairBehind() {
  const DrawColor dark = Scaled(id.hair, 0.75);
  if (id.hair_style == HairStyle::kLong || id.hair_style == HairStyle::kFringe) {
    const double bottom = id.hair_style == HairStyle::kLong ? 1.9 : 0.75;
    const double w = id.width * 1.22;
    Path path;
    for (int i = 0; i <= 16; ++i) {
      const double t = kPi * i / 16;
      path.push_back({-w * std::cos(t), -0.25 - 1.25 * std::sin(t)});
    }
    path.push_back({w * 1.05, bottom});
    path.push_back({-w * 1.05, bottom});
    Fill(path, dark, -0.3, true);
  } else if (id.hair_style == HairStyle::kCurly) {
    for (int i = 0; i <= 10; ++i) {
      const double t = kPi * (-0.12 + 1.24 * i / 10);
      Fill(Ellipse(-id.width * 1.08 * std::cos(t), -0.4 - 1.0 * std::sin(t), 0.34, 0.34, 14),
           dark,
           -0.2,
           true);
    }
  }
}

void FaceRenderer::Canvas::DrawBody() {
  const DrawColor shade = Scaled(id.skin, 0.72);
  const double drop = JawDrop();
  Fill({{-0.52, 0.6}, {0.52, 0.6}, {0.58, 1.6}, {-0.58, 1.6}}, shade, -0.3, true);
  Fill({{-0.55, 1.48 + drop},
        {0.55, 1.48 + drop},
        {1.5, 1.72},
        {2.0, 2.2},
        {2.1, 4},
        {-2.1, 4},
        {-2.0, 2.2},
        {-1.5, 1.72}},
       scene.cloth,
       -0.4,
       true);
  Fill({{-0.5, 1.46 + drop}, {0.5, 1.46 + drop}, {0, 1.85}}, shade, -0.3, true);
  if (id.hair_style != HairStyle::kLong) {
    for (const double side : {-1.0, 1.0}) {
      Fill(
          Ellipse(side * id.width * 1.02, 0.08, 0.13, 0.26, 16), Scaled(id.skin, 0.86), -0.1, true);
      Fill(Ellipse(side * id.width * 1.03, 0.08, 0.06, 0.16, 12), Scaled(id.skin, 0.7), -0.1, true);
    }
  }
}

void FaceRenderer::Canvas::DrawHead() {
  // Nested outlines from dark to bright round the head off.
  const double drop = JawDrop();
  for (const auto& [grow, tone] : {std::pair{1.0, 0.80}, {0.95, 0.88}, {0.88, 0.94}, {0.76, 1.0}}) {
    Path path = Head(grow, drop * grow);
    if (grow < 1) {
      for (Point& p : path) {
        const double z = 0.75 * std::sqrt(1 - grow * grow);
        p.x += z * sin_yaw * 0.6;
        p.y += z * sin_pitch * 0.6;
      }
    }
    Fill(path, Scaled(id.skin, tone), 0, true);
  }
  const double lift = 0.09 * smile;
  const DrawColor blush = Mix(id.skin, {226, 96, 84}, 0.10 + 0.16 * smile);
  for (const double side : {-1.0, 1.0}) {
    Fill(Ellipse(side * 0.50, 0.36 - lift, 0.20, 0.15), Mix(id.skin, blush, 0.6));
    Fill(Ellipse(side * 0.50, 0.34 - lift, 0.14, 0.10), blush);
    Fill(Ellipse(side * 0.40, -0.15, 0.27, 0.20), Scaled(id.skin, 0.90));
  }
  Fill(Ellipse(0, -0.62, 0.36, 0.14), Scaled(id.skin, 1.05));
}

void FaceRenderer::Canvas::DrawNose() {
  const double top = -0.12, bottom = top + id.nose_length, w = id.nose_width + 0.02 * smile;
  const DrawColor shadow = Scaled(id.skin, 0.80), bright = Scaled(id.skin, 1.08);
  Fill({{-0.05, top},
        {0.05, top},
        {w * 0.9, bottom - 0.05},
        {w, bottom + 0.02},
        {0, bottom + 0.09},
        {-w, bottom + 0.02},
        {-w * 0.9, bottom - 0.05}},
       Scaled(id.skin, 0.92),
       0.08);
  Fill({{0.045, top}, {0.065, top}, {w, bottom}, {w * 0.6, bottom + 0.03}}, shadow, 0.08);
  Fill({{-0.03, top + 0.05}, {0.02, top + 0.05}, {0.04, bottom - 0.04}, {-0.05, bottom - 0.04}},
       bright,
       0.14);
  Fill(Ellipse(0, bottom - 0.02, w * 0.55, 0.07), Scaled(id.skin, 1.04), 0.16);
  for (const double side : {-1.0, 1.0}) {
    Fill(Ellipse(side * w * 0.55, bottom + 0.045, 0.045, 0.024, 12), Scaled(id.skin, 0.42), 0.12);
    Stroke({{side * w * 0.92, bottom - 0.05},
            {side * w * 1.05, bottom},
            {side * w * 0.9, bottom + 0.05}},
           shadow,
           0.02,
           false,
           0.1);
  }
  Stroke({{-w * 0.75, bottom + 0.075}, {0, bottom + 0.105}, {w * 0.75, bottom + 0.075}},
         Scaled(id.skin, 0.66),
         0.022,
         false,
         0.1);
}

void FaceRenderer::Canvas::DrawEye(double side) {
  const double cx = side * id.eye_distance, cy = -0.15, w = id.eye_size;
  const double open = (0.32 + 0.68 * state.still_arousal) * (1 - state.blink);
  const double upper = 0.015 + 0.175 * open * (1 - 0.25 * smile) * (1 - 0.15 * frown);
  const double lower =
      (0.068 + 0.02 * state.still_arousal - 0.06 * smile) * (1 - 0.7 * state.blink);
  const auto lid = [&](double u, double h) {
    // The outer corner is higher for slanted eyes.
    return Point{cx + u * w, cy - h * (1 - std::pow(std::abs(u), 2.2)) - id.eye_slant * u * side};
  };
  Path upper_lid, lower_lid;
  for (int i = 0; i <= 14; ++i) {
    const double u = -1 + i / 7.0;
    upper_lid.push_back(lid(u, upper));
    lower_lid.push_back(lid(u, -lower));
  }
  Path opening = upper_lid;
  opening.insert(opening.end(), lower_lid.rbegin(), lower_lid.rend());
  Fill(opening, {238, 236, 232});

  const double iris_x = cx + 0.25 * w * state.gaze_x, iris_y = cy - 0.02 + 0.05 * state.gaze_y;
  const double radius = 0.105;
  if (state.blink < 0.9) {
    // Cut by the lids: the part of the disc between both lid curves.
    const auto clipped = [&](double r) {
      Path disc = Ellipse(iris_x, iris_y, r, r, 28);
      for (Point& p : disc) {
        const double u = std::clamp((p.x - cx) / w, -1.0, 1.0);
        p.y = std::clamp(p.y, lid(u, upper).y, lid(u, -lower).y);
      }
      return disc;
    };
    Fill(clipped(radius), Scaled(id.iris, 0.7));
    Fill(clipped(radius * 0.82), id.iris);
    Fill(clipped(radius * 0.45), {14, 12, 12});
    const double spark_y = iris_y - 0.035;
    if (spark_y > cy - upper + 0.02)
      Fill(Ellipse(iris_x - 0.03, spark_y, 0.022, 0.022, 10), {250, 250, 250});
  }
  Stroke(upper_lid, Mix(id.hair, {24, 18, 18}, 0.8), 0.036);
  Stroke(lower_lid, Scaled(id.skin, 0.66), 0.014);
  Path crease;
  for (int i = 2; i <= 12; ++i) crease.push_back(lid(-1 + i / 7.0, upper + 0.05));
  Stroke(crease, Scaled(id.skin, 0.72), 0.016);
  if (smile > 0.05) {
    // The cheek pushes a fold up below the eye; crow's feet at the outer corner.
    Path fold;
    for (int i = 2; i <= 12; ++i) fold.push_back(lid(-1 + i / 7.0, -lower - 0.06));
    const DrawColor line = Mix(id.skin, Scaled(id.skin, 0.62), smile);
    Stroke(fold, line, 0.018);
    for (const double slope : {-0.06, 0.0, 0.06}) {
      Stroke(
          {{cx + side * (w + 0.04), cy + slope * 0.5}, {cx + side * (w + 0.13), cy + slope * 1.6}},
          line,
          0.014);
    }
  }
}

void FaceRenderer::Canvas::DrawBrow(double side) {
  // Tilt raises one brow and lowers the other by as much, so their mean level stays.
  const double level =
      -0.15 - id.brow_height - 0.15 * state.still_arousal - side * state.motion.brow_tilt;
  const double inner_y = level + 0.15 * frown - 0.03 * smile;
  const double middle_y = level - 0.05 + 0.02 * frown - 0.02 * smile;
  const double outer_y = level + 0.06 - 0.08 * frown + 0.02 * smile;
  const double inner_x = side * (id.eye_distance - 0.25 - 0.07 * frown);
  const double middle_x = side * (id.eye_distance + 0.02);
  const double outer_x = side * (id.eye_distance + 0.27);
  const double t = id.brow_thickness;
  Path path;
  const auto curve = [&](double u, double offset) {
    const double a = (1 - u) * (1 - u), b = 2 * u * (1 - u), c = u * u;
    const double bend_x = 2 * middle_x - 0.5 * (inner_x + outer_x);
    const double bend_y = 2 * middle_y - 0.5 * (inner_y + outer_y);
    return Point{a * inner_x + b * bend_x + c * outer_x,
                 a * inner_y + b * bend_y + c * outer_y + offset * (1 - 0.75 * u)};
  };
  for (int i = 0; i <= 8; ++i) path.push_back(curve(i / 8.0, -t));
  for (int i = 8; i >= 0; --i) path.push_back(curve(i / 8.0, t * 0.6));
  Fill(path, Mix(Scaled(id.hair, 0.75), id.skin, 0.12));
}

void FaceRenderer::Canvas::DrawBeard() {
  if (!id.beard) return;
  Path path;
  const Path head = Head(0.985, JawDrop());
  for (int i = 1; i <= 23; ++i) path.push_back(head[static_cast<std::size_t>(i)]);
  // Up the cheek and below the nose, so that mouth and smile folds stay visible.
  for (const Point& p : Path{
           {-0.70, 0.45}, {-0.52, 0.62}, {-0.34, 0.56}, {0.34, 0.56}, {0.52, 0.62}, {0.70, 0.45}}) {
    path.push_back(p);
  }
  Fill(path, Mix(id.skin, id.hair, 0.55), 0, true);
}

void FaceRenderer::Canvas::DrawMouth() {
  const double my = id.mouth_height + 0.02 * state.still_arousal - 0.02 * smile;
  const double w =
      id.mouth_width * (1 + 0.36 * smile - 0.12 * frown) * (1 - 0.10 * state.still_arousal);
  const double curve = 0.19 * state.valence;
  const double open = 0.01 + 0.34 * std::max(0.0, state.still_arousal - 0.05) + 0.06 * smile;
  const double jaw_x = state.motion.jaw_x;
  const auto line = [&](double u, double down) {
    const double edge = 1 - std::pow(std::abs(u), 2.4);
    const double tilt = -u * state.motion.mouth_tilt;
    return Point{u * w + jaw_x * edge,
                 my - curve * u * u + 0.35 * curve * (1 - u * u) + tilt + down * edge};
  };
  Path inner_top, inner_bottom, outer_top, outer_bottom;
  const double up = -0.38 * open, low = 0.62 * open;
  for (int i = 0; i <= 20; ++i) {
    const double u = -1 + i / 10.0;
    const double bow = 1 - 0.35 * std::exp(-u * u * 18);
    inner_top.push_back(line(u, up));
    inner_bottom.push_back(line(u, low));
    outer_top.push_back(line(u, up - id.lip * bow * (1 - 0.25 * smile)));
    outer_bottom.push_back(line(u, low + id.lip * 1.25 * (1 - 0.25 * smile)));
  }
  const auto closed = [](Path top, const Path& bottom) {
    top.insert(top.end(), bottom.rbegin(), bottom.rend());
    return top;
  };
  if (id.moustache) {
    Path hair_bottom, hair_top;
    for (int i = 0; i <= 16; ++i) {
      const double u = -1 + i / 8.0;
      const Point p = line(u, up - id.lip);
      hair_bottom.push_back({p.x * 1.05, p.y + 0.01});
      hair_top.push_back({p.x * 1.02, p.y - 0.12 * (1 - 0.6 * u * u)});
    }
    Fill(closed(hair_top, hair_bottom), Mix(id.skin, id.hair, 0.75), 0.06);
  }
  Fill(closed(outer_top, outer_bottom), id.lips, 0.06);
  Fill(closed(inner_top, inner_bottom), {58, 20, 24}, 0.06);
  if (open > 0.03) {
    Path teeth;
    const double bottom = up + std::min(0.10, 0.55 * open);
    for (int i = 2; i <= 18; ++i) teeth.push_back(line(-1 + i / 10.0, up + 0.004));
    for (int i = 18; i >= 2; --i) teeth.push_back(line(-1 + i / 10.0, bottom));
    Fill(teeth, {236, 232, 222}, 0.06);
    if (open > 0.14)
      Fill(Ellipse(jaw_x, my + 0.35 * curve + low * 0.72, w * 0.42, open * 0.20),
           {176, 78, 82},
           0.05);
  }
  Stroke(inner_top, Scaled(id.lips, 0.55), 0.02, false, 0.06);
  Stroke({line(-0.45, low + id.lip * 1.55),
          line(0, low + id.lip * 1.7),
          line(0.45, low + id.lip * 1.55)},
         Scaled(id.beard ? Mix(id.skin, id.hair, 0.55) : id.skin, 0.80),
         0.03,
         false,
         0.05);
  for (const double side : {-1.0, 1.0}) {
    const Point corner = line(side, 0);
    Fill(Ellipse(corner.x + side * 0.02, corner.y, 0.03, 0.03, 10), Scaled(id.skin, 0.6), 0.04);
  }
}

void FaceRenderer::Canvas::DrawWrinkles() {
  const double depth = 0.25 + 0.75 * smile;
  const DrawColor fold = Mix(id.skin, Scaled(id.skin, 0.60), depth);
  const double nose_bottom = -0.12 + id.nose_length;
  for (const double side : {-1.0, 1.0}) {
    const double out = 0.10 * smile;
    Stroke({{side * (id.nose_width + 0.04), nose_bottom - 0.05},
            {side * (id.nose_width + 0.15 + out), nose_bottom + 0.10},
            {side * (id.mouth_width + 0.06 + 1.2 * out), id.mouth_height - 0.10 - 0.05 * smile}},
           fold,
           0.022 + 0.012 * smile);
    if (frown > 0.1) {
      Stroke({{side * 0.06, -0.46}, {side * 0.045, -0.26}},
             Mix(id.skin, Scaled(id.skin, 0.55), frown),
             0.022);
      Stroke({{side * (id.mouth_width + 0.01), id.mouth_height + 0.20},
              {side * (id.mouth_width + 0.06), id.mouth_height + 0.36}},
             Mix(id.skin, Scaled(id.skin, 0.62), frown),
             0.022);
    }
  }
  const double raise = state.still_arousal;
  if (raise > 0.3 && id.hair_style != HairStyle::kFringe) {
    const DrawColor line = Mix(id.skin, Scaled(id.skin, 0.70), raise);
    for (const double y : {-0.66, -0.75}) {
      Path path;
      for (int i = -5; i <= 5; ++i) path.push_back({i * 0.09, y + 0.0016 * i * i});
      Stroke(path, line, 0.016);
    }
  }
}

void FaceRenderer::Canvas::DrawHairFront() {
  if (id.hair_style == HairStyle::kBald) return;
  const double w = id.width * (id.hair_style == HairStyle::kCurly ? 1.08 : 1.06);
  const double sides =
      id.hair_style == HairStyle::kShort || id.hair_style == HairStyle::kParted ? -0.15 : 0.1;
  Path path;
  for (int i = 0; i <= 24; ++i) {
    const double t = kPi * i / 24;
    path.push_back({-w * std::cos(t), -0.15 - 1.28 * std::sin(t)});
  }
  path.push_back({w * 0.985, sides});
  path.push_back({w * 0.86, sides - 0.15});
  for (int i = 12; i >= -12; --i) {
    const double u = i / 12.0;
    double y = id.hairline + 0.34 * u * u * u * u;
    if (id.hair_style == HairStyle::kParted)
      y = id.hairline - 0.12 + 0.22 * std::abs(u + 0.45) + 0.25 * std::pow(u, 6);
    if (id.hair_style == HairStyle::kFringe)
      y = -0.62 + 0.03 * std::cos(i * 2.4) + 0.15 * std::pow(u, 6);
    if (id.hair_style == HairStyle::kLong) y = id.hairline - 0.18 + 0.55 * std::abs(u);
    path.push_back({u * w * 0.84, y});
  }
  path.push_back({-w * 0.86, sides - 0.15});
  path.push_back({-w * 0.985, sides});
  Fill(path, id.hair, 0.05, true);
  Path gloss;
  for (int i = 0; i <= 8; ++i) {
    const double t = kPi * (0.25 + 0.3 * i / 8);
    gloss.push_back({-w * 0.8 * std::cos(t), -0.2 - 1.05 * std::sin(t)});
  }
  Stroke(gloss, Scaled(id.hair, 1.35), 0.05, false, 0.05, true);
  if (id.hair_style == HairStyle::kLong) {
    for (const double side : {-1.0, 1.0}) {
      Fill({{side * w * 1.08, -0.4},
            {side * w * 0.86, -0.35},
            {side * w * 0.90, 0.5},
            {side * w * 0.98, 1.9},
            {side * w * 1.25, 1.9}},
           Scaled(id.hair, 0.92),
           0.02,
           true);
    }
  }
  if (id.hair_style == HairStyle::kCurly) {
    for (int i = 0; i <= 9; ++i) {
      const double u = -1 + 2.0 * i / 9;
      Fill(Ellipse(u * w * 0.84, id.hairline - 0.06 + 0.34 * u * u * u * u, 0.15, 0.13, 12),
           Scaled(id.hair, i % 2 ? 1.0 : 1.12),
           0.05,
           true);
    }
  }
}

void FaceRenderer::Canvas::DrawGlasses() {
  if (!id.glasses) return;
  const DrawColor frame = {32, 30, 34};
  for (const double side : {-1.0, 1.0}) {
    Stroke(Ellipse(side * id.eye_distance, -0.13, 0.285, 0.235, 24), frame, 0.036, true, 0.16);
    Stroke({{side * (id.eye_distance + 0.28), -0.16}, {side * id.width, -0.14}},
           frame,
           0.034,
           false,
           0.06);
  }
  Stroke({{-(id.eye_distance - 0.27), -0.17}, {0, -0.21}, {id.eye_distance - 0.27, -0.17}},
         frame,
         0.034,
         false,
         0.16);
}

void FaceRenderer::Canvas::DrawOccluder() {
  const double x = state.occluder_x, y = state.occluder_y;
  if (state.occluder == Occluder::kHand) {
    const DrawColor dark = Scaled(id.skin, 0.70);
    Fill(Ellipse(x, y + 0.35, 0.42, 0.5), Scaled(id.skin, 0.88), 0.9, true);
    for (int i = 0; i < 4; ++i) {
      const double fx = x - 0.33 + 0.21 * i;
      Fill(Ellipse(fx, y - 0.12 - 0.05 * (i == 1 || i == 2), 0.105, 0.40), dark, 0.9, true);
      Fill(Ellipse(fx, y - 0.12 - 0.05 * (i == 1 || i == 2), 0.088, 0.385),
           Scaled(id.skin, 0.92),
           0.9,
           true);
    }
  } else if (state.occluder == Occluder::kMicrophone) {
    Fill({{x - 0.09, y}, {x + 0.09, y}, {x + 0.16, y + 2}, {x - 0.02, y + 2}},
         {36, 36, 40},
         0.9,
         true);
    Fill(Ellipse(x, y, 0.24, 0.27), {58, 58, 62}, 0.9, true);
    Fill(Ellipse(x - 0.05, y - 0.06, 0.13, 0.14), {104, 104, 110}, 0.9, true);
  }
}

void FaceRenderer::Canvas::DrawAll() {
  background.copyTo(large);
  if (!state.visible) return;
  Prepare();
  DrawHairBehind();
  DrawBody();
  DrawHead();
  DrawBeard();
  DrawWrinkles();
  for (const double side : {-1.0, 1.0}) {
    DrawEye(side);
    DrawBrow(side);
  }
  DrawMouth();
  DrawNose();
  DrawHairFront();
  DrawGlasses();
  DrawOccluder();
}

void FaceRenderer::Canvas::Finish(std::uint64_t noise_seed, Image* image) {
  cv::resize(large, small, {width, height}, 0, 0, cv::INTER_AREA);
  const double sigma = scene.blur_px * height / 112.0;
  if (sigma > 0.15) cv::GaussianBlur(small, small, {}, sigma);

  const std::vector<float>& table = NoiseTable();
  Rng rng(noise_seed);
  const float spread = static_cast<float>(scene.noise);
  const int row_values = width * 3;
  const float* gain = light.data();
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* in = small.ptr<std::uint8_t>(y);
    std::uint8_t* out = image->Row(y);
    const std::size_t start = static_cast<std::size_t>(rng.Next());
    for (int i = 0; i < row_values; ++i) {
      const float noise = table[(start + static_cast<std::size_t>(i)) & 0xFFFF];
      const float value = static_cast<float>(in[i]) * *gain++ + spread * noise + 0.5f;
      out[i] = static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f));
    }
  }
}

FaceRenderer::FaceRenderer(const FaceIdentity& identity,
                           const SceneLook& scene,
                           int height,
                           int width,
                           const FacePlacement& placement)
    : canvas_(std::make_unique<Canvas>()) {
  if (std::min(height, width) < 32 || std::max(height, width) > 2048) {
    throw Error(ErrorCode::kInvalidArgument,
                "picture size " + std::to_string(height) + " x " + std::to_string(width) +
                    ", each side must be in [32, 2048]");
  }
  canvas_->id = identity;
  canvas_->scene = scene;
  canvas_->height = height;
  canvas_->width = width;
  canvas_->placement = placement;
  canvas_->DrawBackground();
  canvas_->DrawLight();
}

FaceRenderer::~FaceRenderer() = default;

Image FaceRenderer::Draw(const FaceState& state, std::uint64_t noise_seed) {
  canvas_->state = state;
  canvas_->DrawAll();
  Image image(canvas_->height, canvas_->width, 3);
  canvas_->Finish(noise_seed, &image);
  return image;
}

}  // namespace circumplex
