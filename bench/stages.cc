// SPDX-License-Identifier: Apache-2.0 Frames per second of each stage from a video to valence and
// arousal, one after the other on the same frames.
//
//   bench_stages VIDEO MODEL [FRAMES [REPEATS]]
//
// Prints the median of the repeats and the range. Run it on a quiet machine: the load average
// is printed, too.
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "circumplex/error.h"

#include "faces/face_finder.h"
#include "features/feature_builder.h"
#include "inference/live_sequence.h"
#include "video/resize.h"
#include "video/video_reader.h"

namespace circumplex {
namespace {

void Measure(const char* stage,
             std::size_t frames,
             int repeats,
             const std::function<void()>& work) {
  std::vector<double> rates;
  for (int r = 0; r < repeats; ++r) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    rates.push_back(static_cast<double>(frames) / seconds.count());
  }
  std::sort(rates.begin(), rates.end());
  std::printf("%-34s %9.1f   (%.1f to %.1f)\n",
              stage,
              rates[rates.size() / 2],
              rates.front(),
              rates.back());
}

std::vector<Image> ReadFrames(const std::string& path, std::size_t limit) {
  VideoReader reader = VideoReader::Open(path);
  std::vector<Image> frames;
  while (frames.size() < limit) {
    auto frame = reader.Next();
    if (!frame) break;
    if (frame->decodable) frames.push_back(std::move(frame->image));
  }
  return frames;
}

int Main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: bench_stages VIDEO MODEL [FRAMES [REPEATS]]\n");
    return 2;
  }
  const std::string video = argv[1];
  const std::size_t limit = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 120;
  const int repeats = argc > 4 ? std::atoi(argv[4]) : 5;
  at::set_num_threads(static_cast<int>(std::thread::hardware_concurrency()));
  double load[1] = {0};
  ::getloadavg(load, 1);

  const Model model = Model::Load(argv[2]);
  const RunOptions& options = model.card().options;
  const std::vector<Image> frames = ReadFrames(video, limit);
  std::printf(
      "%s, %zu frames of %d x %d, %u cores, load %.2f\nframes per second: median of %d (range)\n",
      video.c_str(),
      frames.size(),
      frames.front().width,
      frames.front().height,
      std::thread::hardware_concurrency(),
      load[0],
      repeats);

  Measure("decode", frames.size(), repeats, [&] { ReadFrames(video, limit); });
  FaceFinder finder(FaceOptions{});
  std::vector<Image> crops;
  Measure("face detection and alignment", frames.size(), repeats, [&] {
    crops.clear();
    for (const Image& frame : frames) {
      const auto faces = finder.Find(frame);
      if (!faces.empty()) crops.push_back(CutCrop(frame, faces.front().frame_to_crop, 112));
    }
  });
  if (crops.empty()) {
    std::fprintf(stderr, "bench_stages: no face in these frames\n");
    return 3;
  }
  Measure("gray 48 px", crops.size(), repeats, [&] {
    for (const Image& crop : crops) Resize(ToGray(crop), 48, 48, ResizeFilter::kLanczos);
  });
  Pool5Extractor extractor(options.backbone);
  FeatureTrack features;
  Measure("ResNet-50 pool5 and gray", crops.size(), repeats, [&] {
    FeatureBuilder builder(&extractor, options.phase.size, "bench");
    for (std::size_t i = 0; i < crops.size(); ++i)
      builder.Add(static_cast<std::int64_t>(i), crops[i]);
    features = builder.Finish(30, static_cast<std::int64_t>(crops.size()));
  });
  Measure("phase differences", crops.size(), repeats, [&] {
    ClipTrack track(features, options.phase);
    std::vector<float> level1(options.phase.Channels() * options.phase.size * options.phase.size);
    std::vector<float> level2(level1.size() / 4);
    for (std::int64_t row = 0; row < track.size(); ++row)
      track.phase().Snippet(row, level1.data(), level2.data());
  });
  Measure(("phase and " + std::to_string(model.card().members.size()) + " networks").c_str(),
          crops.size(),
          repeats,
          [&] {
            ClipTrack track(features, options.phase, true);
            model.Predict(&track);
          });
  Measure("live: the same, frame by frame", crops.size(), repeats, [&] {
    LiveSequence live(&model);
    for (std::int64_t row = 0; row < features.size(); ++row) live.Push(features.Rows(row, 1));
  });
  return 0;
}

}  // namespace
}  // namespace circumplex

int main(int argc, char** argv) {
  try {
    return circumplex::Main(argc, argv);
  } catch (const circumplex::Error& error) {
    std::fprintf(stderr, "bench_stages: %s\n", error.what());
    return circumplex::ExitCode(error.code());
  }
}
