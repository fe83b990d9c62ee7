// SPDX-License-Identifier: Apache-2.0
#include "features/feature_track.h"

#include <cmath>
#include <utility>

#include "circumplex/error.h"

#include "core/check.h"
#include "core/csv.h"
#include "core/safetensors.h"
#include "options/enum_names.h"

namespace circumplex {
namespace {

constexpr int kSchema = 2;
constexpr std::int64_t kLargestGray = 1024;  // [px]
constexpr double kLargestRate = 1000;        // [1/s]

std::string ShapeText(const Tensor& tensor) {
  std::string text = std::string(DTypeName(tensor.dtype)) + " (";
  for (std::size_t i = 0; i < tensor.shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(tensor.shape[i]);
  return text + ")";
}

}  // namespace

std::string BackboneText(BackboneLayout layout, int input_size) {
  return EnumName(layout) + "/" + std::to_string(input_size);
}

std::string BackboneText(const BackboneOptions& options) {
  return BackboneText(options.Layout(), options.InputSize());
}

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
  rows.frame_rate_from = frame_rate_from;
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
    const std::int64_t schema = Number("schema", 0, 1, kSchema);
    const Tensor& frame = file.Get("frame", source_);
    if (frame.dtype != DType::kI64 || frame.shape.size() != 1)
      Fail("'frame' is " + ShapeText(frame) + ", not I64 (T)");
    track_.trial = Metadata("trial").empty() ? path.stem().string() : Metadata("trial");
    track_.num_frames = Number("num_frames", 0, 0, kMaxFrames);
    track_.gray_size = static_cast<int>(schema == 1 ? 0 : Number("gray_size", -1, 1, kLargestGray));
    track_.frame_rate = Rate();
    track_.frame_rate_from = Metadata("frame_rate_from");
    track_.backbone = Metadata("backbone");
    track_.weights_hash = Metadata("weights_hash");
    track_.weights_origin = Metadata("weights_origin");
    track_.frame.assign(frame.Data<std::int64_t>(), frame.Data<std::int64_t>() + frame.shape[0]);
    CheckFrames();
  }

  void TakeValues() {
    const std::int64_t rows = track_.size();
    const Tensor& pool5 = file_.Get("pool5", source_);
    const Tensor& gray = file_.Get("gray48", source_);
    if (pool5.dtype != DType::kF16 || pool5.shape != std::vector<std::int64_t>{rows, kPool5Size}) {
      Fail("'pool5' is " + ShapeText(pool5) + ", not F16 (" + std::to_string(rows) + ", " +
           std::to_string(kPool5Size) + ")");
    }
    if (gray.dtype != DType::kU8 || gray.shape.size() != 3 || gray.shape[0] != rows ||
        gray.shape[1] != gray.shape[2]) {
      Fail("'gray48' is " + ShapeText(gray) + ", not U8 (" + std::to_string(rows) + ", S, S)");
    }
    track_.pool5.assign(pool5.Data<std::uint16_t>(),
                        pool5.Data<std::uint16_t>() + pool5.NumElements());
    track_.gray.assign(gray.Data<std::uint8_t>(), gray.Data<std::uint8_t>() + gray.NumElements());
    if (gray.shape[1] < 1 || gray.shape[1] > kLargestGray ||
        (track_.gray_size != 0 && gray.shape[1] != track_.gray_size)) {
      Fail("'gray48' is " + ShapeText(gray) + ", its metadata says " +
           std::to_string(track_.gray_size) + " px of at most " + std::to_string(kLargestGray));
    }
    track_.gray_size = static_cast<int>(gray.shape[1]);
  }

  FeatureTrack Take() { return std::move(track_); }

 private:
  std::string Metadata(const std::string& key) const {
    const auto found = file_.metadata.find(key);
    return found == file_.metadata.end() ? std::string() : found->second;
  }
  // A whole number from `low` to `high`; `absent` where the file does not say.
  std::int64_t Number(const std::string& key,
                      std::int64_t absent,
                      std::int64_t low,
                      std::int64_t high) const {
    const std::string text = Metadata(key);
    const auto value = text.empty() ? absent : ParseInt(text).value_or(low - 1);
    if (value >= low && value <= high) return value;
    Fail("feature track " + key + " '" + text + "'; this program reads " + std::to_string(low) +
         " to " + std::to_string(high));
  }
  double Rate() const {
    const std::string text = Metadata("frame_rate");
    const double rate = text.empty() ? 0 : ParseDouble(text).value_or(-1);
    if (!(rate >= 0 && rate <= kLargestRate)) {
      Fail("frame_rate '" + text + "' is no rate from 0 (unknown) to " +
           FormatShortest(kLargestRate));
    }
    return rate;
  }
  // Before anything is made as long as they say.
  void CheckFrames() const {
    const std::int64_t end = track_.num_frames > 0 ? track_.num_frames : kMaxFrames;
    for (std::size_t i = 0; i < track_.frame.size(); ++i) {
      const std::int64_t frame = track_.frame[i];
      if (frame < 0 || (i > 0 && frame <= track_.frame[i - 1])) {
        Fail("'frame' does not increase at row " + std::to_string(i) + " (" +
             std::to_string(frame) + ")");
      }
      if (frame >= end) {
        Fail("'frame' is " + std::to_string(frame) + " at row " + std::to_string(i) +
             ", beyond the " + std::to_string(end) + " frames " +
             (track_.num_frames > 0 ? "that the video has" : "that a video may have"));
      }
    }
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
  file.tensors["pool5"] = Tensor::From(DType::kF16, {rows, kPool5Size}, track.pool5.data());
  file.tensors["gray48"] =
      Tensor::From(DType::kU8, {rows, track.gray_size, track.gray_size}, track.gray.data());
  file.metadata = {{"schema", std::to_string(kSchema)},
                   {"trial", track.trial},
                   {"frame_rate", FormatShortest(track.frame_rate)},
                   {"frame_rate_from", track.frame_rate_from},
                   {"gray_size", std::to_string(track.gray_size)},
                   {"num_frames", std::to_string(track.num_frames)},
                   {"backbone", track.backbone},
                   {"weights_hash", track.weights_hash},
                   {"weights_origin", track.weights_origin},
                   {"gray", "ITU-R 601 luma, Lanczos to S x S"}};
  WriteSafetensors(path, file);
}

}  // namespace circumplex
