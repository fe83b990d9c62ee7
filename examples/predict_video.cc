// SPDX-License-Identifier: Apache-2.0
// Valence and arousal of a video file, frame by frame:  predict_video MODEL VIDEO
#include <cstdio>
#include <exception>

#include "circumplex/predictor.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: predict_video MODEL VIDEO\n");
    return 2;
  }
  try {
    circumplex::Predictor predictor = circumplex::Predictor::Load(argv[1]);
    const circumplex::VaTrack track = predictor.PredictVideo(argv[2]);
    for (const circumplex::VaFrame& row : track.frames) {
      std::printf("%8.3f s  face %d  valence %+.3f  arousal %+.3f%s\n",
                  row.timestamp_s,
                  row.face_id,
                  row.valence,
                  row.arousal,
                  row.filled ? "  (no face here: filled)" : "");
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "predict_video: %s\n", error.what());
    return 1;
  }
  return 0;
}
