// SPDX-License-Identifier: Apache-2.0
#include "stills/still_trainer.h"

#include <ATen/Parallel.h>
#include <torch/version.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/progress.h"
#include "datasets/layout.h"
#include "network/device.h"
#include "run/run_folder.h"
#include "stills/still_task.h"
#include "training/training_loop.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

StillSet ReadStills(const StillRequest& request) {
  if (!HasAffectNet(request.data)) {
    // Says what it looked for if it is nothing at all.
    const Layout layout = DetectLayout(request.data);
    throw Error(ErrorCode::kBadData,
                "'" + request.data.string() + "' is " + LayoutName(layout) +
                    ", a set of videos; --stills takes photographs in AffectNet's layout "
                    "(training.csv and validation.csv, or train_set and val_set). Leave --stills "
                    "out to train on videos");
  }
  AffectNetOptions options;
  options.images = request.images;
  options.landmarks = request.options.stills.crop == StillCrop::kAuto;
  return ReadAffectNet(request.data, options);
}

void RequireImages(const StillCounts& counts, const char* list, std::int64_t needed) {
  if (counts.used >= needed) return;
  throw Error(ErrorCode::kBadData,
              std::string("the ") + list + " list gives " + std::to_string(counts.used) +
                  " usable photographs (" + CountsText(counts) + "), " + std::to_string(needed) +
                  " or more are needed; look at it with circumplex dataset");
}

void WriteLeftOut(const fs::path& path, const std::vector<std::string>& unreadable) {
  CsvTable table;
  table.header = {"reason"};
  for (const std::string& reason : unreadable) table.rows.push_back({reason});
  WriteFileAtomically(path, FormatCsv(table));
}

// The photographs that can be used, listed.
struct ChosenStills {
  std::vector<StillImage> training, validation;
};

ChosenStills Choose(const StillSet& set, const RunOptions& options, StillSummary* summary) {
  const StillOptions& stills = options.stills;
  const std::uint64_t seed = options.training.seed;
  ChosenStills chosen;
  chosen.training = ChooseStills(set, Split::kTrain, stills.limit, seed, &summary->training);
  chosen.validation =
      ChooseStills(set, Split::kValidation, stills.validation_limit, seed, &summary->validation);
  RequireImages(summary->training, "training", 2);
  RequireImages(summary->validation, "validation", 1);
  return chosen;
}

// Says and writes where the photographs went.
void LogCounts(const StillSummary& summary,
               const std::vector<std::string>& unreadable,
               const RunOptions& options,
               RunFolder* run) {
  WriteLeftOut(run->path() / "left_out.csv", unreadable);
  run->Log("training photographs: " + CountsText(summary.training));
  run->Log("validation photographs: " + CountsText(summary.validation));
  if (summary.training.not_drawn + summary.validation.not_drawn > 0)
    run->Log("drawn by training.seed = " + std::to_string(options.training.seed));
  for (std::size_t i = 0; i < std::min<std::size_t>(3, unreadable.size()); ++i)
    run->Log("left out: " + unreadable[i]);
  RequireImages(summary.training, "training", 2);
  RequireImages(summary.validation, "validation", 1);
}

void LogMemory(const StillImages& training,
               const StillImages& validation,
               const StillOptions& stills,
               RunFolder* run) {
  run->Log("in memory: " + std::to_string(training.kept() + validation.kept()) + " of " +
           std::to_string(training.size() + validation.size()) + " photographs, " +
           FormatFixed(static_cast<double>(training.bytes() + validation.bytes()) / 1e9, 2) +
           " GB (stills.memory_gb = " + FormatShortest(stills.memory_gb) + ")");
}

void TrainOn(const StillImages& training,
             const StillImages& validation,
             const StillRequest& request,
             const std::string& layout,
             RunFolder* run,
             StillSummary* summary) {
  const RunOptions& options = request.options;
  const bool restored = request.resume && RunState::IsIn(request.out);
  StillTask task(
      options, training, validation, DeviceOf(request.device), request.threads, restored, run);
  run->WriteEnvironment(
      {request.device, TORCH_VERSION, at::get_num_threads(), CountParameters(task.module())});
  Progress progress("train", options.training.epochs);
  TrainingLoopSetup setup;
  setup.training = options.training;
  setup.member.seed = setup.seed = options.training.seed;
  setup.name = "photographs";
  setup.folder = request.out;
  setup.start = task.start();
  setup.dropout_stream = "stills/dropout/";
  setup.rate_within_epoch = true;
  setup.run = run;
  setup.progress = &progress;
  setup.resume = request.resume;
  setup.keep_going = request.keep_going;
  TrainingLoop loop(setup, &task);
  summary->finished = loop.Run();
  summary->epochs = loop.counters().epochs_done;
  summary->best_epoch = loop.counters().best_epoch;
  summary->images_per_s = task.images_per_s();
  summary->waiting_share = task.waiting_share();
  if (!summary->finished) {
    run->Log("stopped; continue with --resume");
    return;
  }
  loop.LoadBest();
  const BackboneWeights weights =
      task.WriteModel(request.out,
                      layout + " layout, " + std::to_string(training.size()) + " images of '" +
                          (request.data / "").parent_path().filename().string() + "'");
  summary->backbone = request.out / "backbone.safetensors";
  const StillPredictions predictions = task.Predict();
  const StillTask::ExpressionScore expressions = task.ScoreExpressions(predictions);
  summary->expression_accuracy = expressions.Accuracy();
  summary->expression_images = expressions.known;
  WriteStillScores(predictions, validation, training, options, request.data, request.out, summary);
  run->Log("best epoch " + std::to_string(summary->best_epoch) + ": validation CCC valence " +
           FormatOrUndefined(summary->scores.ccc_valence.value, 3) + ", arousal " +
           FormatOrUndefined(summary->scores.ccc_arousal.value, 3) + "; weights " + weights.hash +
           ": " + weights.origin);
}

}  // namespace

StillSummary TrainStills(const StillRequest& stated) {
  DeviceOf(stated.device);
  StillRequest request = stated;
  request.options.backbone = SettleBackbone(stated.options.backbone);
  std::vector<std::string> violations = request.options.Violations();
  for (const std::string& violation : request.options.StillViolations())
    violations.push_back(violation);
  RequireValid(violations);
  const StillSet set = ReadStills(request);
  StillSummary summary;
  ChosenStills chosen = Choose(set, request.options, &summary);
  RunFolder run(request.out, request.options, request.resume);
  for (const Defect& defect : set.defects)
    run.Log(defect.trial + ": " + defect.detail + " (" + defect.action + ")");
  std::vector<std::string> unreadable;
  const auto memory = static_cast<std::int64_t>(request.options.stills.memory_gb * 1e9);
  const StillImages validation(std::move(chosen.validation),
                               request.options,
                               memory,
                               request.threads,
                               &summary.validation,
                               &unreadable);
  const StillImages training(std::move(chosen.training),
                             request.options,
                             memory - validation.bytes(),
                             request.threads,
                             &summary.training,
                             &unreadable);
  LogCounts(summary, unreadable, request.options, &run);
  LogMemory(training, validation, request.options.stills, &run);
  TrainOn(training, validation, request, set.layout, &run, &summary);
  return summary;
}

}  // namespace circumplex
