// SPDX-License-Identifier: Apache-2.0
// Frame by frame as they come, without looking ahead: raw RGB frames on standard input.
//   ffmpeg -i talk.mp4 -f rawvideo -pix_fmt rgb24 -s 320x240 - | live_frames MODEL 320 240 30
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include "circumplex/predictor.h"

int main(int argc, char** argv) {
  if (argc != 5 || std::atoi(argv[2]) < 1 || std::atoi(argv[3]) < 1 || std::atof(argv[4]) <= 0) {
    std::fprintf(stderr, "usage: live_frames MODEL WIDTH HEIGHT FRAMES_PER_SECOND < frames.rgb\n");
    return 2;
  }
  const int width = std::atoi(argv[2]), height = std::atoi(argv[3]);
  const double rate = std::atof(argv[4]);
  try {
    circumplex::Predictor predictor = circumplex::Predictor::Load(argv[1]);
    std::vector<unsigned char> rgb(static_cast<std::size_t>(width) * height * 3);
    for (int frame = 0; std::fread(rgb.data(), 1, rgb.size(), stdin) == rgb.size(); ++frame) {
      const auto faces = predictor.PushFrame(rgb.data(), height, width, frame / rate);
      if (faces.empty()) std::printf("%6d  no face\n", frame);
      for (const circumplex::VaFrame& face : faces) {
        std::printf("%6d  face %d  valence %+.3f  arousal %+.3f\n",
                    frame,
                    face.face_id,
                    face.valence,
                    face.arousal);
      }
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "live_frames: %s\n", error.what());
    return 1;
  }
  return 0;
}
