// SPDX-License-Identifier: Apache-2.0
#include "stills/still_trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/nn/module.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/optimizer.h>
#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "circumplex/ccc.h"
#include "circumplex/error.h"
#include "circumplex/lds.h"

#include "backbone/pool5_extractor.h"
#include "backbone/resnet50_weights.h"
#include "core/check.h"
#include "core/csv.h"
#include "core/files.h"
#include "core/progress.h"
#include "core/rng.h"
#include "core/text_table.h"
#include "datasets/layout.h"
#include "evaluation/evaluator.h"
#include "network/checkpoint.h"
#include "network/still_net.h"
#include "options/enum_names.h"
#include "run/run_folder.h"
#include "stills/still_batches.h"
#include "training/losses.h"
#include "training/optimization.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

// Images that batch-norm and pool5 statistics are taken from: enough for a mean, few beside an
// epoch.
constexpr std::int64_t kStatisticsImages = 1024;
constexpr std::int64_t kStatisticsBatch = 64;

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string Text(const std::optional<double>& value, int decimals = 3) {
  return value ? FormatFixed(*value, decimals) : "undefined";
}

std::string IntervalText(const Score& score) {
  return score.low && score.high ? "[" + Text(score.low) + ", " + Text(score.high) + "]" : "";
}

std::string CountsText(const StillCounts& counts) {
  return std::to_string(counts.listed) + " listed, " + std::to_string(counts.unlabelled) +
         " without labels, " + std::to_string(counts.missing) + " not on disk, " +
         std::to_string(counts.not_drawn) + " not drawn, " + std::to_string(counts.unreadable) +
         " unreadable, " + std::to_string(counts.used) + " used";
}

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

at::Device DeviceOf(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  if (name != "cuda")
    throw Error(ErrorCode::kInvalidArgument, "--device '" + name + "': choose cpu or cuda");
  if (!at::globalContext().hasCUDA()) {
    throw Error(ErrorCode::kUnsupported,
                "--device cuda: this LibTorch finds no CUDA GPU; use cpu, or build with a CUDA "
                "LibTorch (CMAKE_PREFIX_PATH)");
  }
  return at::kCUDA;
}

// Labels and loss weights of one list.
struct StillLabels {
  at::Tensor va, weight;  // [N, 2] float32
  at::Tensor expression;  // [N] int64, -1 = none of the eight
  Va mean{0, 0};
};

StillLabels LabelsOf(const StillImages& images) {
  const std::int64_t count = images.size();
  StillLabels labels;
  labels.va = at::empty({count, 2}, at::kFloat);
  labels.weight = at::ones({count, 2}, at::kFloat);
  labels.expression = at::empty({count}, at::kLong);
  for (std::int64_t i = 0; i < count; ++i) {
    const StillImage& still = images.still(i);
    for (std::size_t k = 0; k < 2; ++k) {
      labels.va.data_ptr<float>()[2 * i + static_cast<std::int64_t>(k)] =
          static_cast<float>(still.va[k]);
      labels.mean[k] += still.va[k] / static_cast<double>(count);
    }
    const bool known = still.expression >= 0 && still.expression < kStillExpressions;
    labels.expression.data_ptr<std::int64_t>()[i] = known ? still.expression : -1;
  }
  return labels;
}

void ShuffleLabels(std::uint64_t seed, StillLabels* labels) {
  std::vector<std::int64_t> other = ListOrder(labels->va.size(0)).index;
  Rng(seed, "stills/shuffled labels").Shuffle(other);
  const at::Tensor index = at::tensor(other, at::kLong);
  labels->va = labels->va.index_select(0, index);
  labels->expression = labels->expression.index_select(0, index);
}

