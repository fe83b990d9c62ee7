// SPDX-License-Identifier: Apache-2.0
#include <dlib/image_processing/generic_image.h>
#include <dlib/image_processing/shape_predictor.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <opencv2/imgproc.hpp>
#include <string>

#include "circumplex/error.h"

#include "faces/landmarks.h"

namespace circumplex {
namespace {

constexpr double kFineSide = 320;
constexpr int kMaxFactor = 4;

/// Lets dlib read the pixels of an Image without a copy.
struct GrayView {
  const Image* image;
};
long num_rows(const GrayView& view) { return view.image->height; }
long num_columns(const GrayView& view) { return view.image->width; }
const void* image_data(const GrayView& view) { return view.image->pixels.data(); }
long width_step(const GrayView& view) { return view.image->width; }

std::filesystem::path FindModel() {
  const std::string name = "shape_predictor_68_face_landmarks.dat";
  const std::array<std::filesystem::path, 3> candidates = {
      CIRCUMPLEX_DLIB_LANDMARKS, "/usr/share/dlib/" + name, "/usr/local/share/dlib/" + name};
  for (const auto& candidate : candidates) {
    std::error_code error;
    if (!candidate.empty() && std::filesystem::is_regular_file(candidate, error)) return candidate;
  }
  throw Error(ErrorCode::kUnsupported,
              "dlib's 68-point landmark model is not installed (looked for '" +
                  candidates[1].string() +
                  "'). Install the package libdlib-data, or configure with "
                  "-DCIRCUMPLEX_DLIB_LANDMARKS=FILE; " +
                  "the model is for non-commercial use only. Or use the detector yunet=FILE, which "
                  "needs none");
}

}  // namespace
}  // namespace circumplex

namespace dlib {
template <>
struct image_traits<circumplex::GrayView> {
  typedef unsigned char pixel_type;
};
template <>
struct image_traits<const circumplex::GrayView> {
  typedef unsigned char pixel_type;
};
}  // namespace dlib

namespace circumplex {

struct LandmarkPredictor::State {
  dlib::shape_predictor predictor;
};

LandmarkPredictor::LandmarkPredictor(const std::filesystem::path& model)
    : state_(std::make_unique<State>()) {
  const std::filesystem::path path = model.empty() ? FindModel() : model;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw Error(ErrorCode::kBadModel,
                "cannot open landmark model '" + path.string() + "'; check the path");
  }
  std::string defect;
  try {
    dlib::deserialize(state_->predictor, in);
    if (state_->predictor.num_parts() != 68) {
      defect = "it has " + std::to_string(state_->predictor.num_parts()) + " points";
    }
  } catch (const std::exception& exception) {
    defect = exception.what();
  }
  if (!defect.empty()) {
    throw Error(ErrorCode::kBadModel,
                "'" + path.string() + "' is not dlib's 68-point landmark model: " + defect);
  }
}

LandmarkPredictor::~LandmarkPredictor() = default;

std::vector<Point2> LandmarkPredictor::Predict(const Image& gray, const FaceBox& box) const {
  if (gray.empty() || gray.channels != 1 || !(box.width >= 2 && box.height >= 2) ||
      !(std::abs(box.x) + std::abs(box.y) + box.width + box.height < 1e6)) {
    throw Error(ErrorCode::kInvalidArgument,
                "landmarks need a gray frame and a box of at least 2x2 pixels near it");
  }
  const double side = std::max(box.width, box.height);
  const int factor = std::clamp(static_cast<int>(std::ceil(kFineSide / side)), 1, kMaxFactor);
  // The trees compare pixels inside the face and little beyond it; a third of the box on each
  // side is ample.
  const int left = std::clamp(static_cast<int>(std::floor(box.x - side / 3)), 0, gray.width - 1);
  const int top = std::clamp(static_cast<int>(std::floor(box.y - side / 3)), 0, gray.height - 1);
  const int right =
      std::clamp(static_cast<int>(std::ceil(box.x + 4 * side / 3)), left + 1, gray.width);
  const int bottom =
      std::clamp(static_cast<int>(std::ceil(box.y + 4 * side / 3)), top + 1, gray.height);
  Image enlarged;
  const Image* searched = &gray;
  Point2 origin;
  if (factor > 1) {
    const cv::Mat frame(
        gray.height, gray.width, CV_8UC1, const_cast<std::uint8_t*>(gray.pixels.data()));
    enlarged = Image((bottom - top) * factor, (right - left) * factor, 1);
    cv::Mat target(enlarged.height, enlarged.width, CV_8UC1, enlarged.pixels.data());
    cv::resize(frame(cv::Rect(left, top, right - left, bottom - top)), target, target.size());
    searched = &enlarged;
    origin = {static_cast<double>(left), static_cast<double>(top)};
  }
  const dlib::rectangle rectangle(std::lround((box.x - origin.x) * factor),
                                  std::lround((box.y - origin.y) * factor),
                                  std::lround((box.x + box.width - origin.x) * factor) - 1,
                                  std::lround((box.y + box.height - origin.y) * factor) - 1);
  const dlib::full_object_detection shape = state_->predictor(GrayView{searched}, rectangle);
  std::vector<Point2> points;
  points.reserve(68);
  for (unsigned long i = 0; i < shape.num_parts(); ++i) {
    points.push_back({(static_cast<double>(shape.part(i).x()) + 0.5) / factor - 0.5 + origin.x,
                      (static_cast<double>(shape.part(i).y()) + 0.5) / factor - 0.5 + origin.y});
  }
  return points;
}

}  // namespace circumplex
