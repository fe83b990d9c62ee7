// SPDX-License-Identifier: Apache-2.0
#include "training/trainer.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "circumplex/ccc.h"
#include "circumplex/error.h"

#include "config/model_card.h"
#include "config/toml.h"
#include "core/check.h"
#include "core/csv.h"
#include "core/files.h"
#include "core/progress.h"
#include "core/rng.h"
#include "datasets/folds.h"
#include "datasets/trial_labels.h"
#include "inference/postprocess.h"
#include "inference/sequence_predictor.h"
#include "labels/prediction_io.h"
#include "options/enum_names.h"
#include "regressor/checkpoint.h"
#include "training/losses.h"
#include "training/run_folder.h"
#include "training/training_data.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

using LabelMap = std::map<std::string, std::vector<VaLabel>>;
using Predictions = std::map<std::string, std::vector<VaPair>>;

std::unique_ptr<torch::optim::Optimizer> MakeOptimizer(const TrainingOptions& training,
                                                       TwoStreamNet net) {
  if (training.optimizer == OptimizerKind::kAdamW) {
    return std::make_unique<torch::optim::AdamW>(
        net->parameters(),
        torch::optim::AdamWOptions(training.lr).weight_decay(training.weight_decay));
  }
  return std::make_unique<torch::optim::SGD>(net->parameters(),
                                             torch::optim::SGDOptions(training.lr)
                                                 .momentum(training.momentum)
                                                 .weight_decay(training.weight_decay));
}

double LearningRate(const TrainingOptions& training, int epoch) {
  switch (training.schedule) {
    case ScheduleKind::kConstant:
      return training.lr;
    case ScheduleKind::kCosine:
      return 0.5 * training.lr * (1 + std::cos(3.14159265358979323846 * epoch / training.epochs));
    case ScheduleKind::kStep:
      break;
  }
  double lr = training.lr;
  for (const int step : training.lr_steps) lr *= epoch >= step ? 0.1 : 1.0;
  return lr;
}

// Pooled moments of raw predictions against annotations, one accumulator per target.
std::array<CccAccumulator, 2> Score(const Predictions& predictions,
                                    const LabelMap& labels,
                                    Targets targets,
                                    ClipTrackCache* cache) {
  std::array<CccAccumulator, 2> score;
  for (const auto& [trial, pairs] : predictions) {
    const LabelledRows rows = LabelRows(cache->Get(trial)->features(), labels.at(trial));
    for (std::size_t r = 0; r < pairs.size(); ++r) {
      if (!rows.annotated[r]) continue;
      for (const int k : TargetColumns(targets)) score[k].Add(pairs[r][k], rows.label[r][k]);
    }
  }
  return score;
}

// CCC after the predictions' spread is stretched to the training labels' (released code's
// criterion).
std::optional<double> SpreadMatchedCcc(const CccAccumulator& score, double label_std) {
  const double spread = std::sqrt(score.variance_x());
  if (spread == 0) return score.Value();
  const double scale = label_std / spread;
  const double mean_gap = score.mean_x() - score.mean_y();
  const double denominator = label_std * label_std + score.variance_y() + mean_gap * mean_gap;
  if (denominator == 0) return std::nullopt;
  return 2 * scale * score.covariance() / denominator;
}

std::string Percent(const std::optional<double>& ccc) {
  return ccc ? FormatFixed(*ccc, 3) : "undefined";
}

// One network: fold i, one or both targets.
class MemberTrainer {
 public:
  MemberTrainer(const TrainRequest& request,
                const LabelMap& labels,
                const Fold& fold,
                int fold_index,
                Targets targets,
                TrainingData* data,
                ClipTrackCache* cache,
                RunFolder* run,
                Progress* progress)
      : request_(request),
        options_(OptionsOfMember(request.options, targets)),
        labels_(labels),
        fold_(fold),
        fold_index_(fold_index),
        targets_(targets),
        data_(data),
        cache_(cache),
        run_(run),
        progress_(progress),
        device_(request.device) {}

  /// @return false if keep_going asked to stop.
  bool Run() {
    Start();
    const TrainingOptions& training = options_.training;
    for (; epoch_ < training.epochs && !Stopped(); ++epoch_) {
      TrainEpoch();
      Validate();
      SaveLast();
      progress_->Advance();
      if (request_.keep_going && !request_.keep_going()) {
        ++epoch_;
        return epoch_ >= training.epochs || Stopped();
      }
    }
    progress_->Advance(training.epochs - epoch_);
    return true;
  }

