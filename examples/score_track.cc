// SPDX-License-Identifier: Apache-2.0
// CCC of predictions against annotations, with 95 % intervals; needs neither LibTorch nor OpenCV:
//   score_track PREDICTIONS ANNOTATIONS
#include <cstdio>
#include <exception>

#include "circumplex/evaluation.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: score_track PREDICTIONS ANNOTATIONS\n");
    return 2;
  }
  try {
    const circumplex::EvaluationResult result = circumplex::Evaluate(argv[1], argv[2]);
    for (const auto& [name, score] : {std::make_pair("valence", result.ccc_valence),
                                      std::make_pair("arousal", result.ccc_arousal)}) {
      if (!score.value) {
        std::printf("%s  undefined\n", name);
      } else if (!score.low) {
        std::printf("%s  %.3f\n", name, *score.value);
      } else {
        std::printf("%s  %.3f [%.3f, %.3f]\n", name, *score.value, *score.low, *score.high);
      }
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "score_track: %s\n", error.what());
    return 1;
  }
  return 0;
}
