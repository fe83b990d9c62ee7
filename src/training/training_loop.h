// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/ccc.h"
#include "circumplex/options.h"
#include "circumplex/va_track.h"

#include "core/progress.h"
#include "core/safetensors.h"
#include "network/module_state.h"
#include "run/run_folder.h"
#include "training/run_state.h"

namespace circumplex {

/// What a network says of the validation set after an epoch.
struct ValidationScores {
  std::array<CccAccumulator, 2> score;  ///< Raw predictions; empty for a target it has not.
  Va label_std;                         ///< Of the training labels.
  std::optional<double> loss;           ///< The configured loss; empty without annotated rows.
  std::optional<double> expression_accuracy;  ///< Of photographs.
};

/// One optimiser step of a batch.
/// @param share_done  Of the epoch, [0, 1), before this batch. @param count  Of clips or images:
/// what the epoch's mean loss weighs the batch with. @param loss  Called once, in training form;
/// the loss to go down along.
/// @return false if the training is to stop: the epoch is not completed and TrainEpoch returns.
using TrainingStep = std::function<bool(
    double share_done, std::int64_t count, const std::function<at::Tensor()>& loss)>;

/// What is trained: network, data and validation. TrainingLoop has everything else.
class TrainingTask {
 public:
  virtual ~TrainingTask() = default;

  /// The network, ready for its first step or for LoadNetwork(). What requires a
  /// gradient is trained.
  virtual torch::nn::Module& module() = 0;
  /// What an epoch changes, by name; tensors may share memory with the network.
  virtual ModuleState Network() const = 0;
  /// @throws Error kBadModel naming `source` if the state does not fit.
  virtual void LoadNetwork(const ModuleState& state, const std::string& source) = 0;

  /// Calls `step` for the batches of an epoch (zero-based), in its order, until it says stop.
  /// Equal epochs draw equal batches.
  virtual void TrainEpoch(int epoch, const TrainingStep& step) = 0;
  /// After the last step of an epoch, before Validate().
  virtual void EndEpoch(int /*epoch*/) {}
  virtual ValidationScores Validate() = 0;

  /// State beside network and optimiser.
  virtual void SaveExtra(TensorFile* /*file*/) const {}
  virtual void LoadExtra(const TensorFile& /*file*/, const std::string& /*source*/) {}
};

/// How a network is trained and where its files and lines go. The pointers outlive the loop.
struct TrainingLoopSetup {
  TrainingOptions training;
  MemberId member;               ///< Its lines in metrics.jsonl.
  std::string name;              ///< In log, progress and messages.
  std::filesystem::path folder;  ///< Of last.safetensors and best.safetensors.
  std::string start;             ///< See RunState.
  std::uint64_t seed = 1;
  std::string dropout_stream;  ///< Of the generator that draws dropout; the epoch is appended.
  /// The learning rate goes on within an epoch (LearningRate at a fraction) instead of once per
  /// epoch: for photographs, whose few epochs are long (decision 0022).
  bool rate_within_epoch = false;
  RunFolder* run = nullptr;
  Progress* progress = nullptr;  ///< One item per epoch.
  bool resume = false;           ///< Go on from the folder's last state, if there is one.
  /// Asked before every step; false stops. The epoch that was not completed is repeated on resume.
  std::function<bool()> keep_going;
};

/// Trains a network epoch by epoch and keeps its best epoch: the one training loop.
///
///     step       zero gradients, loss, backward, norm of all gradients to
///                training.clip_norm, optimiser
///     criterion  training.criterion: the mean CCC of the targets that have one (after
///                standard deviations are matched if training.criterion_std_matched), or
///                minus the configured loss. Where no target has a CCC (constant labels)
///                the loss takes its place
///     best       the first epoch of the largest criterion; without any (nothing
///                annotated), the last
///     stop       after training.epochs, or training.early_stop epochs in a row without a best
///
/// Dropout draws from LibTorch's generators, seeded anew each epoch, so that an epoch repeats by
/// itself: a run that was stopped goes on, on the CPU, to the bytes of one that was not.
class TrainingLoop {
 public:
  /// Makes the optimiser, restores the last state if asked to.
  /// @param task  Must outlive this. @throws Error kBadModel: a damaged or foreign state.
  TrainingLoop(TrainingLoopSetup setup, TrainingTask* task);
  ~TrainingLoop();

  /// @return false if keep_going asked to stop.
  /// @throws Error kInvalidOptions: the loss became infinite, or no batch can be learnt from.
  bool Run();

  /// Counters after the last completed epoch.
  const RunCounters& counters() const { return counters_; }
  /// Puts the best epoch's network into the task. @throws Error kBadModel.
  void LoadBest();

 private:
  bool Finished() const;
  bool TrainEpoch();
  bool Step(double share_done, std::int64_t count, const std::function<at::Tensor()>& loss);
  void Judge(const ValidationScores& validation);
  std::optional<double> CriterionOf(const ValidationScores& validation) const;
  void Restore();
  void RequireFinite(double value, int epoch, const std::string& what) const;

  const TrainingLoopSetup setup_;
  TrainingTask* task_;
  RunState state_;
  std::vector<at::Tensor> trained_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  RunCounters counters_;
  // Of the epoch in work.
  double loss_sum_ = 0;
  std::int64_t loss_count_ = 0;
  bool going_ = true;
};

}  // namespace circumplex
