// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <iostream>

#include "circumplex/error.h"
#include "circumplex/predictor.h"

#include "batch.h"
#include "commands.h"
#include "core/files.h"
#include "core/progress.h"
#include "features/feature_store.h"
#include "labels/prediction_io.h"
#include "options/enum_names.h"
#include "predict_inputs.h"
#include "threads.h"

namespace circumplex::app {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::string model, out, format = "track", trials, gap_fill;
  std::vector<std::string> inputs;
  PredictorOptions options;
};

void WriteTrack(const VaTrack& track, const Arguments& arguments, bool single) {
  const bool challenge = arguments.format == "challenge";
  fs::path path = arguments.out;
  if (!single || fs::is_directory(path) || path.extension().empty())
    path /= track.name + (challenge ? ".txt" : ".csv");
  if (arguments.out == "-") {
    WriteResult("-", FormatTrackCsv(track));
    return;
  }
  if (challenge) {
    TrialPrediction prediction;
    prediction.trial = track.name;
    for (const PredictedFrame& frame : MainFace(track)) {
      prediction.valence.push_back(frame.present ? frame.valence : 0);
      prediction.arousal.push_back(frame.present ? frame.arousal : 0);
    }
    WriteTrialPrediction(path, prediction);
  } else {
    WriteTrackCsv(path, track);
  }
  std::cout << path.string() << "\n";
}

int Run(const Arguments& arguments) {
  UseAllCores();
  PredictorOptions options = arguments.options;
  for (const auto& [value, name] : EnumNames<GapFill>()) {
    if (name == arguments.gap_fill) options.gap_fill = value;
  }
  Predictor predictor = Predictor::Load(arguments.model, options);
  if (predictor.model_options().appearance.enabled &&
      predictor.model_options().backbone.weights.empty()) {
    Log(LogLevel::kWarning,
        "predict",
        "the model's appearance network is untrained; its values show the method, not affect");
  }
  std::vector<PredictInput> inputs = FindInputs(arguments.inputs, arguments.trials);
  std::vector<fs::path> names;
  for (const PredictInput& input : inputs) names.push_back(input.path);
  std::size_t next = 0;
  return ForEachInput(names, [&](const fs::path&) {
    const PredictInput& input = inputs[next++];
    const VaTrack track = input.kind == InputKind::kStore
                              ? predictor.PredictFeatures(input.path.parent_path(), input.trial)
                          : input.kind == InputKind::kCrops ? predictor.PredictCrops(input.path)
                                                            : predictor.PredictVideo(input.path);
    WriteTrack(track, arguments, inputs.size() == 1);
  });
}

}  // namespace

Command PredictCommand() {
  return {
      "predict",
      "Videos, crop folders or a feature store to valence and arousal per frame",
      "circumplex predict --model runs/ours/model talk.mp4 -o track.csv",
      [](CLI::App& cli) {
        auto arguments = std::make_shared<Arguments>();
        cli.add_option("inputs",
                       arguments->inputs,
                       "Videos, folders of videos, folders of crops, or feature stores")
            ->required();
        cli.add_option("-m,--model", arguments->model, "Model folder, or a run folder")->required();
        cli.add_option("-o,--out",
                       arguments->out,
                       "CSV file of one input, folder for several, - for stdout")
            ->required();
        cli.add_option(
               "--format", arguments->format, "track (CSV) or challenge (valence,arousal per line)")
            ->check(CLI::IsMember({"track", "challenge"}))
            ->capture_default_str();
        cli.add_option(
            "--trials", arguments->trials, "Only the trials that this file lists, one per line");
        cli.add_option("--gap-fill",
                       arguments->gap_fill,
                       "Frames without a face, instead of the model's rule")
            ->check(CLI::IsMember({"paper", "hold", "nearest", "linear"}));
        cli.add_option("--device", arguments->options.device, "cpu or cuda")->capture_default_str();
        DeclareFaces(cli, &arguments->options.faces);
        return [arguments] { return Run(*arguments); };
      }};
}

}  // namespace circumplex::app