void WeighLabels(const LdsOptions& lds, StillLabels* labels) {
  if (!lds.enabled) return;
  const auto column = [labels](std::int64_t k) {
    const at::Tensor values = labels->va.select(1, k).contiguous();
    return std::vector<double>(values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
  };
  const std::vector<double> valence = column(0), arousal = column(1);
  const std::vector<double> joint =
      lds.joint ? JointLdsWeights(valence, arousal, lds) : std::vector<double>();
  const std::vector<double> first = lds.joint ? joint : LdsWeights(valence, lds);
  const std::vector<double> second = lds.joint ? joint : LdsWeights(arousal, lds);
  labels->weight =
      at::stack({at::tensor(first, at::kFloat), at::tensor(second, at::kFloat)}, 1).contiguous();
}

bool IsBackbone(const std::string& name) { return name.rfind("backbone.", 0) == 0; }

void EraseBackbone(ModuleState* state) {
  for (auto entry = state->begin(); entry != state->end();)
    entry = IsBackbone(entry->first) ? state->erase(entry) : std::next(entry);
}

// What the network says of the validation images.
struct StillPredictions {
  std::vector<Va> va;
  std::vector<std::int64_t> expression;  // Empty without that output.
};

class StillTrainer {
 public:
  StillTrainer(const StillRequest& request,
               const StillImages& training,
               const StillImages& validation,
               const std::string& origin,
               RunFolder* run)
      : request_(request),
        options_(request.options),
        training_(training),
        validation_(validation),
        origin_(origin),
        run_(run),
        device_(DeviceOf(request.device)),
        labels_(LabelsOf(training)),
        validation_labels_(LabelsOf(validation)) {
    if (options_.training.shuffle_labels) ShuffleLabels(options_.training.seed, &labels_);
    WeighLabels(options_.lds, &labels_);
  }

  void Run(StillSummary* summary) {
    Start();
    Progress progress("train", training_.size() * options_.training.epochs);
    progress.Skip(training_.size() * epoch_);
    summary->finished = true;
    for (; epoch_ < options_.training.epochs && !Stopped(); ++epoch_) {
      if (!TrainEpoch(&progress)) {
        summary->finished = false;
        break;
      }
      Validate();
      SaveLast();
    }
    summary->epochs = epoch_;
    summary->best_epoch = best_epoch_;
    summary->images_per_s = seconds_ > 0 ? static_cast<double>(trained_images_) / seconds_ : 0;
    summary->waiting_share = seconds_ > 0 ? waiting_s_ / seconds_ : 0;
    if (summary->finished) Finish(summary);
  }

 private:
  fs::path Path(const char* file) const { return request_.out / file; }
  bool HeadOnly() const { return options_.stills.tune == StillTune::kHead; }
  MemberId Member() const {
    MemberId member;
    member.seed = options_.training.seed;
    return member;
  }
  bool Stopped() const {
    const int patience = options_.training.early_stop;
    return patience > 0 && best_epoch_ >= 0 && epoch_ - 1 - best_epoch_ >= patience;
  }

  void Start() {
    const BackboneWeights start = LoadBackboneWeights(options_.backbone);
    run_->Log("start: ResNet-50 " +
              (start.origin.empty() ? "with weights that do not say how they were trained"
                                    : start.origin) +
              ", layout " + LayoutName(options_.backbone.Layout()) + ", weights " + start.hash);
    SeedGenerators("initial weights");
    net_ = StillNet(options_);
    net_->backbone->LoadState(start);
    net_->to(device_);
    const bool restored = request_.resume && PathExists(Path("last.safetensors"));
    start_hash_ = start.hash;
    // A trained head's checkpoints leave the backbone out: it follows from the configuration.
    if ((!restored || HeadOnly()) && options_.backbone.weights.empty() && options_.stills.calibrate)
      Calibrate();
    net_->TrainTuned(options_.stills.tune);
    for (const at::Tensor& parameter : net_->parameters()) {
      if (parameter.requires_grad()) tuned_.push_back(parameter);
    }
    optimizer_ = MakeOptimizer(options_.training, tuned_);
    if (restored) Restore();
    if (HeadOnly()) ComputePool5Once();
    if (!restored && net_->mlp->standardizes()) Standardize();
    run_->DropMetricsFrom(Member(), epoch_);
    if (epoch_ > 0) run_->Log("resumed after epoch " + std::to_string(epoch_));
    std::int64_t tuned = 0;
    for (const at::Tensor& parameter : tuned_) tuned += parameter.numel();
    run_->Log("trained: " + EnumName(options_.stills.tune) + ", " + std::to_string(tuned) + " of " +
              std::to_string(CountParameters(*net_)) + " parameters");
    run_->WriteEnvironment(
        {request_.device, TORCH_VERSION, at::get_num_threads(), CountParameters(*net_)});
  }

  // What training changes. The tensors share memory with the network.
  ModuleState TrainedState() const {
    ModuleState state = NamedState(*net_);
    if (HeadOnly()) EraseBackbone(&state);
    return state;
  }

  void LoadTrained(const ModuleState& trained, const std::string& source) {
    ModuleState all = trained;
    if (HeadOnly()) {
      for (const auto& [name, tensor] : NamedState(*net_)) {
        if (IsBackbone(name)) all.emplace(name, tensor);
      }
    }
    LoadState(*net_, all, source);
  }

  void SeedGenerators(const std::string& purpose) const {
    at::manual_seed(Rng(options_.training.seed, "stills/" + purpose).Next() >> 1);
  }

  // A seeded sample of the training images.
  StillOrder Sample() const {
    StillOrder order = DrawStillOrder(training_.size(), false, options_.training.seed, -1);
    if (training_.size() > kStatisticsImages) {
      order.index.resize(kStatisticsImages);
      order.mirrored.resize(kStatisticsImages);
    }
    return order;
  }

  void Calibrate() {
    std::vector<at::Tensor> batches;
    StillBatches source(
        training_, net_->backbone->layers(), Sample(), kStatisticsBatch, request_.threads);
    while (auto batch = source.Next()) {
      if (batch->size(0) > 1) batches.push_back(batch->to(device_));
    }
    net_->backbone->CalibrateBatchNorm(batches);
    run_->Log("batch-norm statistics of the untrained weights set from training images");
  }

  void Standardize() {
    const at::Tensor pool5 =
        HeadOnly() ? pool5_.to(at::kFloat) : Pool5(training_, Sample(), "pool5 statistics");
    const at::Tensor values = pool5.to(at::kDouble);
    net_->mlp->SetStandardization(values.mean(0).to(device_, at::kFloat),
                                  values.std(0, /*unbiased=*/false).to(device_, at::kFloat));
  }

  // pool5 of images by the current weights in inference form, [n, 2048] float32 on the CPU.
  // `stage` names the progress; empty = none, inside a stage that reports its own.
  at::Tensor Pool5(const StillImages& images, const StillOrder& order, const std::string& stage) {
    const c10::NoGradGuard no_grad;
    const auto count = static_cast<std::int64_t>(order.index.size());
    at::Tensor pool5 = at::empty({count, kPool5Size}, at::kFloat);
    std::optional<Progress> progress;
    if (!stage.empty()) progress.emplace(stage, count);
    if (device_.is_cpu()) {
      Pool5Extractor extractor(options_.backbone, net_->backbone->State());
      for (std::int64_t begin = 0; begin < count; begin += kStatisticsBatch) {
        const std::int64_t size = std::min(kStatisticsBatch, count - begin);
        const std::vector<float> values =
            extractor.Extract(LoadInputs(images, order, begin, size, request_.threads));
        std::copy(values.begin(), values.end(), pool5.data_ptr<float>() + begin * kPool5Size);
        if (progress) progress->Advance(size);
      }
      return pool5;
    }
    net_->eval();
    StillBatches source(
        images, net_->backbone->layers(), order, kStatisticsBatch, request_.threads);
    std::int64_t begin = 0;
    while (auto batch = source.Next()) {
      const at::Tensor values = net_->backbone(batch->to(device_));
      pool5.narrow(0, begin, values.size(0)).copy_(values);
      begin += values.size(0);
      if (progress) progress->Advance(values.size(0));
    }
    return pool5;
  }

  // float16 as in the feature store. The mirrored images follow the plain ones.
  void ComputePool5Once() {
    StillOrder order = ListOrder(training_.size());
    if (options_.stills.flip) {
      const StillOrder plain = order;
      order.index.insert(order.index.end(), plain.index.begin(), plain.index.end());
      order.mirrored.resize(order.index.size(), true);
    }
    pool5_ = Pool5(training_, order, "pool5").to(at::kHalf);
    validation_pool5_ =
        Pool5(validation_, ListOrder(validation_.size()), "pool5 of validation").to(at::kHalf);
  }

  // The epoch's batches, each as its pool5 and its rows of the labels.
  template <typename Step>
  bool ForEachBatch(const StillOrder& order, const Step& step) {
    const int size = options_.training.batch;
    const auto count = static_cast<std::int64_t>(order.index.size());
    std::unique_ptr<StillBatches> source;
    if (!HeadOnly()) {
      source = std::make_unique<StillBatches>(
          training_, net_->backbone->layers(), order, size, request_.threads);
    }
    for (std::int64_t begin = 0; begin < count; begin += size) {
      const std::int64_t end = std::min<std::int64_t>(begin + size, count);
      const std::vector<std::int64_t> index(order.index.begin() + begin, order.index.begin() + end);
      const at::Tensor rows = at::tensor(index, at::kLong);
      at::Tensor input;
      const double before = Seconds();
      if (HeadOnly()) {
        std::vector<std::int64_t> places = index;
        for (std::int64_t i = 0; i < end - begin; ++i) {
          if (order.mirrored[begin + i]) places[i] += training_.size();
        }
        input = pool5_.index_select(0, at::tensor(places, at::kLong)).to(at::kFloat);
      } else {
        input = *source->Next();
      }
      waiting_s_ += Seconds() - before;
      const bool complete = end - begin == size;
      // Batch norm needs two images.
      if (end - begin > 1 && (complete || !options_.training.drop_last)) {
        step(input.to(device_), rows, static_cast<double>(begin) / static_cast<double>(count));
      }
      seconds_ += Seconds() - before;
      trained_images_ += end - begin;
      if (request_.keep_going && !request_.keep_going()) return false;
    }
    return true;
  }

  bool TrainEpoch(Progress* progress) {
    SeedGenerators("dropout/" + std::to_string(epoch_));
    net_->TrainTuned(options_.stills.tune);
    double loss_sum = 0;
    std::int64_t images = 0;
    const StillOrder order =
        DrawStillOrder(training_.size(), options_.stills.flip, options_.training.seed, epoch_);
    const bool completed = ForEachBatch(
        order, [&](const at::Tensor& input, const at::Tensor& rows, double share_done) {
          lr_ = LearningRate(options_.training, epoch_ + share_done);
          for (auto& group : optimizer_->param_groups()) group.options().set_lr(lr_);
          optimizer_->zero_grad();
          const auto outputs = net_->Heads(HeadOnly() ? input : net_->backbone(input));
          const at::Tensor loss = LossOf(outputs, rows);
          loss.backward();
          if (options_.training.clip_norm > 0)
            torch::nn::utils::clip_grad_norm_(tuned_, options_.training.clip_norm);
          optimizer_->step();
          loss_sum += loss.item<double>() * static_cast<double>(rows.numel());
          images += rows.numel();
          progress->Advance(rows.numel());
        });
    if (images == 0 && completed) {
      throw Error(ErrorCode::kInvalidOptions,
                  "training.batch = " + std::to_string(options_.training.batch) +
                      ", training.drop_last = true: " + std::to_string(training_.size()) +
                      " training images fill no batch; use a smaller one");
    }
    train_loss_ = images > 0 ? loss_sum / static_cast<double>(images) : 0;
    if (!std::isfinite(train_loss_)) {
      throw Error(ErrorCode::kInvalidOptions,
                  "epoch " + std::to_string(epoch_) +
                      ": the loss is not finite; lower training.lr (" +
                      FormatShortest(options_.training.lr) + ") or set training.clip_norm");
    }
    return completed;
  }

  at::Tensor LossOf(const StillNetImpl::Outputs& outputs, const at::Tensor& rows) const {
    const auto take = [&](const at::Tensor& all) {
      return all.index_select(0, rows).unsqueeze(1).to(device_);
    };
    const at::Tensor valid =
        at::ones({rows.numel(), 1}, at::TensorOptions().dtype(at::kBool).device(device_));
    at::Tensor loss =
        Loss(outputs.va.unsqueeze(1), take(labels_.va), take(labels_.weight), valid, options_.loss);
    if (outputs.expression.defined()) {
      const at::Tensor classes = labels_.expression.index_select(0, rows).to(device_);
      const at::Tensor known = classes >= 0;
      if (known.any().item<bool>()) {
        loss = loss + options_.stills.expression_weight *
                          at::cross_entropy_loss(outputs.expression.index({known}),
                                                 classes.index({known}));
      }
    }
    return loss;
  }

  StillPredictions Predict() {
    const at::Tensor pool5 = HeadOnly() ? validation_pool5_.to(at::kFloat)
                                        : Pool5(validation_, ListOrder(validation_.size()), "");
    const c10::NoGradGuard no_grad;
    net_->eval();
    const auto outputs = net_->Heads(pool5.to(device_));
    const at::Tensor va = outputs.va.to(at::kCPU, at::kDouble).contiguous();
    StillPredictions predictions;
    for (std::int64_t i = 0; i < va.size(0); ++i) {
      Va pair = {va.data_ptr<double>()[2 * i], va.data_ptr<double>()[2 * i + 1]};
      if (options_.inference.clamp) {
        for (std::size_t k = 0; k < 2; ++k) pair[k] = std::clamp(pair[k], -1.0, 1.0);
      }
      predictions.va.push_back(pair);
    }
    if (outputs.expression.defined()) {
      const at::Tensor best = outputs.expression.argmax(1).to(at::kCPU).contiguous();
      predictions.expression.assign(best.data_ptr<std::int64_t>(),
                                    best.data_ptr<std::int64_t>() + best.numel());
    }
    return predictions;
  }

  // Share of right expressions; empty without that output, or without a labelled image.
  std::optional<double> Accuracy(const StillPredictions& predictions,
                                 std::int64_t* labelled) const {
    std::int64_t right = 0, known = 0;
    const std::int64_t* truth = validation_labels_.expression.data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < predictions.expression.size(); ++i) {
      if (truth[i] < 0) continue;
      ++known;
      right += truth[i] == predictions.expression[i] ? 1 : 0;
    }
    if (labelled != nullptr) *labelled = known;
    if (known == 0) return std::nullopt;
    return static_cast<double>(right) / static_cast<double>(known);
  }

  void Validate() {
    const StillPredictions predictions = Predict();
    std::array<CccAccumulator, 2> score;
    for (std::size_t i = 0; i < predictions.va.size(); ++i) {
      const StillImage& still = validation_.still(static_cast<std::int64_t>(i));
      score[0].Add(predictions.va[i][0], still.va.valence);
      score[1].Add(predictions.va[i][1], still.va.arousal);
    }
    double sum = 0;
    int defined = 0;
    for (const CccAccumulator& target : score) {
      const std::optional<double> judged =
          options_.training.criterion == Criterion::kCcc ? target.Value() : target.Rmse();
      if (!judged) continue;
      sum += options_.training.criterion == Criterion::kCcc ? *judged : -*judged * *judged;
      ++defined;
    }
    std::optional<double> criterion;
    if (defined > 0) criterion = sum / defined;
    if (best_epoch_ < 0 || (criterion && (!best_criterion_ || *criterion > *best_criterion_))) {
      best_epoch_ = epoch_;
      best_criterion_ = criterion;
      WriteSafetensors(Path("best.safetensors"),
                       ToTensorFile(TrainedState(), {{"epoch", std::to_string(epoch_)}}));
    }
    EpochMetrics metrics;
    metrics.epoch = epoch_;
    metrics.lr = lr_;
    metrics.train_loss = train_loss_;
    metrics.ccc_valence = score[0].Value();
    metrics.ccc_arousal = score[1].Value();
    metrics.criterion = criterion;
    metrics.expression_accuracy = Accuracy(predictions, nullptr);
    run_->AddMetrics(Member(), metrics);
    run_->Log("epoch " + std::to_string(epoch_) + ": loss " + FormatFixed(train_loss_, 4) +
              ", validation CCC valence " + Text(metrics.ccc_valence) + ", arousal " +
              Text(metrics.ccc_arousal) +
              (metrics.expression_accuracy
                   ? ", expressions right " + Text(metrics.expression_accuracy)
                   : "") +
              (best_epoch_ == epoch_ ? "  (best)" : ""));
  }

  // One file holds network, optimiser and counters, so that no kill can separate them.
  void SaveLast() const {
    const TensorFile optimizer = SaveOptimizer(*net_, *optimizer_);
    TensorFile all;
    for (const auto& [name, tensor] : optimizer.tensors) all.tensors["optimizer/" + name] = tensor;
    for (const auto& [name, tensor] : TrainedState())
      all.tensors["network/" + name] = ToCoreTensor(tensor);
    all.metadata = optimizer.metadata;
    const nlohmann::json state = {
        {"start", start_hash_},
        {"epochs_done", epoch_ + 1},
        {"best_epoch", best_epoch_},
        {"best_criterion",
         best_criterion_ ? nlohmann::json(*best_criterion_) : nlohmann::json(nullptr)}};
    all.metadata["state"] = state.dump();
    WriteSafetensors(Path("last.safetensors"), all);
    WriteFileAtomically(Path("last.json"), state.dump(2) + "\n");
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
                  path.string() + ": no training state in its metadata; train in a new folder");
    }
    if (state.value("start", "") != start_hash_) {
      throw Error(ErrorCode::kBadModel,
                  path.string() + ": the run began with weights " + state.value("start", "?") +
                      ", backbone.weights holds " + start_hash_ +
                      " now; put the first file back, or train in a new folder");
    }
    optimizer.metadata = all.metadata;
    optimizer.metadata.erase("state");
    LoadTrained(network, path.string());
    LoadOptimizer(optimizer, *net_, *optimizer_, path.string());
    epoch_ = state.at("epochs_done").get<int>();
    best_epoch_ = state.at("best_epoch").get<int>();
    if (!state.at("best_criterion").is_null())
      best_criterion_ = state.at("best_criterion").get<double>();
  }

  void Finish(StillSummary* summary) {
    const fs::path best = Path("best.safetensors");
    LoadTrained(ToModuleState(ReadSafetensors(best, ErrorCode::kBadModel)), best.string());
    BackboneWeights weights = net_->backbone->State();
    weights.origin = HeadOnly() ? LoadOrigin()
                                : "trained on still images (" + origin_ +
                                      ", stages: " + EnumName(options_.stills.tune) + ")";
    weights.input_size = options_.backbone.InputSize();
    WriteBackboneWeights(Path("backbone.safetensors"), weights);
    ModuleState head = NamedState(*net_);
    EraseBackbone(&head);
    WriteSafetensors(Path("head.safetensors"), ToTensorFile(head, {{"backbone", weights.hash}}));
    summary->backbone = Path("backbone.safetensors");

    const StillPredictions predictions = Predict();
    summary->expression_accuracy = Accuracy(predictions, &summary->expression_images);
    std::vector<EvaluationTrial> trials;
    CsvTable table;
    table.header = {"image",
                    "valence",
                    "arousal",
                    "expression",
                    "predicted_valence",
                    "predicted_arousal",
                    "predicted_expression"};
    Va squares{0, 0};
    for (std::size_t i = 0; i < predictions.va.size(); ++i) {
      const StillImage& still = validation_.still(static_cast<std::int64_t>(i));
      EvaluationTrial trial;
      // A list may name an image twice.
      trial.name = std::to_string(i);
      trial.labels = {{still.va, true}};
      trial.predicted = true;
      trial.predictions = {predictions.va[i]};
      trials.push_back(std::move(trial));
      table.rows.push_back(
          {still.path.lexically_relative(request_.data).string(),
           FormatShortest(still.va.valence),
           FormatShortest(still.va.arousal),
           std::to_string(still.expression),
           FormatFixed(predictions.va[i][0], 6),
           FormatFixed(predictions.va[i][1], 6),
           predictions.expression.empty() ? "" : std::to_string(predictions.expression[i])});
      for (std::size_t k = 0; k < 2; ++k) squares[k] += std::pow(still.va[k] - labels_.mean[k], 2);
    }
    for (std::size_t k = 0; k < 2; ++k)
      summary->constant_rmse[k] = std::sqrt(squares[k] / static_cast<double>(table.rows.size()));
    WriteFileAtomically(Path("validation.csv"), FormatCsv(table));
    EvaluateOptions evaluate;
    evaluate.bootstrap = options_.evaluation;
    LabelDensity density;
    std::vector<VaLabel> trained_on;
    for (std::int64_t i = 0; i < training_.size(); ++i) {
      trained_on.push_back({training_.still(i).va, true});
    }
    density.Add(trained_on);
    summary->scores = EvaluateTrials(std::move(trials), evaluate, density);
    summary->scores.videos.clear();
    WriteFileAtomically(Path("evaluation.json"), ToJson(summary->scores));
    run_->Log("best epoch " + std::to_string(best_epoch_) + ": validation CCC valence " +
              Text(summary->scores.ccc_valence.value) + ", arousal " +
              Text(summary->scores.ccc_arousal.value) + "; weights " + weights.hash + ": " +
              weights.origin);
  }

  // The backbone of a trained head is what it was, but for the calibration.
  std::string LoadOrigin() const {
    std::string origin = LoadBackboneWeights(options_.backbone).origin;
    if (options_.backbone.weights.empty() && options_.stills.calibrate)
      origin += ", batch-norm statistics of still images";
    return origin;
  }

  const StillRequest& request_;
  const RunOptions& options_;
  const StillImages& training_;
  const StillImages& validation_;
  std::string origin_;
  RunFolder* run_;
  at::Device device_;
  StillLabels labels_, validation_labels_;

  StillNet net_{nullptr};
  std::string start_hash_;
  std::vector<at::Tensor> tuned_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  at::Tensor pool5_, validation_pool5_;  // Only if nothing but the head is trained.
  int epoch_ = 0, best_epoch_ = -1;
  std::optional<double> best_criterion_;
  double lr_ = 0, train_loss_ = 0;
  double seconds_ = 0, waiting_s_ = 0;
  std::int64_t trained_images_ = 0;
};

