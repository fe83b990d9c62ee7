// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <iostream>
#include <optional>

#include "circumplex/error.h"
#include "circumplex/predictor.h"

#include "batch.h"
#include "commands.h"
#include "core/files.h"
#include "core/progress.h"
#include "datasets/trained_on.h"
#include "options/enum_names.h"
#include "predict_camera.h"
#include "predict_inputs.h"
#include "predict_submission.h"
#include "predictions/track_json.h"
#include "threads.h"
#ifdef CIRCUMPLEX_WITH_VIDEO
#include "video/overlay.h"
#endif

namespace circumplex::app {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::string model, out, overlay, format = "track", trials, gap_fill, rows;
  std::vector<std::string> inputs;
  PredictorOptions options;
  std::int64_t frames = 0;
  bool allow_missing = false, force = false;
};

bool IsSubmission(const Arguments& arguments) {
  return arguments.format == "challenge" || arguments.format == "submission";
}

std::string FormatTrack(const VaTrack& track, const std::string& format) {
  if (format == "track") return FormatTrackCsv(track);
  std::string lines;
  for (const VaFrame& frame : track.frames) lines += FormatTrackJsonLine(frame);
  return lines;
}

void WriteOverlay(const PredictInput& input, const VaTrack& track, const fs::path& folder) {
#ifdef CIRCUMPLEX_WITH_VIDEO
  const fs::path path = folder / (track.name + ".mp4");
  WriteOverlayVideo(input.path, track, path);
  std::cout << path.string() << "\n";
#else
  static_cast<void>(input), static_cast<void>(track), static_cast<void>(folder);
  throw Error(ErrorCode::kUnsupported, "--overlay: this build has no video stack");
#endif
}

void RequireConsistent(const Arguments& arguments, const std::vector<PredictInput>& inputs) {
  const auto refuse = [](const std::string& message) {
    throw Error(ErrorCode::kInvalidArgument, message);
  };
  if (arguments.out == "-" && IsSubmission(arguments))
    refuse("--out -: a submission needs a file or a folder");
  if (!arguments.rows.empty() && !IsSubmission(arguments)) {
    refuse("--rows is for --format challenge and submission; a track has the decoded frames");
  }
  for (const PredictInput& input : inputs) {
    if (!arguments.overlay.empty() && input.kind != InputKind::kVideo)
      refuse("--overlay draws on videos; '" + input.path.string() + "' is none");
  }
}

int RunCamera(int index, const Arguments& arguments, Predictor* predictor) {
  if (arguments.out != "-" || IsSubmission(arguments) || !arguments.overlay.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "camera:" + std::to_string(index) +
                    ": live estimates go to standard output, -o - with --format track or jsonl");
  }
  const bool csv = arguments.format == "track";
  if (csv) WriteResult("-", TrackCsvHeader());
  PredictCamera(
      index,
      arguments.frames,
      InterruptCheck(),
      [csv](const VaFrame& row) {
        WriteResult("-", csv ? FormatTrackRow(row) : FormatTrackJsonLine(row));
      },
      predictor);
  return 0;
}

