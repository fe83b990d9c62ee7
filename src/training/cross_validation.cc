// SPDX-License-Identifier: Apache-2.0
#include "training/cross_validation.h"

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
#include "network/device.h"
#include "network/targets.h"
#include "options/enum_names.h"
#include "run/results_file.h"
#include "run/run_folder.h"
#include "training/clip_task.h"
#include "training/out_of_fold.h"
#include "training/out_of_fold_results.h"
#include "training/shuffled_labels.h"
#include "training/training_data.h"
#include "training/training_loop.h"
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

void LogCorrection(const OutOfFold& out_of_fold,
                   const InferenceOptions& options,
                   std::size_t folds,
                   RunFolder* run) {
  const bool corrects = options.bias_correction || options.std_matching || options.smoothing_choose;
  if (corrects && folds == 1) {
    run->Log(
        "one fold only: its out-of-fold files are written uncorrected, since there is no other "
        "fold to correct them with; the model is corrected with them");
  }
  if (options.bias_correction)
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

// Trains the networks of every fold and gathers what the run is to write.
class CrossValidation {
 public:
  CrossValidation(const TrainRequest& request, const TrainingPlan& plan)
      : request_(request),
        options_(plan.options),
        plan_(plan),
        cache_(plan.store, options_.phase),
        run_(request.out, options_, request.resume),
        row_labels_(LabelsOfRows(plan.frames, plan.labels)),
        out_of_fold_(options_.inference, &plan.labels, &row_labels_, &cache_),
        progress_("train",
                  static_cast<std::int64_t>(plan.folds.size() * MembersOfFold(options_, 0).size()) *
                      options_.training.epochs) {
    summary_.model = request.out / "model";
    card_.options = options_;
  }

  TrainSummary Run() {
    LogMissingFeatures(plan_.without_features, &run_);
    WriteFolds(request_.out / "folds.csv", plan_.folds, plan_.manifest);
    for (std::size_t f = 0; f < plan_.folds.size(); ++f) {
      if (TrainFold(f)) continue;
      run_.Log("stopped; continue with --resume");
      summary_.finished = false;
      return summary_;
    }
    WriteModel();
    summary_.out_of_fold_ccc = out_of_fold_.RawCcc();
    summary_.written_ccc = out_of_fold_.Write(request_.out / "out_of_fold");
    WriteResults(request_.out, OutOfFoldResults(request_.out, plan_.labels, plan_.store, options_));
    run_.Log("out-of-fold CCC, raw: " + PairText(summary_.out_of_fold_ccc));
    run_.Log("out-of-fold CCC, as written: " + PairText(summary_.written_ccc));
    return summary_;
  }

 private:
  // False if keep_going stopped it.
  bool TrainFold(std::size_t f) {
    const Fold& fold = plan_.folds[f];
    const CccAccumulator labels = LabelMoments(row_labels_, fold.train);
    const Va label_std = {std::sqrt(labels.variance_x()), std::sqrt(labels.variance_y())};
    run_.Log("fold " + std::to_string(f) + ": " + std::to_string(fold.train.size()) +
             " training trials, " + std::to_string(labels.count()) + " annotated rows; " +
             std::to_string(fold.validation.size()) + " validation trials");
    const auto folds = static_cast<double>(plan_.folds.size());
    card_.label_mean[0] += labels.mean_x() / folds;
    card_.label_mean[1] += labels.mean_y() / folds;
    for (std::size_t k = 0; k < 2; ++k) card_.label_std[k] += label_std[k] / folds;
    // One preparation serves the fold's networks, unless each has shuffled labels of its own.
    std::optional<TrainingData> data;
    if (!options_.training.shuffle_labels) data.emplace(options_, fold.train, row_labels_, &cache_);
    RowPredictions mean;
    const std::size_t first = card_.members.size();
    for (const MemberId& id : MembersOfFold(options_, static_cast<int>(f))) {
      const bool completed = data ? TrainMember(id, fold, *data, row_labels_, &mean)
                                  : TrainOnShuffledLabels(id, fold, &mean);
      if (!completed) return false;
    }
    out_of_fold_.AddFold(std::move(mean), label_std);
    // The seeds of a fold share its statistics: stretching each is stretching their mean.
    for (std::size_t m = first; m < card_.members.size(); ++m) {
      for (const int k : TargetColumns(card_.members[m].targets)) {
        const CccAccumulator& score = out_of_fold_.score(f)[k];
        card_.members[m].prediction_mean[k] = score.mean_x();
        card_.members[m].prediction_std[k] = std::sqrt(score.variance_x());
      }
    }
    return true;
  }

  // Shuffled labels are for the network and the choice of its epoch; scores are against
  // the true ones.
  bool TrainOnShuffledLabels(const MemberId& id, const Fold& fold, RowPredictions* mean) {
    const LabelMap shuffled =
        LabelsOfRows(plan_.frames, ShuffledLabels(plan_.labels, options_.training.seed, id.Name()));
    return TrainMember(
        id, fold, TrainingData(options_, fold.train, shuffled, &cache_), shuffled, mean);
  }

  bool TrainMember(const MemberId& id,
                   const Fold& fold,
                   const TrainingData& data,
                   const LabelMap& row_labels,
                   RowPredictions* mean) {
    ClipTask task(options_, id, data, fold.validation, row_labels, &cache_, request_.device);
    TrainingLoopSetup setup;
    setup.training = options_.training;
    setup.member = id;
    setup.name = id.Name();
    setup.folder = request_.out / id.Name();
    setup.seed = id.seed;
    setup.dropout_stream = task.DropoutStream();
    setup.run = &run_;
    setup.progress = &progress_;
    setup.resume = request_.resume;
    setup.keep_going = request_.keep_going;
    TrainingLoop loop(setup, &task);
    const bool completed = loop.Run();
    summary_.parameters = CountParameters(task.module());
    run_.WriteEnvironment(
        {request_.device, TORCH_VERSION, at::get_num_threads(), summary_.parameters});
    const RunCounters& counters = loop.counters();
    summary_.members.push_back({id.Name(),
                                id.fold,
                                id.seed,
                                id.targets,
                                counters.epochs_done,
                                counters.best_epoch,
                                counters.best_ccc});
    if (!completed) return false;
    loop.LoadBest();
    AddToMean(task.PredictValidation(), id.targets, options_.training.seeds, mean);
    ModelMember member;
    member.file = id.Name() + ".safetensors";
    member.targets = id.targets;
    card_.members.push_back(member);
    WriteFileAtomically(summary_.model / member.file, ReadFile(RunState(setup.folder).best_path()));
    return true;
  }

  void WriteModel() {
    out_of_fold_.MeasureCorrections();
    LogCorrection(out_of_fold_, options_.inference, plan_.folds.size(), &run_);
    card_.bias = out_of_fold_.result().bias;
    card_.smoothing_s = out_of_fold_.result().smoothing_s;
    DescribeData(plan_, &card_);
    const std::string& weights = options_.backbone.weights;
    if (!weights.empty() && PathExists(weights)) {
      // The model folder stands alone: predictions from video need the backbone too.
      WriteFileAtomically(summary_.model / "backbone.safetensors", ReadFile(weights));
      card_.options.backbone.weights = "backbone.safetensors";
    }
    WriteModelCard(summary_.model, card_);
  }

  const TrainRequest& request_;
  const RunOptions& options_;
  const TrainingPlan& plan_;
  ClipTrackCache cache_;
  RunFolder run_;
  const LabelMap row_labels_;
  OutOfFold out_of_fold_;
  Progress progress_;
  ModelCard card_;
  TrainSummary summary_;
};

}  // namespace

TrainSummary Train(const TrainRequest& request) {
  DeviceOf(request.device);
  const TrainingPlan plan = MakeTrainingPlan(request);
  return CrossValidation(request, plan).Run();
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
