// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "circumplex/error.h"

#include "commands.h"
#include "config/toml.h"
#include "core/progress.h"
#include "core/safetensors.h"
#include "faces/crop_folder_source.h"
#include "phase/phase_track.h"
#include "video/image_io.h"
#include "video/resize.h"

namespace circumplex::app {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::string crops, out, config;
  std::vector<std::string> set;
  std::int64_t frame = 0;
};

// Phase images of one snippet as a sheet: a row per level and orientation, a column per difference;
// blue for negative, red for positive, white for 0, full colour at the sheet's largest magnitude.
Image Sheet(const std::vector<float>& level1,
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

int Run(const Arguments& arguments) {
  const PhaseOptions options = ReadRunOptions(arguments.config, arguments.set).phase;
  CropFolderSource source(arguments.crops);
  std::vector<std::uint8_t> gray;
  std::vector<std::int64_t> frames;
  while (const auto frame = source.Next()) {
    if (frame->faces.empty()) continue;
    const Image small = Resize(
        ToGray(frame->faces.front().crop), options.size, options.size, ResizeFilter::kLanczos);
    gray.insert(gray.end(), small.pixels.begin(), small.pixels.end());
    frames.push_back(frame->frame);
  }
  const auto rows = static_cast<std::int64_t>(frames.size());
  PhaseTrack track(options, gray.data(), frames);
  const std::int64_t channels = options.Channels(), side = options.size, half = side / 2;
  std::vector<float> level1(channels * side * side),
      level2(options.levels == 2 ? channels * half * half : 0);
  const fs::path out = arguments.out;
  if (out.extension() == ".png") {
    const auto at = std::find(frames.begin(), frames.end(), arguments.frame - 1);
    if (arguments.frame != 0 && at == frames.end()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "--frame " + std::to_string(arguments.frame) + ": no crop of that frame in '" +
                      arguments.crops + "'");
    }
    track.Snippet(
        arguments.frame == 0 ? rows / 2 : at - frames.begin(), level1.data(), level2.data());
    WriteImage(out, Sheet(level1, level2, options));
  } else {
    std::vector<float> all1, all2;
    Progress progress("phase", rows);
    for (std::int64_t row = 0; row < rows; ++row) {
      track.Snippet(row, level1.data(), level2.data());
      all1.insert(all1.end(), level1.begin(), level1.end());
      all2.insert(all2.end(), level2.begin(), level2.end());
      progress.Advance();
    }
    TensorFile file;
    file.tensors["frame"] = Tensor::From(DType::kI64, {rows}, frames.data());
    file.tensors["phase1"] = Tensor::From(DType::kF32, {rows, channels, side, side}, all1.data());
    if (options.levels == 2)
      file.tensors["phase2"] = Tensor::From(DType::kF32, {rows, channels, half, half}, all2.data());
    WriteSafetensors(out, file);
  }
  std::cout << rows << " frames: " << out.string() << "\n";
  return 0;
}

}  // namespace

Command PhaseCommand() {
  return {"phase",
          "circumplex phase cropped_aligned/1-30-1280x720 -o phase.png --frame 100",
          [](CLI::App& cli) {
            auto arguments = std::make_shared<Arguments>();
            cli.add_option("crops", arguments->crops, "Folder of 00001.jpg ...")->required();
            cli.add_option(
                   "-o,--out", arguments->out, "x.safetensors (all frames) or x.png (one snippet)")
                ->required();
            cli.add_option("--frame",
                           arguments->frame,
                           "Frame of the picture, from 1; default the middle one");
            cli.add_option("--config", arguments->config, "TOML file with [phase]");
            cli.add_option("--set", arguments->set, "e.g. phase.mode=shipped, repeatable")
                ->allow_extra_args(false);
            return [arguments] { return Run(*arguments); };
          }};
}

}  // namespace circumplex::app
