// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include "circumplex/error.h"
#include "circumplex/predictor.h"

#include "batch.h"
#include "commands.h"
#include "core/files.h"
#include "core/progress.h"
#include "features/feature_store.h"
#include "labels/prediction_io.h"
#include "labels/submission.h"
#include "options/enum_names.h"
#include "predict_inputs.h"
#include "threads.h"
#include "trained_on.h"

namespace circumplex::app {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::string model, out, format = "track", trials, gap_fill, rows;
  std::vector<std::string> inputs;
  PredictorOptions options;
  bool allow_missing = false, force = false;
};

bool IsSubmission(const Arguments& arguments) { return arguments.format != "track"; }

void WriteTrack(const VaTrack& track, const fs::path& path) {
  if (path == "-") {
    WriteResult("-", FormatTrackCsv(track));
    return;
  }
  WriteTrackCsv(path, track);
  std::cout << path.string() << "\n";
}

/// Keeps the inputs that the submission asks for.
/// @throws Error kNotFound naming expected trials without any input, unless they are allowed.
void KeepExpected(const ExpectedSubmission& expected,
                  const Arguments& arguments,
                  std::vector<PredictInput>* inputs) {
  std::set<std::string> wanted;
  for (const ExpectedTrial& trial : expected.trials) wanted.insert(trial.name);
  const std::size_t before = inputs->size();
  inputs->erase(
      std::remove_if(inputs->begin(),
                     inputs->end(),
                     [&](const PredictInput& input) { return !wanted.count(input.trial); }),
      inputs->end());
  if (inputs->size() < before) {
    Log(LogLevel::kInfo,
        "predict",
        std::to_string(before - inputs->size()) + " inputs are not in '" + arguments.rows +
            "' and are left out");
  }
  for (const PredictInput& input : *inputs) wanted.erase(input.trial);
  if (wanted.empty()) return;
  const std::string message = std::to_string(wanted.size()) + " trials of '" + arguments.rows +
                              "' have no input, the first is '" + *wanted.begin() + "'";
  if (!arguments.allow_missing) {
    throw Error(ErrorCode::kNotFound,
                message +
                    "; name their crops, features or videos, or give them the value of a video "
                    "without a face with --allow-missing");
  }
  Log(LogLevel::kWarning, "predict", message + "; they get the value of a video without a face");
}

int Run(const Arguments& arguments) {
  UseAllCores();
  PredictorOptions options = arguments.options;
  for (const auto& [value, name] : EnumNames<GapFill>()) {
    if (name == arguments.gap_fill) options.gap_fill = value;
  }
  const bool submission = IsSubmission(arguments);
  if (arguments.out == "-" && submission)
    throw Error(ErrorCode::kInvalidArgument, "--out -: a submission needs a file or a folder");
  if (!arguments.rows.empty() && !submission) {
    throw Error(ErrorCode::kInvalidArgument,
                "--rows is for --format challenge and submission; a track has the decoded frames");
  }
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
  const GapFill rule = options.gap_fill.value_or(predictor.model_options().inference.gap_fill);
  std::vector<PredictInput> inputs = FindInputs(arguments.inputs, arguments.trials);
  ExpectedSubmission expected;
  if (!arguments.rows.empty()) {
    expected = ExpectRows(arguments.rows);
    KeepExpected(expected, arguments, &inputs);
  }
  std::map<std::string, std::int64_t> rows;
  for (const ExpectedTrial& trial : expected.trials) rows[trial.name] = trial.rows;

  const Provenance provenance = ProvenanceOf(arguments.model, EnumName(rule));
  std::vector<std::string> trials;
  std::vector<fs::path> names;
  for (const PredictInput& input : inputs) {
    trials.push_back(input.trial);
    names.push_back(input.path);
  }
  CheckTrainedOn(provenance, trials, submission ? Seen::kRefuse : Seen::kWarn, arguments.force);

  const bool one_file = inputs.size() == 1 && !fs::is_directory(arguments.out) &&
                        !fs::path(arguments.out).extension().empty();
  bool any_written = false;
  std::vector<TrialPrediction> predictions;
  std::size_t next = 0;
  const int code = ForEachInput(names, [&](const fs::path&) {
    const PredictInput& input = inputs[next++];
    const VaTrack track = input.kind == InputKind::kStore
                              ? predictor.PredictFeatures(input.path.parent_path(), input.trial)
                          : input.kind == InputKind::kCrops ? predictor.PredictCrops(input.path)
                                                            : predictor.PredictVideo(input.path);
    if (!submission) {
      WriteTrack(track,
                 one_file || arguments.out == "-"
                     ? fs::path(arguments.out)
                     : fs::path(arguments.out) / (track.name + ".csv"));
      any_written = arguments.out != "-";
      return;
    }
    const auto found = rows.find(input.trial);
    predictions.push_back(
        SubmissionTrial(track, input.trial, found == rows.end() ? -1 : found->second, rule));
  });
  if (submission) {
    // A submission without some of its trials is no submission.
    if (code != 0) return code;
    std::set<std::string> predicted(trials.begin(), trials.end());
    for (const ExpectedTrial& trial : expected.trials) {
      if (predicted.count(trial.name) == 0)
        predictions.push_back(SubmissionTrial(VaTrack(), trial.name, trial.rows, rule));
    }
    if (arguments.format == "challenge" && one_file && predictions.size() == 1) {
      WriteTrialPrediction(arguments.out, predictions[0]);
    } else {
      WriteSubmission(
          arguments.out,
          arguments.format == "challenge" ? SubmissionForm::kPerTrial : SubmissionForm::kSingleFile,
          expected,
          predictions);
    }
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
      "Videos, crop folders or a feature store to valence and arousal per frame",
      "circumplex predict --model runs/ours/model talk.mp4 -o track.csv\n"
      "  circumplex predict --model runs/ours/model features --format submission --rows "
      "CVPR_6th_ABAW_VA_test_set_example.txt -o upload.txt",
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
        cli.add_option("--format",
                       arguments->format,
                       "track (CSV), challenge (folder of <trial>.txt, ABAW1 to 3) or submission "
                       "(one file image_location,valence,arousal, ABAW5 and later)")
            ->check(CLI::IsMember({"track", "challenge", "submission"}))
            ->capture_default_str();
        cli.add_option("--rows",
                       arguments->rows,
                       "What says how many rows a trial has, and which trials in which order: the "
                       "challenge's sample file or a folder of annotations; without it the decoded "
                       "frames, never what the container claims");
        cli.add_flag("--allow-missing",
                     arguments->allow_missing,
                     "Trials of --rows without any input get the value of a video without a face");
        cli.add_option(
            "--trials", arguments->trials, "Only the trials that this file lists, one per line");
        cli.add_option("--gap-fill",
                       arguments->gap_fill,
                       "Frames without a face, instead of the model's rule")
            ->check(CLI::IsMember({"paper", "hold", "nearest", "linear"}));
        cli.add_flag("--force",
                     arguments->force,
                     "Write a submission of trials that the model was trained on");
        cli.add_option("--device", arguments->options.device, "cpu or cuda")->capture_default_str();
        DeclareFaces(cli, &arguments->options.faces);
        return [arguments] { return Run(*arguments); };
      }};
}

}  // namespace circumplex::app
