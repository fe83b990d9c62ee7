// SPDX-License-Identifier: Apache-2.0
#include "circumplex/predictor.h"

int main(int argc, char** argv) {
  return argc > 2 ? static_cast<int>(
                        circumplex::Predictor::Load(argv[1]).PredictVideo(argv[2]).frames.size())
                  : 0;
}
