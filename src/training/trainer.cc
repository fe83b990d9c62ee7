// SPDX-License-Identifier: Apache-2.0
#include "training/trainer.h"

#include <ATen/Parallel.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "circumplex/error.h"

#include "config/model_card.h"
#include "core/csv.h"
#include "core/files.h"
#include "core/progress.h"
#include "core/text_table.h"
#include "datasets/folds.h"
#include "datasets/folds_file.h"
#include "options/enum_names.h"
#include "run/results_file.h"
#include "run/run_folder.h"
#include "training/member_trainer.h"
#include "training/out_of_fold.h"
#include "training/out_of_fold_results.h"
#include "training/training_data.h"
#include "training/training_plan.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

std::string CccText(const std::optional<double>& ccc) { return FormatOrUndefined(ccc, 3); }

std::string PairText(const Va& pair, int decimals) {
  return "valence " + FormatFixed(pair[0], decimals) + ", arousal " +
         FormatFixed(pair[1], decimals);
}

std::string PairText(const std::array<std::optional<double>, 2>& ccc) {
  return "valence " + CccText(ccc[0]) + ", arousal " + CccText(ccc[1]);
}

void LogMissingFeatures(const std::vector<std::string>& trials, RunFolder* run) {
  if (trials.empty()) return;
  constexpr std::size_t kShown = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(kShown, trials.size()); ++i)
    names += (i ? ", " : "") + trials[i];
  run->Log("without features, left out: " + std::to_string(trials.size()) + " trials (" + names +
           (trials.size() > kShown ? ", ..." : "") + ")");
}

// The networks of a fold, in the order of the model card.
std::vector<MemberId> MembersOfFold(const RunOptions& options, int fold) {
  std::vector<Targets> targets = {options.regressor.targets};
  if (options.regressor.separate_models) targets = {Targets::kValence, Targets::kArousal};
  std::vector<MemberId> members;
  for (int i = 0; i < options.training.seeds; ++i) {
    for (const Targets of : targets) {
      members.push_back({fold,
                         options.training.seed + static_cast<std::uint64_t>(i),
                         options.training.seeds > 1,
                         of});
    }
  }
  return members;
}

// Adds one network's share of its fold's mean prediction.
void AddToMean(const RowPredictions& predictions,
               Targets targets,
               int seeds,
               RowPredictions* mean) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [trial, pairs] : predictions) {
    auto& joined = (*mean)[trial];
    if (joined.empty()) joined.assign(pairs.size(), Va{nan, nan});
    for (const int k : TargetColumns(targets)) {
      for (std::size_t r = 0; r < pairs.size(); ++r) {
        const double sofar = std::isnan(joined[r][k]) ? 0 : joined[r][k];
        joined[r][k] = sofar + pairs[r][k] / seeds;
      }
    }
  }
}

void LogCalibration(const OutOfFold& out_of_fold,
                    const InferenceOptions& options,
                    std::size_t folds,
                    RunFolder* run) {
  const bool calibrates =
      options.bias_calibration || options.spread_matching || options.smoothing_choose;
  if (calibrates && folds == 1) {
    run->Log(
        "one fold only: its out-of-fold files are written uncalibrated, since there is no other "
        "fold to calibrate them with; the model is calibrated with them");
  }
  if (options.bias_calibration)
    run->Log("bias of the out-of-fold predictions: " + PairText(out_of_fold.result().bias, 4));
  if (!options.smoothing_choose) return;
  for (std::size_t f = 0; f < folds; ++f) {
    run->Log("smoothing width chosen without fold " + std::to_string(f) +
             " [s]: " + PairText(out_of_fold.widths(f), 1));
  }
  run->Log("smoothing width chosen for the model [s]: " +
           PairText(*out_of_fold.result().smoothing_s, 1));
}

// Names of what the model was trained on, and the backbone that its features come from.
void DescribeData(const TrainingPlan& plan, ModelCard* card) {
  card->backbone_hash = plan.store.info().weights_hash;
  card->backbone_origin = plan.store.info().weights_origin;
  card->crop_origin = EnumName(plan.store.info().crops);
  for (const Trial& trial : plan.manifest.trials) {
    const bool used = std::any_of(plan.folds.begin(), plan.folds.end(), [&](const Fold& fold) {
      return std::find(fold.train.begin(), fold.train.end(), trial.name) != fold.train.end();
    });
    if (used) card->trained_on.push_back(trial.name);
  }
}

}  // namespace