void WriteLeftOut(const fs::path& path, const std::vector<std::string>& unreadable) {
  CsvTable table;
  table.header = {"reason"};
  for (const std::string& reason : unreadable) table.rows.push_back({reason});
  WriteFileAtomically(path, FormatCsv(table));
}

}  // namespace

StillSummary TrainStills(const StillRequest& stated) {
  StillRequest request = stated;
  request.options.backbone = SettleBackbone(stated.options.backbone);
  std::vector<std::string> violations = request.options.Violations();
  for (const std::string& violation : request.options.StillViolations())
    violations.push_back(violation);
  RequireValid(violations);
  DeviceOf(request.device);
  const StillSet set = ReadStills(request);
  const StillOptions& stills = request.options.stills;
  const std::uint64_t seed = request.options.training.seed;
  StillSummary summary;
  std::vector<StillImage> training =
      ChooseStills(set, Split::kTrain, stills.limit, seed, &summary.training);
  std::vector<StillImage> validation =
      ChooseStills(set, Split::kValidation, stills.validation_limit, seed, &summary.validation);
  RequireImages(summary.training, "training", 2);
  RequireImages(summary.validation, "validation", 1);
  RunFolder run(request.out, request.options, request.resume);
  for (const Defect& defect : set.defects)
    run.Log(defect.trial + ": " + defect.detail + " (" + defect.action + ")");
  std::vector<std::string> unreadable;
  const auto memory = static_cast<std::int64_t>(stills.memory_gb * 1e9);
  const StillImages validation_images(std::move(validation),
                                      request.options,
                                      memory,
                                      request.threads,
                                      &summary.validation,
                                      &unreadable);
  const StillImages training_images(std::move(training),
                                    request.options,
                                    memory - validation_images.bytes(),
                                    request.threads,
                                    &summary.training,
                                    &unreadable);
  WriteLeftOut(request.out / "left_out.csv", unreadable);
  run.Log("training photographs: " + CountsText(summary.training));
  run.Log("validation photographs: " + CountsText(summary.validation));
  if (summary.training.not_drawn + summary.validation.not_drawn > 0)
    run.Log("drawn by training.seed = " + std::to_string(seed));
  for (std::size_t i = 0; i < std::min<std::size_t>(3, unreadable.size()); ++i)
    run.Log("left out: " + unreadable[i]);
  RequireImages(summary.training, "training", 2);
  RequireImages(summary.validation, "validation", 1);
  run.Log("in memory: " + std::to_string(training_images.kept() + validation_images.kept()) +
          " of " + std::to_string(training_images.size() + validation_images.size()) +
          " photographs, " +
          FormatFixed(
              static_cast<double>(training_images.bytes() + validation_images.bytes()) / 1e9, 2) +
          " GB (stills.memory_gb = " + FormatShortest(stills.memory_gb) + ")");

  StillTrainer trainer(request,
                       training_images,
                       validation_images,
                       set.layout + " layout, " + std::to_string(training_images.size()) +
                           " images of '" + (request.data / "").parent_path().filename().string() +
                           "'",
                       &run);
  trainer.Run(&summary);
  if (!summary.finished) run.Log("stopped; continue with --resume");
  return summary;
}

