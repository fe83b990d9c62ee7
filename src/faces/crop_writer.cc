// SPDX-License-Identifier: Apache-2.0
#include "faces/crop_writer.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <limits>
#include <system_error>
#include <utility>

#include "circumplex/error.h"

#include "predictions/main_face.h"
#include "video/image_io.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

void Replace(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::remove_all(to, error);
  if (!error) fs::rename(from, to, error);
  if (error) {
    throw Error(ErrorCode::kIo, "cannot write folder '" + to.string() + "': " + error.message());
  }
}

}  // namespace

CropWriter::CropWriter(const fs::path& out,
                       const std::string& trial,
                       CropFaces faces,
                       const std::string& extension)
    : root_(out / "cropped_aligned"), trial_(trial), extension_(extension), faces_(faces) {
  if (trial.empty() || trial == "." || trial == ".." || trial.find('/') != std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument, "'" + trial + "' cannot be the name of a crop folder");
  }
  static std::atomic<unsigned> counter{0};
  staging_ = root_ / ("." + trial + ".partial-" + std::to_string(::getpid()) + "-" +
                      std::to_string(counter++));
  std::error_code error;
  fs::create_directories(staging_, error);
  if (error) {
    throw Error(ErrorCode::kIo,
                "cannot create folder '" + staging_.string() + "': " + error.message() +
                    "; check that the place may be written");
  }
  track_.name = trial;
}

CropWriter::~CropWriter() {
  std::error_code ignored;
  fs::remove_all(staging_, ignored);
}

fs::path CropWriter::FaceFolder(int face_id) const {
  return staging_ / ("face" + std::to_string(face_id));
}

void CropWriter::Add(const FrameFaces& frame) {
  if (frame.faces.empty()) {
    track_.frames.push_back(RowWithoutFace(frame));
    track_.frames.back().face_id = -1;
  }
  char name[32];
  std::snprintf(name, sizeof(name), "%05lld", static_cast<long long>(frame.frame + 1));
  for (const Face& face : frame.faces) {
    WriteImage(FaceFolder(face.face_id) / (name + extension_), face.crop);
    ++frames_of_face_[face.face_id];
    track_.frames.push_back(RowOfFace(frame, face));
  }
}

int CropWriter::main_face() const { return MainFaceId(frames_of_face_).value_or(0); }

VaTrack CropWriter::Finish() {
  const int main = main_face();
  for (const auto& [id, count] : frames_of_face_) {
    if (faces_ == CropFaces::kMain && id != main) continue;
    const fs::path target =
        root_ / (faces_ == CropFaces::kMain ? trial_ : trial_ + "_face" + std::to_string(id));
    Replace(FaceFolder(id), target);
    folders_.push_back(target);
  }

  VaTrack track;
  track.name = track_.name;
  for (std::size_t i = 0; i < track_.frames.size();) {
    std::size_t end = i;
    bool main_seen = false;
    for (; end < track_.frames.size() && track_.frames[end].frame == track_.frames[i].frame;
         ++end) {
      VaFrame row = track_.frames[end];
      if (row.face_id < 0) row.face_id = faces_ == CropFaces::kMain ? main : 0;
      if (faces_ == CropFaces::kPerFace || row.face_id == main) {
        main_seen = true;
        track.frames.push_back(row);
      }
    }
    if (!main_seen) {
      VaFrame row;
      row.frame = track_.frames[i].frame;
      row.timestamp_s = track_.frames[i].timestamp_s;
      row.valence = row.arousal = std::numeric_limits<double>::quiet_NaN();
      row.face_id = main;
      track.frames.push_back(row);
    }
    i = end;
  }
  return track;
}

}  // namespace circumplex
