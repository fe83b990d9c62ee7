// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "program.h"

namespace circumplex::app {

// Program circumplex.
Command ConfigCommand();
Command DatasetCommand();
Command DoctorCommand();
Command EvaluateCommand();
Command ImportCommand();
Command LdsCommand();
Command ReportCommand();

// Program circumplex-vision (OpenCV, dlib, oneDNN).
Command FacesCommand();
Command FeaturesCommand();
Command PhaseCommand();
Command SynthCommand();
Command VisionDoctorCommand();

// Program circumplex-network (LibTorch).
Command NetworkDoctorCommand();
Command PredictCommand();
Command ReproduceCommand();
Command TrainCommand();

}  // namespace circumplex::app
