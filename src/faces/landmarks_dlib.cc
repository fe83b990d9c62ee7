// SPDX-License-Identifier: Apache-2.0
#include <dlib/image_processing/generic_image.h>
#include <dlib/image_processing/shape_predictor.h>

#include <array>
#include <cmath>
#include <fstream>
#include <string>

#include "circumplex/error.h"
#include "faces/landmarks.h"

namespace circumplex {
namespace {

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
  const std::array<std::filesystem::path, 3> candidates = {CIRCUMPLEX_DLIB_LANDMARKS,
                                                           "/usr/share/dlib/" + name,
                                                           "/usr/local/share/dlib/" + name};
  for (const auto& candidate : candidates) {
    std::error_code error;
    if (!candidate.empty() && std::filesystem::is_regular_file(candidate, error)) return candidate;
  }
  throw Error(ErrorCode::kUnsupported,
              "dlib's 68-point landmark model is not installed (looked for '" + candidates[1].string() +
                  "'). Install the package libdlib-data, or configure with -DCIRCUMPLEX_DLIB_LANDMARKS=FILE; " +
                  "the model is for non-commercial use only. Or use the detector yunet=FILE, which needs none");
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

LandmarkPredictor::LandmarkPredictor(const std::filesystem::path& model) : state_(std::make_unique<State>()) {
  const std::filesystem::path path = model.empty() ? FindModel() : model;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw Error(ErrorCode::kBadModel, "cannot open landmark model '" + path.string() + "'; check the path");
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
  if (gray.empty() || gray.channels != 1 || !(box.width >= 2 && box.height >= 2)) {
    throw Error(ErrorCode::kInvalidArgument, "landmarks need a gray frame and a box of at least 2x2 pixels");
  }
  const dlib::rectangle rectangle(std::lround(box.x),
                                  std::lround(box.y),
                                  std::lround(box.x + box.width) - 1,
                                  std::lround(box.y + box.height) - 1);
  const dlib::full_object_detection shape = state_->predictor(GrayView{&gray}, rectangle);
  std::vector<Point2> points;
  points.reserve(68);
  for (unsigned long i = 0; i < shape.num_parts(); ++i) {
    points.push_back({static_cast<double>(shape.part(i).x()), static_cast<double>(shape.part(i).y())});
  }
  return points;
}

}  // namespace circumplex