  MemberSummary Summary() const { return {fold_index_, targets_, epoch_, best_epoch_, best_ccc_}; }
  std::int64_t parameters() const { return CountParameters(*net_); }

  /// Predictions of the validation trials by the best epoch's network.
  Predictions PredictBest() {
    ReadCheckpoint(Path("best.safetensors"), *net_);
    return PredictValidation();
  }
  fs::path BestPath() const { return Path("best.safetensors"); }

 private:
  fs::path Path(const std::string& file) const {
    return run_->MemberPath(fold_index_, targets_, file);
  }

  bool Stopped() const {
    return options_.training.early_stop > 0 && epoch_ > 0 &&
           epoch_ - 1 - best_epoch_ >= options_.training.early_stop;
  }

  void Start() {
    const std::string name = RunFolder::MemberName(fold_index_, targets_);
    SeedGenerators("weights/" + name);
    net_ = MakeNet(options_);
    if (options_.appearance.enabled && options_.appearance.standardize) {
      const auto [mean, spread] = data_->Pool5Statistics();
      net_->appearance->SetStandardization(mean, spread);
    }
    net_->to(device_);
    optimizer_ = MakeOptimizer(options_.training, net_);
    if (request_.resume && fs::exists(Path("last.safetensors"))) Restore();
    run_->DropMetricsFrom(fold_index_, targets_, epoch_);
    if (epoch_ > 0) {
      run_->Log(name + ": resumed after epoch " + std::to_string(epoch_));
      progress_->Advance(epoch_);
    }
  }

  // Dropout and initial weights draw from LibTorch's generators; a seed per epoch makes an epoch
  // repeatable by itself.
  void SeedGenerators(const std::string& purpose) const {
    const std::uint64_t seed = Rng(options_.training.seed, purpose).Next() >> 1;
    at::manual_seed(seed);
  }

  void TrainEpoch() {
    SeedGenerators("dropout/" + RunFolder::MemberName(fold_index_, targets_) + "/" +
                   std::to_string(epoch_));
    lr_ = LearningRate(options_.training, epoch_);
    for (auto& group : optimizer_->param_groups()) group.options().set_lr(lr_);
    net_->train();
    double loss_sum = 0;
    std::int64_t clips = 0;
    for (const auto& batch : data_->Batches(epoch_)) {
      const TrainingBatch tensors = data_->Build(batch, targets_);
      // Batch norm needs two rows; a lone one-row clip teaches nothing.
      if (tensors.valid_bt.numel() < 2) continue;
      optimizer_->zero_grad();
      const at::Tensor output = net_->forward(On(tensors.inputs.pool5_btd),
                                              On(tensors.inputs.phase1_btchw),
                                              On(tensors.inputs.phase2_btchw));
      const at::Tensor loss = Loss(output,
                                   On(tensors.label_btk),
                                   On(tensors.weight_btk),
                                   On(tensors.valid_bt),
                                   options_.loss);
      loss.backward();
      if (options_.training.clip_norm > 0) {
        torch::nn::utils::clip_grad_norm_(net_->parameters(), options_.training.clip_norm);
      }
      optimizer_->step();
      loss_sum += loss.item<double>() * static_cast<double>(batch.size());
      clips += static_cast<std::int64_t>(batch.size());
    }
    train_loss_ = clips > 0 ? loss_sum / static_cast<double>(clips) : 0;
    if (!std::isfinite(train_loss_)) {
      throw Error(ErrorCode::kInvalidOptions,
                  RunFolder::MemberName(fold_index_, targets_) + ", epoch " +
                      std::to_string(epoch_) + ": the loss is not finite; lower training.lr (" +
                      FormatShortest(options_.training.lr) + ") or set training.clip_norm");
    }
  }

  Predictions PredictValidation() {
    net_->eval();
    Predictions predictions;
    for (const std::string& trial : fold_.validation) {
      const auto track = cache_->Get(trial);
      predictions[trial] = PredictRows(net_, options_, targets_, track.get(), device_);
    }
    return predictions;
  }

