// SPDX-License-Identifier: Apache-2.0
#include "circumplex/error.h"
#include "circumplex/evaluation.h"

#include "commands.h"
#include "datasets/trained_on.h"
#include "predictions/submission.h"

namespace circumplex::app {

namespace {

struct Arguments {
  std::string predictions, annotations, out = "-";
  EvaluateOptions options;
  std::string folds, compare, train_annotations, submission, model;
  std::vector<std::string> crops;
  bool json = false, force = false;
};

int Run(const Arguments& arguments) {
  if (!arguments.submission.empty()) {
    const SubmissionReport report =
        CheckSubmission(arguments.submission, ExpectRows(arguments.annotations));
    WriteResult(arguments.out, FormatReport(report));
    return report.ok ? 0 : ExitCode(ErrorCode::kBadData);
  }
  if (arguments.predictions.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "evaluate: --predictions is required, or --check-submission\nSee: circumplex "
                "evaluate --help");
  }
  CheckPredictions(arguments.predictions, arguments.annotations, arguments.model, arguments.force);
  EvaluateOptions options = arguments.options;
  options.folds = arguments.folds;
  options.crops.assign(arguments.crops.begin(), arguments.crops.end());
  options.train_annotations = arguments.train_annotations;
  const auto write = [&](const auto& result) {
    WriteResult(arguments.out, arguments.json ? ToJson(result) : FormatTable(result));
  };
  if (arguments.compare.empty()) {
    write(Evaluate(arguments.predictions, arguments.annotations, options));
  } else {
    CheckPredictions(arguments.compare, arguments.annotations, "", arguments.force);
    write(CompareRuns(arguments.predictions, arguments.compare, arguments.annotations, options));
  }
  return 0;
}

}  // namespace

Command EvaluateCommand() {
  return {
      "evaluate",
      "circumplex evaluate --predictions runs/ours/out_of_fold --annotations annotations/VA_Set",
      [](CLI::App& cli) {
        auto arguments = std::make_shared<Arguments>();
        cli.add_option("--predictions",
                       arguments->predictions,
                       "Folder of <trial>.txt or track <trial>.csv, or one challenge file");
        cli.add_option("--annotations",
                       arguments->annotations,
                       "Folder of <trial>.txt, or of split folders of them")
            ->required();
        cli.add_option("--check-submission",
                       arguments->submission,
                       "Folder or file to upload: say what an organiser's program would trip over, "
                       "score nothing; --annotations is then the sample file, or annotations");
        cli.add_option("--model",
                       arguments->model,
                       "Model that made the predictions, if predict did not note it: trials it was "
                       "trained on are refused");
        cli.add_flag("--force", arguments->force, "Score trials that the model was trained on");
        cli.add_option("--compare",
                       arguments->compare,
                       "Other predictions: print the paired differences, other minus first");
        cli.add_option("--folds", arguments->folds, "folds.csv of a run, for scores per fold");
        cli.add_option(
            "--train-annotations",
            arguments->train_annotations,
            "Annotations of the training trials: labels are many, medium or few by their "
            "density, not by that of the scored ones");
        cli.add_option("--crops,--cropped-only",
                       arguments->crops,
                       "Folder of crops, repeatable: beside the score of all annotated frames "
                       "(with missing faces), that of the frames with a crop only, which many "
                       "teams report")
            ->allow_extra_args(false);
        cli.add_option("--bootstrap",
                       arguments->options.bootstrap.bootstrap,
                       "Resamples of whole videos; 0 = none")
            ->check(NumberFrom(0))
            ->capture_default_str();
        cli.add_option("--seed", arguments->options.bootstrap.seed, "Seed of the resampling")
            ->capture_default_str();
        cli.add_flag("--allow-missing",
                     arguments->options.allow_missing,
                     "Score the trials that have predictions");
        cli.add_flag(
            "--fit-rows",
            arguments->options.fit_rows,
            "Cut or repeat the last prediction where a file and the annotation differ in length");
        cli.add_flag("--json", arguments->json, "JSON instead of tables");
        cli.add_option("-o,--out", arguments->out, "File; - is stdout")->capture_default_str();
        return [arguments] { return Run(*arguments); };
      }};
}

}  // namespace circumplex::app
