// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <map>

#include "batch.h"
#include "commands.h"
#include "inference/prediction_job.h"
#include "options/enum_names.h"
#include "threads.h"

namespace circumplex::app {
namespace {

struct Arguments {
  PredictionRequest request;
  std::string format = "track", gap_fill;
};

const std::map<std::string, PredictionFormat>& Formats() {
  static const std::map<std::string, PredictionFormat> formats = {
      {"track", PredictionFormat::kTrack},
      {"jsonl", PredictionFormat::kJsonLines},
      {"challenge", PredictionFormat::kChallenge},
      {"submission", PredictionFormat::kSubmission}};
  return formats;
}

int Run(const Arguments& arguments) {
  UseAllCores();
  PredictionRequest request = arguments.request;
  request.format = Formats().at(arguments.format);
  if (!arguments.gap_fill.empty())
    request.options.gap_fill = ParseEnum<GapFill>(arguments.gap_fill).value();
  request.text = [](const std::string& text) { WriteResult("-", text); };
  request.written = [](const std::filesystem::path& path) { std::cout << path.string() << "\n"; };
  PredictionJob job(request);
  if (job.camera()) {
    job.RunCamera(InterruptCheck());
    return 0;
  }
  std::vector<std::filesystem::path> names;
  for (const PredictionInput& input : job.inputs()) names.push_back(input.path);
  std::size_t next = 0;
  const int code =
      ForEachInput(names, [&](const std::filesystem::path&) { job.Run(job.inputs()[next++]); });
  job.Finish(code == 0);
  return code;
}

}  // namespace

Command PredictCommand() {
  return {
      "predict",
      "circumplex predict --model runs/ours/model talk.mp4 -o track.csv --overlay drawn\n"
      "  circumplex predict --model runs/ours/model camera:0 -o - --format jsonl\n"
      "  circumplex predict --model runs/ours/model features --format submission --rows "
      "CVPR_6th_ABAW_VA_test_set_example.txt -o upload.txt",
      [](CLI::App& cli) {
        auto arguments = std::make_shared<Arguments>();
        cli.add_option("inputs",
                       arguments->request.inputs,
                       "Videos, folders of videos, folders of crops, feature stores, or camera:N")
            ->required();
        cli.add_option("-m,--model", arguments->request.model, "Model folder, or a run folder")
            ->required();
        cli.add_option("-o,--out",
                       arguments->request.out,
                       "File of one input, folder for several, - for stdout")
            ->required();
        cli.add_option("--format",
                       arguments->format,
                       "track (CSV), jsonl (an object per line), challenge (folder of <trial>.txt, "
                       "ABAW1 to 3) or submission (one file image_location,valence,arousal, ABAW5 "
                       "and later)")
            ->check(CLI::IsMember({"track", "jsonl", "challenge", "submission"}))
            ->capture_default_str();
        cli.add_option("--overlay",
                       arguments->request.overlay,
                       "Folder: also write each video with box, values and the valence-arousal "
                       "plane drawn in, <name>.mp4");
        cli.add_option(
               "--frames", arguments->request.frames, "Frames of a camera; 0 = until Ctrl-C")
            ->check(NumberFrom(0))
            ->capture_default_str();
        cli.add_option("--rows",
                       arguments->request.rows,
                       "Sample file or annotations that say which trials with how many rows; "
                       "without it the decoded frames")
            ->group("Submissions");
        cli.add_flag("--allow-missing",
                     arguments->request.allow_missing,
                     "Trials of --rows without any input get the value of a video without a face")
            ->group("Submissions");
        cli.add_option("--trials",
                       arguments->request.trials,
                       "Only the trials that this file lists, one per line");
        cli.add_option("--gap-fill",
                       arguments->gap_fill,
                       "Frames without a face, instead of the model's rule")
            ->check(CLI::IsMember(EnumWords<GapFill>()));
        cli.add_flag("--force",
                     arguments->request.force,
                     "Write a submission of trials that the model was trained on")
            ->group("Submissions");
        cli.add_option(
               "--rate",
               arguments->request.options.frame_rate,
               "Frames per second of crops and features, where manifest, tracks/ beside the "
               "crops and trial names do not say or are wrong")
            ->check(CLI::Range(0.001, 1000.0));
        cli.add_option("--device", arguments->request.options.device, "cpu or cuda")
            ->capture_default_str();
        DeclareFaces(cli, &arguments->request.options.faces);
        return [arguments] { return Run(*arguments); };
      }};
}

}  // namespace circumplex::app
