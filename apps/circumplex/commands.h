// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "program.h"

namespace circumplex::app {

/// The program that holds a command. LibTorch and OpenCV take a noticeable part of a second to
/// load, so the front has the commands that need neither, and starts the other two.
enum class Home { kFront, kVision, kNetwork };

struct CommandInfo {
  const char* name;
  const char* summary;  ///< One line for the list of commands and for --help.
  Home home;
};

/// Every command, in the order in which data flows. The list of `circumplex --help`, the --help of
/// each command and the choice of the program all come from this table.
inline constexpr CommandInfo kCommands[] = {
    {"synth",
     "Write the synthetic data set: drawn faces with known valence and arousal",
     Home::kVision},
    {"dataset",
     "Read a data set: what was found, used and dropped; manifest, folds, defects",
     Home::kFront},
    {"faces", "Videos to aligned face crops and a track CSV per video", Home::kVision},
    {"features", "Face crops to a feature store: gray images and ResNet-50 pool5", Home::kVision},
    {"lds",
     "Label density, smoothed density and loss weights per bin (paper Fig. 3)",
     Home::kFront},
    {"phase", "Phase-difference images of a crop folder", Home::kVision},
    {"train",
     "Cross-validated training of the two-stream network, or on photographs",
     Home::kNetwork},
    {"predict",
     "Videos, a camera, crops or features to valence and arousal per frame",
     Home::kNetwork},
    {"evaluate",
     "CCC of predictions against annotations: pooled, per video, per fold",
     Home::kFront},
    {"report", "One self-contained HTML page of a run folder", Home::kFront},
    {"reproduce",
     "The paper's tables, the ablation it lacks, and its claims put to the test",
     Home::kNetwork},
    {"import",
     "ResNet-50 weights of PyTorch or safetensors, without running what is in the file",
     Home::kFront},
    {"config", "Show the effective configuration, or the reference of all keys", Home::kFront},
    {"doctor", "Versions, devices, codecs and model files of this installation", Home::kFront},
};

/// The entry of a command; null for an unknown name.
const CommandInfo* FindCommand(const std::string& name);

/// File name of the program, and the build option without which it is not made (empty: always).
struct ProgramFile {
  const char* name;
  const char* option;
};
ProgramFile FileOf(Home home);
/// Where the program of `home` lies: beside the one that runs.
std::filesystem::path ProgramPath(Home home);

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
