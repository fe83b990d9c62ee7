// SPDX-License-Identifier: Apache-2.0
#include "video/image_io.h"

#include <algorithm>
#include <cctype>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "circumplex/error.h"

#include "core/files.h"
#include "video/jpeg_check.h"
#include "video/opencv_bridge.h"

namespace circumplex {
namespace {

std::string LowerExtension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return extension;
}

}  // namespace

Image ReadImage(const std::filesystem::path& path) {
  SilenceOpenCv();
  std::string content = ReadFile(path);
  const std::string defect = "cannot decode picture '" + path.string() + "' (" +
                             std::to_string(content.size()) + " bytes)";
  if (content.empty()) throw Error(ErrorCode::kBadData, defect + ": the file is empty");
  try {
    const cv::Mat bytes(1, static_cast<int>(content.size()), CV_8UC1, content.data());
    const cv::Mat mat = cv::imdecode(bytes, cv::IMREAD_COLOR);
    if (mat.empty()) {
      throw Error(
          ErrorCode::kBadData,
          defect + ": it is no JPEG, PNG, BMP, TIFF or WebP, or is damaged; write it again");
    }
    const std::string damage = JpegDefect(content);
    if (!damage.empty()) {
      throw Error(ErrorCode::kBadData,
                  defect + ": it is damaged (" + damage + "); write or copy it again");
    }
    return ImageFromBgr(mat);
  } catch (const cv::Exception& exception) {
    throw Error(ErrorCode::kBadData, defect + ": " + exception.err);
  }
}

std::string EncodeImage(const Image& image, const std::string& extension, int quality) {
  SilenceOpenCv();
  const std::string lower = LowerExtension("x" + extension);
  const bool jpeg = lower == ".jpg" || lower == ".jpeg";
  if (!jpeg && lower != ".png" && lower != ".bmp") {
    throw Error(ErrorCode::kInvalidArgument,
                "cannot write a picture as '" + extension + "'; use .jpg, .png or .bmp");
  }
  if (quality < 1 || quality > 100) {
    throw Error(ErrorCode::kInvalidArgument,
                "JPEG quality " + std::to_string(quality) + " is outside 1 to 100");
  }
  const cv::Mat mat = BgrFromImage(image);
  std::vector<int> parameters;
  if (jpeg) parameters = {cv::IMWRITE_JPEG_QUALITY, quality};
  try {
    std::vector<unsigned char> bytes;
    if (!cv::imencode(lower, mat, bytes, parameters)) {
      throw Error(ErrorCode::kUnsupported, "this OpenCV cannot encode '" + lower + "'");
    }
    return std::string(bytes.begin(), bytes.end());
  } catch (const cv::Exception& exception) {
    throw Error(ErrorCode::kInvalidArgument, "cannot encode a picture: " + exception.err);
  }
}

void WriteImage(const std::filesystem::path& path, const Image& image, int quality) {
  WriteFileAtomically(path, EncodeImage(image, path.extension().string(), quality));
}

}  // namespace circumplex
