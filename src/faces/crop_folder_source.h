// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "faces/face_source.h"
#include "video/image_sequence.h"

namespace circumplex {

struct CropFolderOptions {
  /// [px] >= 48; crops of another size are resized to it (antialiased bilinear).
  int crop_size = 112;
  /// Frames to yield; 0 = up to the last crop. Crops beyond are left out.
  std::int64_t num_rows = 0;
  double frame_rate = 0;    ///< [1/s] For timestamps; 0 = unknown, they are NaN.
  bool keep_image = false;  ///< Hand out the picture as it was read too.
};

/// Given crops of one face, one picture per frame (see ListImageSequence() for the numbering).
/// Numbers that are missing are frames without a face; the face has id 0, confidence 1, an empty
/// box. A picture that is damaged in any way is a frame with decodable = false and without a face;
/// each is named in the log, and their number at the end. One thread at a time.
class CropFolderSource : public FaceSource {
 public:
  /// @throws Error kNotFound: no such folder; kBadData: no picture in it, or ambiguous numbers;
  ///   kInvalidOptions.
  explicit CropFolderSource(const std::filesystem::path& folder,
                            const CropFolderOptions& options = {});

  std::optional<FrameFaces> Next() override;
  std::string name() const override { return name_; }
  double frame_rate() const override { return options_.frame_rate; }
  std::int64_t expected_frames() const override { return num_rows_; }
  std::int64_t undecodable() const { return undecodable_; }  ///< So far.

 private:
  CropFolderOptions options_;
  std::string name_;
  std::vector<NumberedPicture> images_;
  std::int64_t num_rows_ = 0, row_ = 0, undecodable_ = 0;
  std::size_t next_image_ = 0;
};

}  // namespace circumplex