TrainSummary Train(const TrainRequest& request) {
  const TrainingPlan plan = MakeTrainingPlan(request);
  const RunOptions& options = plan.options;
  ClipTrackCache cache(plan.store, options.phase);
  RunFolder run(request.out, options, request.resume);
  LogMissingFeatures(plan.without_features, &run);
  WriteFolds(request.out / "folds.csv", plan.folds, plan.manifest);

  const std::size_t networks = plan.folds.size() * MembersOfFold(options, 0).size();
  Progress progress("train", static_cast<std::int64_t>(networks) * options.training.epochs);
  TrainingContext context;
  context.options = &options;
  context.cache = &cache;
  context.run = &run;
  context.progress = &progress;
  context.device = request.device;
  context.resume = request.resume;
  context.keep_going = request.keep_going;

  TrainSummary summary;
  summary.model = request.out / "model";
  ModelCard card;
  card.options = options;
  OutOfFold out_of_fold(options.inference, &plan.labels, &cache);
  for (std::size_t f = 0; f < plan.folds.size(); ++f) {
    const Fold& fold = plan.folds[f];
    TrainingData data(options, fold.train, plan.labels, &cache);
    run.Log("fold " + std::to_string(f) + ": " + std::to_string(fold.train.size()) +
            " training trials, " + std::to_string(data.annotated_rows()) + " annotated rows; " +
            std::to_string(fold.validation.size()) + " validation trials");
    const auto folds = static_cast<double>(plan.folds.size());
    for (std::size_t k = 0; k < 2; ++k) {
      card.label_mean[k] += data.label_mean()[k] / folds;
      card.label_std[k] += data.label_std()[k] / folds;
    }
    RowPredictions mean;
    const std::vector<MemberId> members = MembersOfFold(options, static_cast<int>(f));
    for (const MemberId& id : members) {
      context.labels = &plan.labels;
      TrainingData* seen = &data;
      // Shuffled labels are for the network and the choice of its epoch; scores are against the
      // true ones.
      LabelMap shuffled;
      std::optional<TrainingData> shuffled_data;
      if (options.training.shuffle_labels) {
        shuffled = ShuffledLabels(plan.labels, options.training.seed, id.Name());
        context.labels = &shuffled;
        seen = &shuffled_data.emplace(options, fold.train, shuffled, &cache);
      }
      MemberTrainer trainer(context, id, fold, seen);
      const bool completed = trainer.Run();
      summary.parameters = trainer.parameters();
      run.WriteEnvironment(
          {request.device, TORCH_VERSION, at::get_num_threads(), summary.parameters});
      summary.members.push_back({id.Name(),
                                 id.fold,
                                 id.seed,
                                 id.targets,
                                 trainer.epochs(),
                                 trainer.best_epoch(),
                                 trainer.best_ccc()});
      if (!completed) {
        run.Log("stopped; continue with --resume");
        summary.finished = false;
        return summary;
      }
      AddToMean(trainer.PredictBest(), id.targets, options.training.seeds, &mean);
      ModelMember member;
      member.file = id.Name() + ".safetensors";
      member.targets = id.targets;
      card.members.push_back(member);
      WriteFileAtomically(summary.model / member.file, ReadFile(trainer.BestPath()));
    }
    out_of_fold.AddFold(std::move(mean), data.label_std());
    // The seeds of a fold share its statistics: stretching each is stretching their mean.
    for (std::size_t m = card.members.size() - members.size(); m < card.members.size(); ++m) {
      for (const int k : TargetColumns(card.members[m].targets)) {
        const CccAccumulator& score = out_of_fold.score(f)[k];
        card.members[m].prediction_mean[k] = score.mean_x();
        card.members[m].prediction_std[k] = std::sqrt(score.variance_x());
      }
    }
  }
  out_of_fold.Calibrate();
  LogCalibration(out_of_fold, options.inference, plan.folds.size(), &run);
  card.bias = out_of_fold.result().bias;
  card.smoothing_s = out_of_fold.result().smoothing_s;
  DescribeData(plan, &card);
  const std::string& weights = options.backbone.weights;
  if (!weights.empty() && PathExists(weights)) {
    // The model folder stands alone: predictions from video need the backbone too.
    WriteFileAtomically(summary.model / "backbone.safetensors", ReadFile(weights));
    card.options.backbone.weights = "backbone.safetensors";
  }
  WriteModelCard(summary.model, card);
  summary.out_of_fold_ccc = out_of_fold.RawCcc();
  summary.written_ccc = out_of_fold.Write(request.out / "out_of_fold");
  WriteResults(request.out, OutOfFoldResults(request.out, plan.labels, plan.store, options));
  run.Log("out-of-fold CCC, raw: " + PairText(summary.out_of_fold_ccc));
  run.Log("out-of-fold CCC, as written: " + PairText(summary.written_ccc));
  return summary;
}

std::string TrainSummary::Report() const {
  std::vector<std::vector<std::string>> rows = {
      {"network", "epochs", "best", "CCC valence", "CCC arousal"}};
  for (const MemberSummary& member : members) {
    rows.push_back({member.name,
                    std::to_string(member.epochs),
                    std::to_string(member.best_epoch),
                    CccText(member.ccc[0]),
                    CccText(member.ccc[1])});
  }
  if (finished) {
    rows.push_back(
        {"all folds, raw", "", "", CccText(out_of_fold_ccc[0]), CccText(out_of_fold_ccc[1])});
    rows.push_back(
        {"all folds, as written", "", "", CccText(written_ccc[0]), CccText(written_ccc[1])});
  }
  return FormatTextTable(rows);
}

}  // namespace circumplex
