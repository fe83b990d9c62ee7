// SPDX-License-Identifier: Apache-2.0
#include "training/training_loop.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <torch/nn/module.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/optimizer.h>

#include <cmath>
#include <utility>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/rng.h"
#include "metrics/summary.h"
#include "training/fold_scores.h"
#include "training/optimization.h"

namespace circumplex {
namespace {

// CCC per target as the criterion has it; empty where undefined.
std::array<std::optional<double>, 2> Judged(const ValidationScores& validation, bool std_matched) {
  std::array<std::optional<double>, 2> ccc;
  for (std::size_t k = 0; k < 2; ++k) {
    ccc[k] = std_matched ? StdMatchedCcc(validation.score[k], validation.label_std[k])
                         : GroupCcc(validation.score[k]);
  }
  return ccc;
}

}  // namespace

TrainingLoop::TrainingLoop(TrainingLoopSetup setup, TrainingTask* task)
    : setup_(std::move(setup)), task_(task), state_(setup_.folder, setup_.start) {
  for (const at::Tensor& parameter : task_->module().parameters()) {
    if (parameter.requires_grad()) trained_.push_back(parameter);
  }
  optimizer_ = MakeOptimizer(setup_.training, trained_);
  if (setup_.resume && RunState::IsIn(setup_.folder)) Restore();
  setup_.run->DropMetricsFrom(setup_.member, counters_.epochs_done + 1);
  if (counters_.epochs_done > 0) {
    setup_.run->Log(setup_.name + ": resumed after epoch " + std::to_string(counters_.epochs_done));
    setup_.progress->Skip(counters_.epochs_done);
  }
}

TrainingLoop::~TrainingLoop() = default;

bool TrainingLoop::Run() {
  while (!Finished()) {
    if (!TrainEpoch()) return false;
    const ValidationScores validation = task_->Validate();
    ++counters_.epochs_done;
    Judge(validation);
    TensorFile extra;
    task_->SaveExtra(&extra);
    state_.WriteLast(counters_, task_->Network(), task_->module(), *optimizer_, extra);
    setup_.progress->Advance();
  }
  setup_.progress->Skip(setup_.training.epochs - counters_.epochs_done);
  return true;
}

bool TrainingLoop::Finished() const {
  const int patience = setup_.training.early_stop;
  return counters_.epochs_done >= setup_.training.epochs ||
         (patience > 0 && counters_.epochs_done - counters_.best_epoch >= patience);
}

bool TrainingLoop::TrainEpoch() {
  const int epoch = counters_.epochs_done;
  at::manual_seed(Rng(setup_.seed, setup_.dropout_stream + std::to_string(epoch)).Next() >> 1);
  for (auto& group : optimizer_->param_groups())
    group.options().set_lr(LearningRate(setup_.training, epoch));
  loss_sum_ = 0;
  loss_count_ = 0;
  going_ = true;
  task_->TrainEpoch(
      epoch,
      [this](double share_done, std::int64_t count, const std::function<at::Tensor()>& loss) {
        return Step(share_done, count, loss);
      });
  if (!going_) return false;
  if (loss_count_ == 0) {
    throw Error(ErrorCode::kInvalidOptions,
                setup_.name +
                    ": no batch has the two rows that batch norm needs; use a larger "
                    "training.batch (" +
                    std::to_string(setup_.training.batch) + ") or more data");
  }
  task_->EndEpoch(epoch);
  return true;
}

bool TrainingLoop::Step(double share_done,
                        std::int64_t count,
                        const std::function<at::Tensor()>& loss_of_batch) {
  going_ = !setup_.keep_going || setup_.keep_going();
  if (!going_) return false;
  const int epoch = counters_.epochs_done;
  setup_.progress->Within(share_done,
                          setup_.name + ", epoch " + std::to_string(epoch + 1) + "/" +
                              std::to_string(setup_.training.epochs));
  if (setup_.rate_within_epoch) {
    for (auto& group : optimizer_->param_groups())
      group.options().set_lr(LearningRate(setup_.training, epoch + share_done));
  }
  optimizer_->zero_grad();
  const at::Tensor loss = loss_of_batch();
  loss.backward();
  if (setup_.training.clip_norm > 0)
    torch::nn::utils::clip_grad_norm_(trained_, setup_.training.clip_norm);
  optimizer_->step();
  const auto value = loss.item<double>();
  RequireFinite(value, epoch + 1, "the loss");
  loss_sum_ += value * static_cast<double>(count);
  loss_count_ += count;
  return true;
}

void TrainingLoop::RequireFinite(double value, int epoch, const std::string& what) const {
  if (std::isfinite(value)) return;
  throw Error(ErrorCode::kInvalidOptions,
              setup_.name + ", epoch " + std::to_string(epoch) + ": " + what +
                  " is not finite; lower training.lr (" + FormatShortest(setup_.training.lr) +
                  ") or set training.clip_norm");
}

std::optional<double> TrainingLoop::CriterionOf(const ValidationScores& validation) const {
  double sum = 0;
  int defined = 0;
  for (const auto& ccc : Judged(validation, setup_.training.criterion_std_matched)) {
    if (!ccc) continue;
    sum += *ccc;
    ++defined;
  }
  if (setup_.training.criterion == Criterion::kCcc && defined > 0) return sum / defined;
  if (!validation.loss) return std::nullopt;
  return -*validation.loss;
}

void TrainingLoop::Judge(const ValidationScores& validation) {
  const int epoch = counters_.epochs_done;
  const std::array<std::optional<double>, 2> ccc = Judged(validation, false);
  const std::optional<double> criterion = CriterionOf(validation);
  if (criterion) RequireFinite(*criterion, epoch, "the criterion of the validation set");
  // Which labels are constant does not change between epochs, so neither does what judges them.
  if (setup_.training.criterion == Criterion::kCcc && !ccc[0] && !ccc[1] && epoch == 1) {
    setup_.run->Log(setup_.name +
                    ": the validation labels are constant or absent, so their CCC is undefined; "
                    "epochs are compared by the validation loss");
  }
  if (!criterion || !counters_.best_criterion || *criterion > *counters_.best_criterion) {
    counters_.best_epoch = epoch;
    counters_.best_criterion = criterion;
    counters_.best_ccc = ccc;
    state_.WriteBest(epoch, task_->Network());
  }
  EpochMetrics metrics;
  metrics.epoch = epoch;
  metrics.lr = optimizer_->param_groups().front().options().get_lr();
  metrics.train_loss = loss_sum_ / static_cast<double>(loss_count_);
  metrics.val_loss = validation.loss;
  metrics.ccc_valence = ccc[0];
  metrics.ccc_arousal = ccc[1];
  metrics.criterion = criterion;
  metrics.expression_accuracy = validation.expression_accuracy;
  setup_.run->AddMetrics(setup_.member, metrics);
  setup_.run->Log(
      setup_.name + " epoch " + std::to_string(epoch) + ": loss " +
      FormatOrUndefined(metrics.train_loss, 4) + ", validation loss " +
      FormatOrUndefined(validation.loss, 4) + ", CCC valence " + FormatOrUndefined(ccc[0], 3) +
      ", arousal " + FormatOrUndefined(ccc[1], 3) +
      (validation.expression_accuracy
           ? ", expressions right " + FormatOrUndefined(validation.expression_accuracy, 3)
           : "") +
      (counters_.best_epoch == epoch ? "  (best)" : ""));
}

void TrainingLoop::Restore() {
  const RunState::Last last = state_.ReadLast(task_->module(), *optimizer_);
  const std::string source = state_.last_path().string();
  task_->LoadNetwork(last.network, source);
  task_->LoadExtra(last.all, source);
  counters_ = last.counters;
}

void TrainingLoop::LoadBest() {
  task_->LoadNetwork(state_.ReadBest(), state_.best_path().string());
}

}  // namespace circumplex
