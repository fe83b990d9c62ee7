// SPDX-License-Identifier: Apache-2.0
#include "features/feature_store.h"

#include <algorithm>

#include "circumplex/error.h"

#include "core/check.h"
#include "core/csv.h"
#include "core/files.h"
#include "core/safetensors.h"

namespace circumplex {
namespace {

std::string ShapeText(const Tensor& tensor) {
  std::string text = std::string(DTypeName(tensor.dtype)) + " (";
  for (std::size_t i = 0; i < tensor.shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(tensor.shape[i]);
  return text + ")";
}

}  // namespace

void FeatureTrack::Append(const FeatureTrack& later) {
  if (frame.empty()) {
    *this = later;
    return;
  }
  frame.insert(frame.end(), later.frame.begin(), later.frame.end());
  pool5.insert(pool5.end(), later.pool5.begin(), later.pool5.end());
  gray.insert(gray.end(), later.gray.begin(), later.gray.end());
}

FeatureTrack FeatureTrack::Rows(std::int64_t first, std::int64_t count) const {
  CIRCUMPLEX_CHECK(first >= 0 && count >= 0 && first + count <= size(), "rows of the track");
  // A track without the appearance stream has no pool5 values.
  const auto part = [&](const auto& values) {
    const std::int64_t per_row =
        frame.empty() ? 0 : static_cast<std::int64_t>(values.size()) / size();
    return std::decay_t<decltype(values)>(values.begin() + first * per_row,
                                          values.begin() + (first + count) * per_row);
  };
  FeatureTrack rows;
  rows.trial = trial;
  rows.gray_size = gray_size;
  rows.num_frames = num_frames;
  rows.frame_rate = frame_rate;
  rows.backbone = backbone;
  rows.weights_hash = weights_hash;
  rows.weights_origin = weights_origin;
  rows.frame = part(frame);
  rows.pool5 = part(pool5);
  rows.gray = part(gray);
  return rows;
}

void FeatureTrack::KeepLast(std::int64_t rows) {
  if (rows < size()) *this = Rows(size() - rows, rows);
}

namespace {

/// Checks a file and takes its metadata and frame numbers.
class TrackReader {
 public:
  TrackReader(const TensorFile& file, const std::filesystem::path& path)
      : file_(file), source_(path.string()) {
    if (Metadata("schema") != std::to_string(kFeatureStoreSchema)) {
      Fail("feature store schema '" + Metadata("schema") + "', this program reads schema " +
           std::to_string(kFeatureStoreSchema));
    }
    const Tensor& frame = file.Get("frame", source_);
    if (frame.dtype != DType::kI64 || frame.shape.size() != 1)
      Fail("'frame' is " + ShapeText(frame) + ", not I64 (T)");
    track_.trial = Metadata("trial").empty() ? path.stem().string() : Metadata("trial");
    track_.frame.assign(frame.Data<std::int64_t>(), frame.Data<std::int64_t>() + frame.shape[0]);
    for (std::size_t i = 0; i < track_.frame.size(); ++i) {
      if (track_.frame[i] < 0 || (i > 0 && track_.frame[i] <= track_.frame[i - 1])) {
        Fail("'frame' does not increase at row " + std::to_string(i) + " (" +
             std::to_string(track_.frame[i]) + ")");
      }
    }
    track_.frame_rate = ParseDouble(Metadata("frame_rate")).value_or(0);
    track_.num_frames = ParseInt(Metadata("num_frames")).value_or(0);
    track_.backbone = Metadata("backbone");
    track_.weights_hash = Metadata("weights_hash");
    track_.weights_origin = Metadata("weights_origin");
  }

  void TakeValues() {
    const std::int64_t rows = track_.size();
    const Tensor& pool5 = file_.Get("pool5", source_);
    const Tensor& gray = file_.Get("gray48", source_);
    if (pool5.dtype != DType::kF16 ||
        pool5.shape != std::vector<std::int64_t>{rows, FeatureTrack::kPool5}) {
      Fail("'pool5' is " + ShapeText(pool5) + ", not F16 (" + std::to_string(rows) + ", 2048)");
    }
    if (gray.dtype != DType::kU8 || gray.shape.size() != 3 || gray.shape[0] != rows ||
        gray.shape[1] != gray.shape[2]) {
      Fail("'gray48' is " + ShapeText(gray) + ", not U8 (" + std::to_string(rows) + ", S, S)");
    }
    track_.pool5.assign(pool5.Data<std::uint16_t>(),
                        pool5.Data<std::uint16_t>() + pool5.NumElements());
    track_.gray.assign(gray.Data<std::uint8_t>(), gray.Data<std::uint8_t>() + gray.NumElements());
    track_.gray_size = static_cast<int>(gray.shape[1]);
  }

  FeatureTrack Take() { return std::move(track_); }

 private:
  std::string Metadata(const std::string& key) const {
    const auto found = file_.metadata.find(key);
    return found == file_.metadata.end() ? std::string() : found->second;
  }
  [[noreturn]] void Fail(const std::string& defect) const {
    throw Error(ErrorCode::kBadData,
                source_ + ": " + defect + "; extract the features again (circumplex features)");
  }

  const TensorFile& file_;
  std::string source_;
  FeatureTrack track_;
};

}  // namespace

FeatureTrack ReadFeatureTrack(const std::filesystem::path& path) {
  const TensorFile file = ReadSafetensors(path);
  TrackReader reader(file, path);
  reader.TakeValues();
  return reader.Take();
}

FeatureTrack ReadFeatureRows(const std::filesystem::path& path) {
  const TensorFile file = ReadSafetensorsPart(path, {"frame"});
  return TrackReader(file, path).Take();
}

void WriteFeatureTrack(const std::filesystem::path& path, const FeatureTrack& track) {
  const std::int64_t rows = track.size();
  TensorFile file;
  file.tensors["frame"] = Tensor::From(DType::kI64, {rows}, track.frame.data());
  file.tensors["pool5"] =
      Tensor::From(DType::kF16, {rows, FeatureTrack::kPool5}, track.pool5.data());
  file.tensors["gray48"] =
      Tensor::From(DType::kU8, {rows, track.gray_size, track.gray_size}, track.gray.data());
  file.metadata = {{"schema", std::to_string(kFeatureStoreSchema)},
                   {"trial", track.trial},
                   {"frame_rate", FormatShortest(track.frame_rate)},
                   {"num_frames", std::to_string(track.num_frames)},
                   {"backbone", track.backbone},
                   {"weights_hash", track.weights_hash},
                   {"weights_origin", track.weights_origin},
                   {"gray", "ITU-R 601 luma, Lanczos to S x S"}};
  WriteSafetensors(path, file);
}

std::filesystem::path FeatureTrackPath(const std::filesystem::path& store,
                                       const std::string& trial) {
  return store / (trial + ".safetensors");
}

std::vector<std::string> ListFeatureTracks(const std::filesystem::path& store) {
  std::vector<std::string> trials;
  for (const auto& path : ListFolder(store)) {
    if (path.extension() == ".safetensors") trials.push_back(path.stem().string());
  }
  if (trials.empty()) {
    throw Error(ErrorCode::kNotFound,
                "no feature files (*.safetensors) in '" + store.string() +
                    "'; write them with circumplex features");
  }
  return trials;
}

}  // namespace circumplex
