// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "circumplex/va_track.h"

#include "faces/face_source.h"

namespace circumplex {

enum class CropFaces {
  kMain,     ///< The face seen in most frames (the lower id of two), as `<trial>`.
  kPerFace,  ///< Every face, as `<trial>_face<id>`.
};

/// Writes crops in the Aff-Wild2 layout, `<out>/cropped_aligned/<trial>/00001.jpg`, numbered by
/// frame from one; frames without the face have no file. The trial's folders appear, and replace
/// older ones, only on Finish(); without it nothing is left behind. One thread at a time.
class CropWriter {
 public:
  /// @param trial      Name of a folder. @param extension ".jpg" (quality 95), ".png" or ".bmp".
  /// @throws Error kInvalidArgument: `trial` is empty or has a path separator; kIo.
  CropWriter(const std::filesystem::path& out,
             const std::string& trial,
             CropFaces faces = CropFaces::kMain,
             const std::string& extension = ".jpg");
  ~CropWriter();
  CropWriter(const CropWriter&) = delete;
  CropWriter& operator=(const CropWriter&) = delete;

  /// Takes the frames of a source in order. @throws Error kIo.
  void Add(const FrameFaces& frame);

  /// @return  The track without valence and arousal (NaN): a row per frame and face written,
  ///          kNoFace (or kUndecodable) rows for frames without; kMain gives one row per frame.
  /// @throws Error kIo.
  VaTrack Finish();

  int main_face() const;  ///< Id; 0 without any face.
  const std::vector<std::filesystem::path>& folders() const {
    return folders_;
  }  ///< After Finish().

 private:
  std::filesystem::path FaceFolder(int face_id) const;

  std::filesystem::path root_, staging_;
  std::string trial_, extension_;
  CropFaces faces_;
  VaTrack track_;
  std::map<int, std::int64_t> frames_of_face_;
  std::vector<std::filesystem::path> folders_;
};

}  // namespace circumplex