std::string StillSummary::Report() const {
  std::string text = "training    " + CountsText(training) + "\nvalidation  " +
                     CountsText(validation) + "\nepochs      " + std::to_string(epochs);
  if (images_per_s > 0) {
    text += ", " + FormatFixed(images_per_s, 0) + " images/s, " +
            FormatFixed(100 * waiting_share, 1) + " % of the time waiting for images";
  }
  text += "\n";
  if (!finished) return text;
  text += "best epoch  " + std::to_string(best_epoch) + "\n\n";
  const auto row = [](const char* target,
                      const Score& ccc,
                      const TargetAgreement& agreement,
                      double constant) -> std::vector<std::string> {
    return {target,
            Text(ccc.value),
            IntervalText(ccc),
            Text(agreement.pearson),
            Text(agreement.rmse),
            FormatFixed(constant, 3)};
  };
  text +=
      FormatTextTable({{"validation", "CCC", "95 % interval", "PCC", "RMSE", "constant's RMSE"},
                       row("valence", scores.ccc_valence, scores.pooled.valence, constant_rmse[0]),
                       row("arousal", scores.ccc_arousal, scores.pooled.arousal, constant_rmse[1]),
                       {"mean", Text(scores.ccc_mean.value), IntervalText(scores.ccc_mean)}});
  if (expression_accuracy) {
    text += "expressions right: " + FormatFixed(100 * *expression_accuracy, 1) + " % of " +
            std::to_string(expression_images) + " images\n";
  }
  std::vector<std::vector<std::string>> regions = {
      {"labels", "images", "MAE", "95 % interval", "RMSE", "bias"}};
  const auto add = [&regions](const std::string& target, const std::vector<RegionErrors>& all) {
    for (const RegionErrors& region : all) {
      if (region.frames == 0) continue;
      regions.push_back({target + ", " + region.name,
                         std::to_string(region.frames),
                         Text(region.mae.value),
                         IntervalText(region.mae),
                         Text(region.rmse),
                         Text(region.bias)});
    }
  };
  add("valence", scores.valence_regions);
  add("arousal", scores.arousal_regions);
  return text + "\n" + FormatTextTable(regions);
}

}  // namespace circumplex
