// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

#include "circumplex/error.h"

#include "core/files.h"
#include "faces/detectors.h"
#include "video/opencv_bridge.h"

namespace circumplex {
namespace {

constexpr std::array<int, 3> kStrides = {8, 16, 32};
constexpr float kMinScore = 0.6f;
constexpr double kMaxIou = 0.3;
constexpr int kMaxInputSide = 4096;

int RoundUp(int value, int step) { return (value + step - 1) / step * step; }

class YunetDetector : public FaceDetector {
 public:
  YunetDetector(const std::filesystem::path& model, int max_side)
      : model_(model), max_side_(max_side) {
    SilenceOpenCv();
    const std::string bytes = ReadFile(model, ErrorCode::kBadModel);
    try {
      net_ = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
      const auto outputs = net_.getUnconnectedOutLayersNames();
      for (const int stride : kStrides) {
        for (const char* kind : {"cls_", "obj_", "bbox_", "kps_"}) {
          names_.push_back(kind + std::to_string(stride));
          if (std::find(outputs.begin(), outputs.end(), names_.back()) == outputs.end()) {
            throw Error(ErrorCode::kBadModel,
                        "'" + model.string() + "' has no output '" + names_.back() +
                            "'; a YuNet file such as yunet_n_640_640.onnx is needed");
          }
        }
      }
    } catch (const cv::Exception& exception) {
      throw Error(ErrorCode::kBadModel,
                  "cannot read face detector '" + model.string() + "' (" +
                      std::to_string(bytes.size()) + " bytes) as ONNX: " + exception.err);
    }
  }

  std::vector<Detection> Detect(const Image& rgb) override {
    if (rgb.empty() || rgb.channels != 3) {
      throw Error(ErrorCode::kInvalidArgument, "face detection needs an RGB frame");
    }
    const int longer = std::max(rgb.height, rgb.width);
    const int side = std::min(max_side_ > 0 ? max_side_ : longer, kMaxInputSide);
    const double scale = std::min(1.0, static_cast<double>(side) / longer);
    const cv::Mat frame(
        rgb.height, rgb.width, CV_8UC3, const_cast<std::uint8_t*>(rgb.pixels.data()));
    cv::Mat scaled = frame;
    if (scale < 1) {
      const cv::Size size(std::max(1, static_cast<int>(std::lround(rgb.width * scale))),
                          std::max(1, static_cast<int>(std::lround(rgb.height * scale))));
      cv::resize(frame, scaled, size, 0, 0, cv::INTER_AREA);
    }
    cv::Mat padded;
    cv::copyMakeBorder(scaled,
                       padded,
                       0,
                       RoundUp(scaled.rows, 32) - scaled.rows,
                       0,
                       RoundUp(scaled.cols, 32) - scaled.cols,
                       cv::BORDER_CONSTANT,
                       cv::Scalar());
    std::vector<cv::Mat> outputs;
    try {
      net_.setInput(cv::dnn::blobFromImage(padded, 1.0, cv::Size(), cv::Scalar(), true));
      net_.forward(outputs, names_);
    } catch (const cv::Exception& exception) {
      throw Error(ErrorCode::kBadModel,
                  "'" + model_.string() + "' failed to run: " + exception.err);
    }

    std::vector<Detection> faces;
    for (std::size_t level = 0; level < kStrides.size(); ++level) {
      const int stride = kStrides[level];
      Decode(&outputs[4 * level], stride, padded.rows / stride, padded.cols / stride, scale, faces);
    }
    faces = SuppressOverlaps(std::move(faces), kMaxIou);
    std::stable_sort(faces.begin(), faces.end(), [](const Detection& a, const Detection& b) {
      return a.box.width * a.box.height > b.box.width * b.box.height;
    });
    return faces;
  }

  std::string name() const override { return "yunet=" + model_.string(); }

 private:
  /// Cell (c, r) of a level predicts one face: centre ((c + b0) s, (r + b1) s), size (e^b2
  /// s, e^b3 s).
  void Decode(const cv::Mat* outputs,
              int stride,
              int rows,
              int columns,
              double scale,
              std::vector<Detection>& faces) {
    const std::size_t cells = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    const std::array<std::size_t, 4> widths = {1, 1, 4, 10};
    for (std::size_t k = 0; k < widths.size(); ++k) {
      if (outputs[k].total() != cells * widths[k] || outputs[k].type() != CV_32F) {
        throw Error(ErrorCode::kBadModel,
                    "'" + model_.string() + "' gave " + std::to_string(outputs[k].total()) +
                        " values for stride " + std::to_string(stride) + ", expected " +
                        std::to_string(cells * widths[k]) +
                        "; use a YuNet file without fixed input size");
      }
    }
    const float* classes = outputs[0].ptr<float>();
    const float* objects = outputs[1].ptr<float>();
    const double unit = stride / scale;
    for (std::size_t i = 0; i < cells; ++i) {
      const float score =
          std::sqrt(std::clamp(classes[i], 0.0f, 1.0f) * std::clamp(objects[i], 0.0f, 1.0f));
      if (!(score >= kMinScore)) continue;
      const double row = static_cast<double>(i / static_cast<std::size_t>(columns));
      const double column = static_cast<double>(i % static_cast<std::size_t>(columns));
      const float* box = outputs[2].ptr<float>() + 4 * i;
      const float* points = outputs[3].ptr<float>() + 10 * i;
      Detection face;
      face.confidence = score;
      face.box.width = std::exp(std::min(box[2], 10.0f)) * unit;
      face.box.height = std::exp(std::min(box[3], 10.0f)) * unit;
      face.box.x = (column + box[0]) * unit - face.box.width / 2;
      face.box.y = (row + box[1]) * unit - face.box.height / 2;
      face.points.emplace();
      for (std::size_t p = 0; p < 5; ++p) {
        (*face.points)[p] = {(column + points[2 * p]) * unit, (row + points[2 * p + 1]) * unit};
      }
      faces.push_back(face);
    }
  }

  std::filesystem::path model_;
  int max_side_;
  cv::dnn::Net net_;
  std::vector<cv::String> names_;
};

}  // namespace

std::unique_ptr<FaceDetector> MakeYunetDetector(const std::filesystem::path& model, int max_side) {
  return std::make_unique<YunetDetector>(model, max_side);
}

}  // namespace circumplex
