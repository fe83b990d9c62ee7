// SPDX-License-Identifier: Apache-2.0
#include "stills/still_task.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <utility>

#include "backbone/pool5_extractor.h"
#include "core/progress.h"
#include "core/rng.h"
#include "network/checkpoint.h"
#include "options/enum_names.h"
#include "training/fold_scores.h"
#include "training/losses.h"
#include "training/shuffled_labels.h"

namespace circumplex {
namespace {

// Images that batch-norm and pool5 statistics are taken from: enough for a mean, few
// beside an epoch.
constexpr std::int64_t kStatisticsImages = 1024;
constexpr std::int64_t kStatisticsBatch = 64;
constexpr char kList[] = "validation list";  // Name of the only "trial".

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::vector<VaLabel> LabelsOf(const StillImages& images) {
  std::vector<VaLabel> labels;
  for (std::int64_t i = 0; i < images.size(); ++i) labels.push_back({images.still(i).va, true});
  return labels;
}

std::int64_t KnownExpression(const StillImage& still) {
  return still.expression >= 0 && still.expression < kStillExpressions ? still.expression : -1;
}

std::vector<std::int64_t> ExpressionsOf(const StillImages& images) {
  std::vector<std::int64_t> expressions;
  for (std::int64_t i = 0; i < images.size(); ++i)
    expressions.push_back(KnownExpression(images.still(i)));
  return expressions;
}

template <typename T>
std::vector<T> Ordered(const std::vector<T>& values, const std::vector<std::size_t>& order) {
  std::vector<T> result;
  for (const std::size_t i : order) result.push_back(values[i]);
  return result;
}

LabelWeights WeightsOf(const std::vector<VaLabel>& labels, const LdsOptions& lds) {
  std::vector<double> valence, arousal;
  for (const VaLabel& label : labels) {
    valence.push_back(label.valence);
    arousal.push_back(label.arousal);
  }
  return LabelWeights(valence, arousal, lds);
}

bool IsBackbone(const std::string& name) { return name.rfind("backbone.", 0) == 0; }

void EraseBackbone(ModuleState* state) {
  for (auto entry = state->begin(); entry != state->end();)
    entry = IsBackbone(entry->first) ? state->erase(entry) : std::next(entry);
}

}  // namespace

StillTask::StillTask(const RunOptions& options,
                     const StillImages& training,
                     const StillImages& validation,
                     const at::Device& device,
                     int threads,
                     bool restored,
                     RunFolder* run)
    : options_(options),
      training_(training),
      validation_(validation),
      device_(device),
      threads_(threads),
      run_(run),
      labels_(LabelsOf(training)),
      validation_labels_(LabelsOf(validation)),
      expressions_(ExpressionsOf(training)),
      weights_(WeightsOf(labels_, options.lds)),
      start_(LoadBackboneWeights(options.backbone)) {
  if (options_.training.shuffle_labels) ShuffleLabels();
  MakeLabelTensors();
  run_->Log("start: ResNet-50 " +
            (start_.origin.empty() ? "with weights that do not say how they were trained"
                                   : start_.origin) +
            ", layout " + LayoutName(options_.backbone.Layout()) + ", weights " + start_.hash);
  at::manual_seed(Rng(options_.training.seed, "stills/initial weights").Next() >> 1);
  net_ = StillNet(options_);
  net_->backbone->LoadState(start_);
  net_->to(device_);
  if ((!restored || HeadOnly()) && InitialisesBatchNorm()) SetBatchNorm();
  net_->TrainTuned(options_.stills.tune);
  if (HeadOnly()) ComputePool5Once();
  if (!restored && net_->mlp->standardizes()) Standardize();
  std::int64_t tuned = 0;
  for (const at::Tensor& parameter : net_->parameters())
    tuned += parameter.requires_grad() ? parameter.numel() : 0;
  run_->Log("trained: " + EnumName(options_.stills.tune) + ", " + std::to_string(tuned) + " of " +
            std::to_string(CountParameters(*net_)) + " parameters");
}

// Both lists have an order of their own: the network sees the one, the other chooses its epoch.
// The final scores are against the true labels. The weights are those of the same labels.
void StillTask::ShuffleLabels() {
  const std::uint64_t seed = options_.training.seed;
  const std::vector<std::size_t> order = ShuffledOrder(labels_.size(), seed, "stills");
  labels_ = Ordered(labels_, order);
  expressions_ = Ordered(expressions_, order);
  validation_labels_ = Ordered(
      validation_labels_, ShuffledOrder(validation_labels_.size(), seed, "stills, validation"));
}

void StillTask::MakeLabelTensors() {
  const auto count = static_cast<std::int64_t>(labels_.size());
  va_ = at::empty({count, 2}, at::kFloat);
  weight_ = at::empty({count, 2}, at::kFloat);
  auto* va = va_.data_ptr<float>();
  auto* weight = weight_.data_ptr<float>();
  for (const VaLabel& label : labels_) {
    const Va of_label = weights_.Of(label);
    for (std::size_t k = 0; k < 2; ++k) {
      *va++ = static_cast<float>(label[k]);
      *weight++ = static_cast<float>(of_label[k]);
    }
  }
  expression_ = at::tensor(expressions_, at::kLong);
}

// The tensors share memory with the network.
ModuleState StillTask::Network() const {
  ModuleState state = NamedState(*net_);
  if (HeadOnly()) EraseBackbone(&state);
  return state;
}

void StillTask::LoadNetwork(const ModuleState& state, const std::string& source) {
  ModuleState all = state;
  if (HeadOnly()) {
    for (const auto& [name, tensor] : NamedState(*net_)) {
      if (IsBackbone(name)) all.emplace(name, tensor);
    }
  }
  LoadState(*net_, all, source);
}

// A seeded sample of the training images.
StillOrder StillTask::Sample() const {
  StillOrder order = DrawStillOrder(training_.size(), false, options_.training.seed, -1);
  if (training_.size() > kStatisticsImages) {
    order.index.resize(kStatisticsImages);
    order.mirrored.resize(kStatisticsImages);
  }
  return order;
}

void StillTask::SetBatchNorm() {
  std::vector<at::Tensor> batches;
  StillBatches source(training_, net_->backbone->layers(), Sample(), kStatisticsBatch, threads_);
  while (auto batch = source.Next()) {
    if (batch->size(0) > 1) batches.push_back(batch->to(device_));
  }
  net_->backbone->InitBatchNorm(batches);
  run_->Log("batch-norm statistics of the untrained weights set from training images");
}

void StillTask::Standardize() {
  const at::Tensor pool5 =
      HeadOnly() ? pool5_.to(at::kFloat) : Pool5(training_, Sample(), "pool5 statistics");
  const at::Tensor values = pool5.to(at::kDouble);
  net_->mlp->SetStandardization(values.mean(0).to(device_, at::kFloat),
                                values.std(0, /*unbiased=*/false).to(device_, at::kFloat));
}

// pool5 of images by the current weights in inference form, [n, 2048] float32 on the CPU.
// `stage` names the progress; empty = none, inside a stage that reports its own.
at::Tensor StillTask::Pool5(const StillImages& images,
                            const StillOrder& order,
                            const std::string& stage) {
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
          extractor.Extract(LoadInputs(images, order, begin, size, threads_));
      std::copy(values.begin(), values.end(), pool5.data_ptr<float>() + begin * kPool5Size);
      if (progress) progress->Advance(size);
    }
    return pool5;
  }
  net_->eval();
  StillBatches source(images, net_->backbone->layers(), order, kStatisticsBatch, threads_);
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
void StillTask::ComputePool5Once() {
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

at::Tensor StillTask::KeptPool5(const StillOrder& order,
                                std::int64_t begin,
                                std::int64_t end) const {
  std::vector<std::int64_t> places(order.index.begin() + begin, order.index.begin() + end);
  for (std::int64_t i = 0; i < end - begin; ++i) {
    if (order.mirrored[begin + i]) places[i] += training_.size();
  }
  return pool5_.index_select(0, at::tensor(places, at::kLong)).to(at::kFloat);
}

void StillTask::TrainEpoch(int epoch, const TrainingStep& step) {
  net_->TrainTuned(options_.stills.tune);
  const StillOrder order =
      DrawStillOrder(training_.size(), options_.stills.flip, options_.training.seed, epoch);
  const int size = options_.training.batch;
  const std::int64_t count = training_.size();
  std::unique_ptr<StillBatches> source;
  if (!HeadOnly()) {
    source =
        std::make_unique<StillBatches>(training_, net_->backbone->layers(), order, size, threads_);
  }
  for (std::int64_t begin = 0; begin < count; begin += size) {
    const std::int64_t end = std::min<std::int64_t>(begin + size, count);
    // Batch norm needs two images. The only batch is never dropped.
    if (end - begin < 2) break;
    if (end - begin < size && options_.training.drop_last && begin > 0) break;
    const double before = Seconds();
    const at::Tensor input = HeadOnly() ? KeptPool5(order, begin, end) : *source->Next();
    waiting_s_ += Seconds() - before;
    const at::Tensor rows = at::tensor(
        std::vector<std::int64_t>(order.index.begin() + begin, order.index.begin() + end),
        at::kLong);
    const bool goes_on = step(static_cast<double>(begin) / static_cast<double>(count),
                              end - begin,
                              [&] { return LossOf(input.to(device_), rows); });
    if (!goes_on) return;
    seconds_ += Seconds() - before;
    trained_images_ += end - begin;
  }
}

at::Tensor StillTask::LossOf(const at::Tensor& input, const at::Tensor& rows) {
  const StillNetImpl::Outputs outputs = net_->Heads(HeadOnly() ? input : net_->backbone(input));
  const auto take = [&](const at::Tensor& all) {
    return all.index_select(0, rows).unsqueeze(1).to(device_);
  };
  const at::Tensor valid =
      at::ones({rows.numel(), 1}, at::TensorOptions().dtype(at::kBool).device(device_));
  at::Tensor loss = Loss(outputs.va.unsqueeze(1), take(va_), take(weight_), valid, options_.loss);
  if (outputs.expression.defined()) {
    const at::Tensor classes = expression_.index_select(0, rows).to(device_);
    const at::Tensor known = classes >= 0;
    if (known.any().item<bool>()) {
      loss = loss +
             options_.stills.expression_weight *
                 at::cross_entropy_loss(outputs.expression.index({known}), classes.index({known}));
    }
  }
  return loss;
}

StillPredictions StillTask::Predict() {
  const at::Tensor pool5 = HeadOnly() ? validation_pool5_.to(at::kFloat)
                                      : Pool5(validation_, ListOrder(validation_.size()), "");
  const c10::NoGradGuard no_grad;
  net_->eval();
  const auto outputs = net_->Heads(pool5.to(device_));
  const at::Tensor va = outputs.va.to(at::kCPU, at::kDouble).contiguous();
  const auto* values = va.data_ptr<double>();
  StillPredictions predictions;
  for (std::int64_t i = 0; i < va.size(0); ++i)
    predictions.va.push_back({values[2 * i], values[2 * i + 1]});
  if (outputs.expression.defined()) {
    const at::Tensor best = outputs.expression.argmax(1).to(at::kCPU).contiguous();
    predictions.expression.assign(best.data_ptr<std::int64_t>(),
                                  best.data_ptr<std::int64_t>() + best.numel());
  }
  return predictions;
}

std::optional<double> StillTask::ExpressionScore::Accuracy() const {
  if (known == 0) return std::nullopt;
  return static_cast<double>(right) / static_cast<double>(known);
}

StillTask::ExpressionScore StillTask::ScoreExpressions(const StillPredictions& predictions) const {
  ExpressionScore score;
  for (std::size_t i = 0; i < predictions.expression.size(); ++i) {
    const std::int64_t truth = KnownExpression(validation_.still(static_cast<std::int64_t>(i)));
    if (truth < 0) continue;
    ++score.known;
    score.right += truth == predictions.expression[i] ? 1 : 0;
  }
  return score;
}

ValidationScores StillTask::Validate() {
  const StillPredictions predictions = Predict();
  const RowPredictions rows = {{kList, predictions.va}};
  const LabelMap labels = {{kList, validation_labels_}};
  ValidationScores scores;
  scores.score = ScoreRows(rows, labels, Targets::kBoth);
  scores.loss = ValidationLoss(rows, labels, Targets::kBoth, options_.loss, weights_);
  scores.expression_accuracy = ScoreExpressions(predictions).Accuracy();
  return scores;
}

BackboneWeights StillTask::WriteModel(const std::filesystem::path& folder,
                                      const std::string& trained_on) {
  BackboneWeights weights = net_->backbone->State();
  weights.input_size = options_.backbone.InputSize();
  if (!HeadOnly()) {
    weights.origin = "trained on still images (" + trained_on +
                     ", stages: " + EnumName(options_.stills.tune) + ")";
  } else {
    // The backbone of a trained head is what it was, but for the statistics of its batch norms.
    weights.origin =
        start_.origin + (InitialisesBatchNorm() ? ", batch-norm statistics of still images" : "");
  }
  WriteBackboneWeights(folder / "backbone.safetensors", weights);
  ModuleState head = NamedState(*net_);
  EraseBackbone(&head);
  WriteCheckpoint(folder / "head.safetensors", head, {{"backbone", weights.hash}});
  return weights;
}

double StillTask::images_per_s() const {
  return seconds_ > 0 ? static_cast<double>(trained_images_) / seconds_ : 0;
}

double StillTask::waiting_share() const { return seconds_ > 0 ? waiting_s_ / seconds_ : 0; }

}  // namespace circumplex