  void Validate() {
    const auto score = Score(PredictValidation(), labels_, targets_, cache_);
    double sum = 0;
    int defined = 0;
    std::array<std::optional<double>, 2> ccc;
    for (const int k : TargetColumns(targets_)) {
      ccc[k] = score[k].Value();
      const std::optional<double> judged = options_.training.criterion_spread_matched
                                               ? SpreadMatchedCcc(score[k], data_->label_std()[k])
                                               : ccc[k];
      if (options_.training.criterion == Criterion::kLoss) {
        // Mean squared error of the validation rows: the pointwise loss that every preset's loss
        // agrees with in order.
        if (const auto rmse = score[k].Rmse()) {
          sum -= *rmse * *rmse;
          ++defined;
        }
      } else if (judged) {
        sum += *judged;
        ++defined;
      }
    }
    std::optional<double> criterion;
    if (defined > 0) criterion = sum / defined;
    if (best_epoch_ < 0 || (criterion && (!best_criterion_ || *criterion > *best_criterion_))) {
      best_epoch_ = epoch_;
      best_criterion_ = criterion;
      best_ccc_ = ccc;
      WriteCheckpoint(Path("best.safetensors"), *net_, {{"epoch", std::to_string(epoch_)}});
    }
    run_->AddMetrics({fold_index_, targets_, epoch_, lr_, train_loss_, ccc[0], ccc[1], criterion});
    run_->Log(RunFolder::MemberName(fold_index_, targets_) + " epoch " + std::to_string(epoch_) +
              ": loss " + FormatFixed(train_loss_, 4) + ", validation CCC valence " +
              Percent(ccc[0]) + ", arousal " + Percent(ccc[1]) +
              (best_epoch_ == epoch_ ? "  (best)" : ""));
  }

  // One file holds network, optimiser and counters, so that no kill can separate them.
  void SaveLast() const {
    TensorFile file = SaveOptimizer(*net_, *optimizer_);
    TensorFile all;
    for (auto& [name, tensor] : file.tensors) all.tensors["optimizer/" + name] = std::move(tensor);
    for (const auto& [name, tensor] : NamedState(*net_))
      all.tensors["network/" + name] = ToCoreTensor(tensor);
    all.metadata = file.metadata;
    const nlohmann::json state = State();
    all.metadata["state"] = state.dump();
    WriteSafetensors(Path("last.safetensors"), all);
    WriteFileAtomically(Path("last.json"), state.dump(2) + "\n");
  }

  nlohmann::json State() const {
    nlohmann::json state;
    state["epochs_done"] = epoch_ + 1;
    state["best_epoch"] = best_epoch_;
    state["best_criterion"] =
        best_criterion_ ? nlohmann::json(*best_criterion_) : nlohmann::json(nullptr);
    for (int k = 0; k < 2; ++k) {
      state["best_ccc"].push_back(best_ccc_[k] ? nlohmann::json(*best_ccc_[k])
                                               : nlohmann::json(nullptr));
    }
    return state;
  }

  void Restore() {
    const fs::path path = Path("last.safetensors");
    TensorFile all = ReadSafetensors(path, ErrorCode::kBadModel);
    TensorFile optimizer;
    ModuleState network;
    for (auto& [name, tensor] : all.tensors) {
      if (name.rfind("optimizer/", 0) == 0) optimizer.tensors[name.substr(10)] = std::move(tensor);
      if (name.rfind("network/", 0) == 0) network[name.substr(8)] = ToTorchTensor(tensor);
    }
    const nlohmann::json state = nlohmann::json::parse(all.metadata["state"], nullptr, false);
    if (!state.is_object() || !state.contains("epochs_done")) {
      throw Error(ErrorCode::kBadModel,
                  path.string() +
                      ": no training state in its metadata; remove the fold's folder to "
                      "train it again");
    }
    optimizer.metadata = all.metadata;
    optimizer.metadata.erase("state");
    LoadState(*net_, network, path.string());
    LoadOptimizer(optimizer, *net_, *optimizer_, path.string());
    epoch_ = state.at("epochs_done").get<int>();
    best_epoch_ = state.at("best_epoch").get<int>();
    const auto optional = [](const nlohmann::json& value) {
      return value.is_null() ? std::optional<double>() : std::optional<double>(value.get<double>());
    };
    best_criterion_ = optional(state.at("best_criterion"));
    for (std::size_t k = 0; k < 2; ++k) best_ccc_[k] = optional(state.at("best_ccc").at(k));
  }

