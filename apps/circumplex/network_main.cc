// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

int main(int argc, char** argv) {
  using namespace circumplex::app;  // NOLINT: the program's own namespace
  return RunProgram(
      {TrainCommand(), PredictCommand(), ReproduceCommand(), NetworkDoctorCommand()}, argc, argv);
}
