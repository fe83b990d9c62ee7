// SPDX-License-Identifier: Apache-2.0
#include "training/member_trainer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/optimizer.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/rng.h"
#include "network/checkpoint.h"
#include "training/losses.h"
#include "training/optimization.h"

namespace circumplex {
namespace {

// Groups of tensors in last.safetensors.
constexpr char kNetwork[] = "network/", kOptimizer[] = "optimizer/", kSmoothing[] = "fds/";

std::string Fixed(const std::optional<double>& value, int decimals) {
  return value ? FormatFixed(*value, decimals) : "undefined";
}

}  // namespace

MemberTrainer::MemberTrainer(const TrainingContext& context,
                             const MemberId& id,
                             const Fold& fold,
                             TrainingData* data)
    : context_(context),
      id_(id),
      options_(OptionsOfMember(*context.options, id.targets)),
      fold_(fold),
      data_(data),
      device_(context.device) {}

MemberTrainer::~MemberTrainer() = default;

bool MemberTrainer::Run() {
  Start();
  const TrainingOptions& training = options_.training;
  while (epoch_ < training.epochs && !Stopped()) {
    TrainEpoch();
    Validate();
    SaveLast();
    ++epoch_;
    context_.progress->Advance();
    if (context_.keep_going && !context_.keep_going())
      return epoch_ >= training.epochs || Stopped();
  }
  context_.progress->Skip(training.epochs - epoch_);
  return true;
}

std::int64_t MemberTrainer::parameters() const { return CountParameters(*net_); }

RowPredictions MemberTrainer::PredictBest() {
  ReadCheckpoint(BestPath(), *net_);
  return PredictValidation();
}

bool MemberTrainer::Stopped() const {
  return options_.training.early_stop > 0 && epoch_ > 0 &&
         epoch_ - 1 - best_epoch_ >= options_.training.early_stop;
}

void MemberTrainer::Start() {
  SeedGenerators("weights/", "");
  net_ = MakeNet(options_);
  if (options_.appearance.enabled && options_.appearance.standardize) {
    const auto [mean, spread] = data_->Pool5Statistics();
    net_->appearance->SetStandardization(mean, spread);
  }
  net_->to(device_);
  optimizer_ = MakeOptimizer(options_.training, net_->parameters());
  if (options_.fds.enabled) {
    smoothing_.emplace(options_.fds,
                       options_.regressor.NumTargets(),
                       static_cast<int>(net_->head->fc->weight.size(1)));
  }
  if (context_.resume && PathExists(Path("last.safetensors"))) Restore();
  context_.run->DropMetricsFrom(id_, epoch_);
  if (epoch_ > 0) {
    context_.run->Log(id_.Name() + ": resumed after epoch " + std::to_string(epoch_));
    context_.progress->Skip(epoch_);
  }
}

// Dropout and initial weights draw from LibTorch's generators; a seed per epoch makes an epoch
// repeatable by itself. The fold and the target are in the purpose, the seed is not: the networks
// of one seed are those of a run with that seed alone.
void MemberTrainer::SeedGenerators(const std::string& purpose, const std::string& part) const {
  MemberId plain = id_;
  plain.several_seeds = false;
  const std::uint64_t seed = Rng(id_.seed, purpose + plain.Name() + part).Next() >> 1;
  at::manual_seed(seed);
}

std::string MemberTrainer::Where() const {
  return id_.Name() + ", epoch " + std::to_string(epoch_ + 1) + "/" +
         std::to_string(options_.training.epochs);
}

at::Tensor MemberTrainer::Forward(const TrainingBatch& tensors) {
  const at::Tensor features = net_->Features(On(tensors.inputs.pool5_btd),
                                             On(tensors.inputs.phase1_btchw),
                                             On(tensors.inputs.phase2_btchw));
  if (!smoothing_) return net_->Outputs(features);
  const at::Tensor output = smoothing_->Acts(epoch_)
                                ? net_->OutputsEach(smoothing_->Smooth(
                                      features, tensors.label_btk, tensors.valid_bt, epoch_))
                                : net_->Outputs(features);
  smoothing_->Observe(features, tensors.label_btk, tensors.valid_bt);
  return output;
}

void MemberTrainer::TrainEpoch() {
  SeedGenerators("dropout/", "/" + std::to_string(epoch_));
  lr_ = LearningRate(options_.training, epoch_);
  for (auto& group : optimizer_->param_groups()) group.options().set_lr(lr_);
  net_->train();
  double loss_sum = 0;
  std::int64_t clips = 0;
  const auto batches = data_->Batches(epoch_, id_.seed);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    context_.progress->Within(static_cast<double>(i) / static_cast<double>(batches.size()),
                              Where());
    const TrainingBatch tensors = data_->Build(batches[i], id_.targets);
    // Batch norm needs two rows; a lone one-row clip teaches nothing.
    if (tensors.valid_bt.numel() < 2) continue;
    optimizer_->zero_grad();
    const at::Tensor loss = Loss(Forward(tensors),
                                 On(tensors.label_btk),
                                 On(tensors.weight_btk),
                                 On(tensors.valid_bt),
                                 options_.loss);
    loss.backward();
    if (options_.training.clip_norm > 0)
      torch::nn::utils::clip_grad_norm_(net_->parameters(), options_.training.clip_norm);
    optimizer_->step();
    loss_sum += loss.item<double>() * static_cast<double>(batches[i].size());
    clips += static_cast<std::int64_t>(batches[i].size());
  }
  if (smoothing_) smoothing_->EndEpoch(epoch_);
  train_loss_ = clips > 0 ? loss_sum / static_cast<double>(clips) : 0;
  if (!std::isfinite(train_loss_)) {
    throw Error(ErrorCode::kInvalidOptions,
                id_.Name() + ", epoch " + std::to_string(epoch_) +
                    ": the loss is not finite; lower training.lr (" +
                    FormatShortest(options_.training.lr) + ") or set training.clip_norm");
  }
}

