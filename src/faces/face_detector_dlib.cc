// SPDX-License-Identifier: Apache-2.0
#include <dlib/image_processing/frontal_face_detector.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "circumplex/error.h"

#include "faces/detectors.h"
#include "video/resize.h"

namespace circumplex {
namespace {

constexpr int kUpscaledSide = 640;
/// Collars and necks are found as second faces that overlap the first.
constexpr double kMaxIou = 0.2;

class DlibDetector : public FaceDetector {
 public:
  explicit DlibDetector(int max_side)
      : max_side_(max_side), detector_(dlib::get_frontal_face_detector()) {}

  std::vector<Detection> Detect(const Image& rgb) override {
    if (rgb.channels != 3)
      throw Error(ErrorCode::kInvalidArgument, "face detection needs an RGB frame");
    Image gray = ToGray(rgb);
    const double longer = std::max(rgb.height, rgb.width);
    const double first = max_side_ > 0 ? std::min(1.0, max_side_ / longer) : 1.0;
    std::vector<Detection> faces = DetectAt(gray, first);
    if (!faces.empty()) return faces;
    const double largest = std::max(1.0, (max_side_ > 0 ? max_side_ : kUpscaledSide) / longer);
    const double second = std::min(2 * first, largest);
    return second > first ? DetectAt(gray, second) : faces;
  }

  std::string name() const override { return "dlib"; }

 private:
  std::vector<Detection> DetectAt(Image& gray, double scale) {
    const cv::Mat source(gray.height, gray.width, CV_8UC1, gray.pixels.data());
    const int height = std::max(1, static_cast<int>(std::lround(gray.height * scale)));
    const int width = std::max(1, static_cast<int>(std::lround(gray.width * scale)));
    dlib::array2d<unsigned char> picture(height, width);
    cv::Mat target(
        height, width, CV_8UC1, &picture[0][0], static_cast<std::size_t>(picture.width_step()));
    if (scale == 1.0) {
      source.copyTo(target);
    } else {
      cv::resize(
          source, target, target.size(), 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    }
    std::vector<dlib::rect_detection> found;
    detector_(picture, found, 0.0);

    std::vector<Detection> faces;
    for (const dlib::rect_detection& face : found) {
      Detection detection;
      detection.box = {face.rect.left() / scale,
                       face.rect.top() / scale,
                       static_cast<double>(face.rect.width()) / scale,
                       static_cast<double>(face.rect.height()) / scale};
      detection.confidence = 1 / (1 + std::exp(-2 * face.detection_confidence));
      faces.push_back(detection);
    }
    faces = SuppressOverlaps(std::move(faces), kMaxIou);
    std::stable_sort(faces.begin(), faces.end(), [](const Detection& a, const Detection& b) {
      return a.box.width * a.box.height > b.box.width * b.box.height;
    });
    return faces;
  }

  int max_side_;
  dlib::frontal_face_detector detector_;
};

}  // namespace

std::unique_ptr<FaceDetector> MakeDlibDetector(int max_side) {
  return std::make_unique<DlibDetector>(max_side);
}

}  // namespace circumplex
