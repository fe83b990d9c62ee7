// SPDX-License-Identifier: Apache-2.0
#include "features/phase_sheet.h"

#include <algorithm>
#include <cmath>

#include "circumplex/error.h"

#include "core/progress.h"
#include "core/safetensors.h"
#include "faces/crop_folder_source.h"
#include "features/feature_builder.h"
#include "phase/phase_track.h"
#include "video/image_io.h"

namespace circumplex {
namespace {

// Values of the maps of one level and snippet.
std::int64_t MapSize(const PhaseOptions& options, int level) {
  const std::int64_t side = options.size >> level;
  return level < options.levels ? options.Channels() * side * side : 0;
}

FeatureTrack GrayImages(const std::filesystem::path& crops, const PhaseOptions& options) {
  CropFolderSource source(crops);
  FeatureBuilder builder(nullptr, options.size, source.name());
  std::int64_t frames = 0;
  while (const auto frame = source.Next()) {
    if (!frame->faces.empty()) builder.Add(frame->frame, frame->faces.front().crop);
    ++frames;
  }
  return builder.Finish(0, frames);
}

void WriteAll(const FeatureTrack& features,
              const PhaseOptions& options,
              PhaseTrack* track,
              const std::filesystem::path& out) {
  const std::int64_t rows = features.size(), channels = options.Channels(), side = options.size;
  std::map<std::string, TensorShape> shapes = {
      {"frame", {DType::kI64, {rows}}}, {"phase1", {DType::kF32, {rows, channels, side, side}}}};
  if (options.levels == 2) shapes["phase2"] = {DType::kF32, {rows, channels, side / 2, side / 2}};
  SafetensorsStream file(out, shapes);
  file.Put("frame", 0, features.frame.data(), rows);
  std::vector<float> level1(MapSize(options, 0)), level2(MapSize(options, 1));
  const auto size1 = static_cast<std::int64_t>(level1.size()),
             size2 = static_cast<std::int64_t>(level2.size());
  Progress progress("phase", rows);
  for (std::int64_t row = 0; row < rows; ++row) {
    track->Snippet(row, level1.data(), level2.data());
    file.Put("phase1", row * size1, level1.data(), size1);
    if (size2 > 0) file.Put("phase2", row * size2, level2.data(), size2);
    progress.Advance();
  }
  file.Commit();
}

}  // namespace

Image PhaseSheet(const std::vector<float>& level1,
                 const std::vector<float>& level2,
                 const PhaseOptions& options) {
  const int side = options.size, columns = options.snippet_frames - 1,
            rows = options.orientations * options.levels;
  float largest = 1e-6f;
  for (const float value : level1) largest = std::max(largest, std::abs(value));
  Image sheet(rows * (side + 2), columns * (side + 2), 3);
  std::fill(sheet.pixels.begin(), sheet.pixels.end(), std::uint8_t{60});
  for (int row = 0; row < rows; ++row) {
    const int level = row / options.orientations, orientation = row % options.orientations;
    const int extent = level == 0 ? side : side / 2;
    const std::vector<float>& values = level == 0 ? level1 : level2;
    for (int column = 0; column < columns; ++column) {
      const float* map = values.data() +
                         static_cast<std::size_t>(orientation * columns + column) * extent * extent;
      for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
          const float value = std::clamp(
              map[(y * extent / side) * extent + x * extent / side] / largest, -1.f, 1.f);
          const auto fade = static_cast<std::uint8_t>(255 * (1 - std::abs(value)));
          std::uint8_t* pixel = sheet.Row(row * (side + 2) + y) + 3 * (column * (side + 2) + x);
          pixel[0] = value < 0 ? fade : 255;
          pixel[1] = fade;
          pixel[2] = value < 0 ? 255 : fade;
        }
      }
    }
  }
  return sheet;
}

std::int64_t WritePhaseImages(const std::filesystem::path& crops,
                              const PhaseOptions& options,
                              std::int64_t frame,
                              const std::filesystem::path& out) {
  const FeatureTrack features = GrayImages(crops, options);
  const std::int64_t rows = features.size();
  PhaseTrack track(options, features.gray.data(), features.frame);
  if (out.extension() != ".png") {
    WriteAll(features, options, &track, out);
    return rows;
  }
  const auto at = std::find(features.frame.begin(), features.frame.end(), frame - 1);
  if (rows == 0 || (frame != 0 && at == features.frame.end())) {
    throw Error(
        ErrorCode::kInvalidArgument,
        "--frame " + std::to_string(frame) + ": no crop of that frame in '" + crops.string() + "'");
  }
  std::vector<float> level1(MapSize(options, 0)), level2(MapSize(options, 1));
  track.Snippet(frame == 0 ? rows / 2 : at - features.frame.begin(), level1.data(), level2.data());
  WriteImage(out, PhaseSheet(level1, level2, options));
  return rows;
}

}  // namespace circumplex
