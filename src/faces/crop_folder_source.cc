// SPDX-License-Identifier: Apache-2.0
#include "faces/crop_folder_source.h"

#include <limits>
#include <utility>

#include "circumplex/error.h"
#include "circumplex/options.h"

#include "core/progress.h"
#include "video/image_io.h"
#include "video/resize.h"

namespace circumplex {
namespace {

/// "a/b/" and "." have an empty or useless last part.
std::string NameOf(const std::filesystem::path& folder) {
  std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.filename().string();
}

}  // namespace

CropFolderSource::CropFolderSource(const std::filesystem::path& folder,
                                   const CropFolderOptions& options)
    : options_(options), name_(NameOf(folder)) {
  FaceOptions faces;
  faces.crop_size = options.crop_size;
  RequireValid(faces.Violations());
  if (options.num_rows < 0 || !(options.frame_rate >= 0)) {
    throw Error(ErrorCode::kInvalidOptions,
                "crops: num_rows = " + std::to_string(options.num_rows) +
                    " (>= 0), frame_rate = " + std::to_string(options.frame_rate) + " (>= 0)");
  }
  images_ = ListImageSequence(folder);
  if (images_.empty()) {
    throw Error(
        ErrorCode::kBadData,
        "folder '" + folder.string() + "' holds no picture; name the folder with 00001.jpg, ...");
  }
  num_rows_ = options.num_rows > 0 ? options.num_rows : images_.back().frame + 1;
  std::size_t beyond = 0;
  while (!images_.empty() && images_.back().frame >= num_rows_) {
    images_.pop_back();
    ++beyond;
  }
  if (beyond > 0) {
    Log(LogLevel::kWarning,
        "faces",
        "'" + name_ + "': " + std::to_string(beyond) + " crops beyond frame " +
            std::to_string(num_rows_) + " are left out");
  }
}

std::optional<FrameFaces> CropFolderSource::Next() {
  if (row_ >= num_rows_) return std::nullopt;
  FrameFaces result;
  result.frame = row_;
  result.timestamp_s = options_.frame_rate > 0 ? static_cast<double>(row_) / options_.frame_rate
                                               : std::numeric_limits<double>::quiet_NaN();
  if (next_image_ < images_.size() && images_[next_image_].frame == row_) {
    try {
      Image image = ReadImage(images_[next_image_].path);
      Face face;
      face.confidence = 1;
      const bool fits = image.height == options_.crop_size && image.width == options_.crop_size;
      face.crop =
          fits ? image
               : Resize(image, options_.crop_size, options_.crop_size, ResizeFilter::kBilinear);
      result.faces.push_back(std::move(face));
      if (options_.keep_image) result.image = std::move(image);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kBadData) throw;
      result.decodable = false;
      ++undecodable_;
      Log(LogLevel::kWarning, "faces", error.what());
    }
    ++next_image_;
  }
  ++row_;
  if (row_ == num_rows_ && undecodable_ > 0) {
    Log(LogLevel::kWarning,
        "faces",
        "'" + name_ + "': " + std::to_string(undecodable_) + " of " +
            std::to_string(images_.size()) +
            " pictures cannot be decoded; their frames count as frames without a face");
  }
  return result;
}

}  // namespace circumplex