int Run(const Arguments& arguments) {
  UseAllCores();
  PredictorOptions options = arguments.options;
  if (!arguments.gap_fill.empty())
    options.gap_fill = ParseEnum<GapFill>(arguments.gap_fill).value();
  Predictor predictor = Predictor::Load(arguments.model, options);
  if (predictor.model_options().appearance.enabled) {
    const std::string origin = predictor.backbone_origin();
    const bool untrained = origin.rfind("untrained", 0) == 0;
    Log(untrained ? LogLevel::kWarning : LogLevel::kInfo,
        "predict",
        "appearance network: ResNet-50 " +
            (origin.empty() ? "with weights that do not say how they were trained" : origin) +
            (untrained ? "; its values show the method, not affect" : ""));
  }
  if (arguments.inputs.size() == 1) {
    if (const auto camera = CameraIndex(arguments.inputs[0]))
      return RunCamera(*camera, arguments, &predictor);
  }
  const GapFill rule = options.gap_fill.value_or(predictor.model_options().inference.gap_fill);
  std::vector<PredictInput> inputs = FindInputs(arguments.inputs, arguments.trials);
  RequireConsistent(arguments, inputs);
  std::optional<SubmissionBuilder> submission;
  if (IsSubmission(arguments)) {
    submission.emplace(
        arguments.format == "challenge" ? SubmissionForm::kPerTrial : SubmissionForm::kSingleFile,
        arguments.rows,
        rule);
    submission->KeepExpected(arguments.allow_missing, &inputs);
  }

  const Provenance provenance = ProvenanceOf(arguments.model, EnumName(rule));
  std::vector<std::string> trials;
  std::vector<fs::path> names;
  for (const PredictInput& input : inputs) {
    trials.push_back(input.trial);
    names.push_back(input.path);
  }
  CheckTrainedOn(provenance, trials, submission ? Seen::kRefuse : Seen::kWarn, arguments.force);

  const bool one_file = inputs.size() == 1 && !IsFolder(arguments.out, ErrorCode::kIo) &&
                        !fs::path(arguments.out).extension().empty();
  bool any_written = false;
  std::size_t next = 0;
  const int code = ForEachInput(names, [&](const fs::path&) {
    const PredictInput& input = inputs[next++];
    const VaTrack track = input.kind == InputKind::kStore
                              ? predictor.PredictFeatures(input.path.parent_path(), input.trial)
                          : input.kind == InputKind::kCrops ? predictor.PredictCrops(input.path)
                                                            : predictor.PredictVideo(input.path);
    if (submission) {
      submission->Add(track, input);
      return;
    }
    const std::string text = FormatTrack(track, arguments.format);
    if (arguments.out == "-") {
      WriteResult("-", text);
    } else {
      const char* extension = arguments.format == "track" ? ".csv" : ".jsonl";
      const fs::path path =
          one_file ? fs::path(arguments.out) : fs::path(arguments.out) / (track.name + extension);
      WriteFileAtomically(path, text);
      std::cout << path.string() << "\n";
      any_written = true;
    }
    if (!arguments.overlay.empty()) WriteOverlay(input, track, arguments.overlay);
  });
  // A submission without some of its trials is no submission.
  if (submission && code != 0) return code;
  if (submission) {
    submission->Write(arguments.out, one_file);
    std::cout << arguments.out << "\n";
    any_written = true;
  }
  if (any_written) WriteProvenance(arguments.out, provenance);
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
                       arguments->inputs,
                       "Videos, folders of videos, folders of crops, feature stores, or camera:N")
            ->required();
        cli.add_option("-m,--model", arguments->model, "Model folder, or a run folder")->required();
        cli.add_option(
               "-o,--out", arguments->out, "File of one input, folder for several, - for stdout")
            ->required();
        cli.add_option("--format",
                       arguments->format,
                       "track (CSV), jsonl (an object per line), challenge (folder of <trial>.txt, "
                       "ABAW1 to 3) or submission (one file image_location,valence,arousal, ABAW5 "
                       "and later)")
            ->check(CLI::IsMember({"track", "jsonl", "challenge", "submission"}))
            ->capture_default_str();
        cli.add_option("--overlay",
                       arguments->overlay,
                       "Folder: also write each video with box, values and the valence-arousal "
                       "plane drawn in, <name>.mp4");
        cli.add_option("--frames", arguments->frames, "Frames of a camera; 0 = until Ctrl-C")
            ->check(NumberFrom(0))
            ->capture_default_str();
        cli.add_option("--rows",
                       arguments->rows,
                       "Sample file or annotations that say which trials with how many rows; "
                       "without it the decoded frames")
            ->group("Submissions");
        cli.add_flag("--allow-missing",
                     arguments->allow_missing,
                     "Trials of --rows without any input get the value of a video without a face")
            ->group("Submissions");
        cli.add_option(
            "--trials", arguments->trials, "Only the trials that this file lists, one per line");
        cli.add_option("--gap-fill",
                       arguments->gap_fill,
                       "Frames without a face, instead of the model's rule")
            ->check(CLI::IsMember(EnumWords<GapFill>()));
        cli.add_flag("--force",
                     arguments->force,
                     "Write a submission of trials that the model was trained on")
            ->group("Submissions");
        cli.add_option(
               "--rate",
               arguments->options.frame_rate,
               "Frames per second of crops and features, where manifest, tracks/ beside the "
               "crops and trial names do not say or are wrong")
            ->check(CLI::Range(0.001, 1000.0));
        cli.add_option("--device", arguments->options.device, "cpu or cuda")->capture_default_str();
        DeclareFaces(cli, &arguments->options.faces);
        return [arguments] { return Run(*arguments); };
      }};
}

}  // namespace circumplex::app