  at::Tensor On(const at::Tensor& tensor) const {
    return tensor.defined() ? tensor.to(device_) : tensor;
  }

  const TrainRequest& request_;
  RunOptions options_;
  const LabelMap& labels_;
  const Fold& fold_;
  int fold_index_;
  Targets targets_;
  TrainingData* data_;
  ClipTrackCache* cache_;
  RunFolder* run_;
  Progress* progress_;
  at::Device device_;

  TwoStreamNet net_{nullptr};
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  int epoch_ = 0, best_epoch_ = -1;
  std::optional<double> best_criterion_;
  std::array<std::optional<double>, 2> best_ccc_;
  double lr_ = 0, train_loss_ = 0;
};

// Trials that can be trained on: annotated, with features. Complains about the rest.
Manifest UsableTrials(const TrainRequest& request, LabelMap* labels, RunFolder* run) {
  Manifest usable = request.manifest;
  usable.trials.clear();
  std::vector<std::string> without_features;
  for (const Trial& trial : request.manifest.trials) {
    if (trial.annotation.empty()) continue;
    if (!fs::exists(FeatureTrackPath(request.store, trial.name))) {
      without_features.push_back(trial.name);
      continue;
    }
    usable.trials.push_back(trial);
    (*labels)[trial.name] = ReadTrialLabels(trial);
  }
  if (usable.trials.empty()) {
    throw Error(ErrorCode::kBadData,
                "no annotated trial of '" + request.manifest.root.string() +
                    "' has a feature file in '" + request.store.string() +
                    "'; write them with circumplex features");
  }
  if (!without_features.empty()) {
    std::string names;
    for (std::size_t i = 0; i < std::min<std::size_t>(5, without_features.size()); ++i) {
      names += (i ? ", " : "") + without_features[i];
    }
    run->Log("without features, left out: " + std::to_string(without_features.size()) +
             " trials (" + names + (without_features.size() > 5 ? ", ..." : "") + ")");
  }
  return usable;
}

void WriteOutOfFold(const fs::path& folder,
                    const Predictions& predictions,
                    const LabelMap& labels,
                    const RunOptions& options,
                    ClipTrackCache* cache) {
  for (const auto& [trial, pairs] : predictions) {
    const FeatureTrack& track = cache->Get(trial)->features();
    const auto rows = static_cast<std::int64_t>(labels.at(trial).size());
    const FrameSeries series = RowsToFrames(track, pairs, rows, options.inference);
    TrialPrediction prediction;
    prediction.trial = trial;
    for (std::int64_t t = 0; t < rows; ++t) {
      prediction.valence.push_back(static_cast<float>(series.values[t][0]));
      prediction.arousal.push_back(static_cast<float>(series.values[t][1]));
    }
    WriteTrialPrediction(folder / (trial + ".txt"), prediction);
  }
}

}  // namespace