RowPredictions MemberTrainer::PredictValidation() {
  net_->eval();
  RowPredictions predictions;
  for (const std::string& trial : fold_.validation) {
    const auto track = context_.cache->Get(trial);
    predictions[trial] = PredictRows(net_, options_, id_.targets, track.get(), device_);
  }
  return predictions;
}

void MemberTrainer::Validate() {
  const RowPredictions predictions = PredictValidation();
  const auto score = ScoreRows(predictions, *context_.labels, id_.targets, context_.cache);
  const std::optional<double> loss = ValidationLoss(
      predictions, *context_.labels, id_.targets, options_.loss, *data_, context_.cache);
  std::array<std::optional<double>, 2> ccc;
  double sum = 0;
  int defined = 0;
  for (const int k : TargetColumns(id_.targets)) {
    ccc[k] = FoldCcc(score[k]);
    const std::optional<double> judged = options_.training.criterion_spread_matched
                                             ? SpreadMatchedCcc(score[k], data_->label_std()[k])
                                             : ccc[k];
    if (!judged) continue;
    sum += *judged;
    ++defined;
  }
  // Which labels are constant does not change between epochs, so neither does what judges them.
  std::optional<double> criterion;
  const bool by_loss = options_.training.criterion == Criterion::kLoss || defined == 0;
  if (!by_loss) criterion = sum / defined;
  if (by_loss && loss) criterion = -*loss;
  if (by_loss && options_.training.criterion == Criterion::kCcc && epoch_ == 0) {
    context_.run->Log(id_.Name() +
                      ": the validation labels are constant or absent, so their CCC is undefined; "
                      "epochs are compared by the validation loss");
  }
  if (best_epoch_ < 0 || !criterion || !best_criterion_ || *criterion > *best_criterion_) {
    best_epoch_ = epoch_;
    best_criterion_ = criterion;
    best_ccc_ = ccc;
    WriteCheckpoint(BestPath(), *net_, {{"epoch", std::to_string(epoch_)}});
  }
  context_.run->AddMetrics(id_, {epoch_, lr_, train_loss_, loss, ccc[0], ccc[1], criterion});
  context_.run->Log(id_.Name() + " epoch " + std::to_string(epoch_) + ": loss " +
                    FormatFixed(train_loss_, 4) + ", validation loss " + Fixed(loss, 4) +
                    ", CCC valence " + Fixed(ccc[0], 3) + ", arousal " + Fixed(ccc[1], 3) +
                    (best_epoch_ == epoch_ ? "  (best)" : ""));
}

// One file holds network, optimiser, statistics and counters, so that no kill can separate them.
void MemberTrainer::SaveLast() const {
  TensorFile file = SaveOptimizer(*net_, *optimizer_);
  TensorFile all;
  for (auto& [name, tensor] : file.tensors) all.tensors[kOptimizer + name] = std::move(tensor);
  for (const auto& [name, tensor] : NamedState(*net_))
    all.tensors[kNetwork + name] = ToCoreTensor(tensor);
  if (smoothing_) smoothing_->Save(kSmoothing, &all);
  all.metadata = file.metadata;
  const nlohmann::json state = State();
  all.metadata["state"] = state.dump();
  WriteSafetensors(Path("last.safetensors"), all);
  WriteFileAtomically(Path("last.json"), state.dump(2) + "\n");
}

nlohmann::json MemberTrainer::State() const {
  const auto or_null = [](const std::optional<double>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
  };
  nlohmann::json state;
  state["epochs_done"] = epoch_ + 1;
  state["best_epoch"] = best_epoch_;
  state["best_criterion"] = or_null(best_criterion_);
  for (const std::optional<double>& ccc : best_ccc_) state["best_ccc"].push_back(or_null(ccc));
  return state;
}

void MemberTrainer::Restore() {
  const std::filesystem::path path = Path("last.safetensors");
  TensorFile all = ReadSafetensors(path, ErrorCode::kBadModel);
  TensorFile optimizer;
  ModuleState network;
  const auto without = [](const std::string& name, const std::string& prefix) {
    return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : std::string();
  };
  for (const auto& [name, tensor] : all.tensors) {
    const std::string of_optimizer = without(name, kOptimizer), of_net = without(name, kNetwork);
    if (!of_optimizer.empty()) optimizer.tensors[of_optimizer] = tensor;
    if (!of_net.empty()) network[of_net] = ToTorchTensor(tensor);
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
  if (smoothing_) smoothing_->Load(kSmoothing, all, path.string());
  epoch_ = state.at("epochs_done").get<int>();
  best_epoch_ = state.at("best_epoch").get<int>();
  const auto optional = [](const nlohmann::json& value) {
    return value.is_null() ? std::optional<double>() : std::optional<double>(value.get<double>());
  };
  best_criterion_ = optional(state.at("best_criterion"));
  for (std::size_t k = 0; k < 2; ++k) best_ccc_[k] = optional(state.at("best_ccc").at(k));
}

at::Tensor MemberTrainer::On(const at::Tensor& tensor) const {
  return tensor.defined() ? tensor.to(device_) : tensor;
}

}  // namespace circumplex