TrainSummary Train(const TrainRequest& request) {
  RequireValid(request.options.Violations());
  RunFolder run(request.out, request.options, request.resume);
  LabelMap labels;
  const Manifest manifest = UsableTrials(request, &labels, &run);
  const TrainingOptions& training = request.options.training;
  const std::vector<Fold> folds =
      MakeFolds(manifest, training.fold_rule, training.folds, training.merge_splits, training.seed);
  WriteFolds(request.out / "folds.csv", folds, manifest);

  std::vector<Targets> members = {request.options.regressor.targets};
  if (request.options.regressor.separate_models) members = {Targets::kValence, Targets::kArousal};
  ClipTrackCache cache(request.store, request.options.phase);
  Progress progress("train",
                    static_cast<std::int64_t>(folds.size() * members.size()) * training.epochs);

  TrainSummary summary;
  summary.model = request.out / "model";
  ModelCard card;
  card.options = request.options;
  std::array<CccAccumulator, 2> pooled;
  Predictions out_of_fold;
  double label_rows = 0;
  for (std::size_t f = 0; f < folds.size(); ++f) {
    TrainingData data(request.options, folds[f].train, labels, &cache);
    run.Log("fold " + std::to_string(f) + ": " + std::to_string(folds[f].train.size()) +
            " training trials, " + std::to_string(data.annotated_rows()) + " annotated rows; " +
            std::to_string(folds[f].validation.size()) + " validation trials");
    for (int k = 0; k < 2; ++k) {
      card.label_mean[k] += data.label_mean()[k];
      card.label_std[k] += data.label_std()[k];
    }
    label_rows += 1;
    for (const Targets targets : members) {
      MemberTrainer trainer(
          request, labels, folds[f], static_cast<int>(f), targets, &data, &cache, &run, &progress);
      const bool completed = trainer.Run();
      summary.parameters = trainer.parameters();
      run.WriteEnvironment(request.device, at::get_num_threads(), summary.parameters);
      summary.members.push_back(trainer.Summary());
      if (!completed) {
        run.Log("stopped; continue with --resume");
        summary.finished = false;
        return summary;
      }
      const Predictions predictions = trainer.PredictBest();
      const auto score = Score(predictions, labels, targets, &cache);
      ModelMember member;
      member.file = RunFolder::MemberName(static_cast<int>(f), targets) + ".safetensors";
      member.targets = targets;
      for (const int k : TargetColumns(targets)) {
        member.prediction_mean[k] = score[k].mean_x();
        member.prediction_std[k] = std::sqrt(score[k].variance_x());
        pooled[k].Merge(score[k]);
      }
      for (const auto& [trial, pairs] : predictions) {
        auto& joined = out_of_fold[trial];
        if (joined.empty()) joined = pairs;
        for (const int k : TargetColumns(targets)) {
          for (std::size_t r = 0; r < pairs.size(); ++r) joined[r][k] = pairs[r][k];
        }
      }
      card.members.push_back(member);
      WriteFileAtomically(summary.model / member.file, ReadFile(trainer.BestPath()));
    }
  }
  for (int k = 0; k < 2; ++k) {
    card.label_mean[k] /= label_rows;
    card.label_std[k] /= label_rows;
    summary.out_of_fold_ccc[k] = pooled[k].Value();
  }
  for (const Trial& trial : manifest.trials) {
    const bool used = std::any_of(folds.begin(), folds.end(), [&](const Fold& fold) {
      return std::find(fold.train.begin(), fold.train.end(), trial.name) != fold.train.end();
    });
    if (used) card.trained_on.push_back(trial.name);
    const auto track = cache.Get(trial.name);
    if (card.backbone_hash.empty() && track->size() > 0)
      card.backbone_hash = track->features().weights_hash;
  }
  const std::string& weights = request.options.backbone.weights;
  if (!weights.empty() && fs::exists(weights)) {
    // The model folder stands alone: predictions from video need the backbone too.
    WriteFileAtomically(summary.model / "backbone.safetensors", ReadFile(weights));
    card.options.backbone.weights = "backbone.safetensors";
  }
  WriteModelCard(summary.model, card);
  WriteOutOfFold(request.out / "out_of_fold", out_of_fold, labels, request.options, &cache);
  run.Log("out-of-fold CCC: valence " + Percent(summary.out_of_fold_ccc[0]) + ", arousal " +
          Percent(summary.out_of_fold_ccc[1]));
  return summary;
}

std::string TrainSummary::Report() const {
  std::string text = "network               epochs  best  CCC valence  CCC arousal\n";
  const auto pad = [](std::string cell, std::size_t width) {
    if (cell.size() < width) cell.insert(0, width - cell.size(), ' ');
    return cell;
  };
  for (const MemberSummary& member : members) {
    std::string name = RunFolder::MemberName(member.fold, member.targets);
    name.resize(std::max<std::size_t>(name.size(), 20), ' ');
    text += name + pad(std::to_string(member.epochs), 8) +
            pad(std::to_string(member.best_epoch), 6) + pad(Percent(member.ccc[0]), 13) +
            pad(Percent(member.ccc[1]), 13) + "\n";
  }
  std::string name = "all folds, pooled";
  name.resize(34, ' ');
  return text + name + pad(Percent(out_of_fold_ccc[0]), 13) + pad(Percent(out_of_fold_ccc[1]), 13) +
         "\n";
}

}  // namespace circumplex
