// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "circumplex/options.h"

#include "core/progress.h"
#include "datasets/folds.h"
#include "network/regressor/two_stream_net.h"
#include "run/run_folder.h"
#include "training/feature_smoothing.h"
#include "training/fold_scores.h"
#include "training/training_data.h"

namespace torch::optim {
class Optimizer;
}

namespace circumplex {

/// What the networks of a run share. The pointers outlive every MemberTrainer.
struct TrainingContext {
  const RunOptions* options = nullptr;
  const LabelMap* labels = nullptr;
  ClipTrackCache* cache = nullptr;
  RunFolder* run = nullptr;
  Progress* progress = nullptr;
  std::string device = "cpu";
  bool resume = false;
  std::function<bool()> keep_going;  ///< See TrainRequest.
};

/// Trains one network of one fold epoch by epoch and keeps its best epoch. All its state after an
/// epoch is one file, last.safetensors: network, optimiser, FDS statistics and counters.
class MemberTrainer {
 public:
  /// @param fold, data  Must outlive this; data is of fold.train.
  MemberTrainer(const TrainingContext& context,
                const MemberId& id,
                const Fold& fold,
                TrainingData* data);
  ~MemberTrainer();

  /// @return false if keep_going asked to stop.
  /// @throws Error kInvalidOptions: the loss became infinite; kBadModel: a damaged
  /// last.safetensors.
  bool Run();

  int epochs() const { return epoch_; }
  int best_epoch() const { return best_epoch_; }
  /// Validation CCC at the best epoch; empty = undefined.
  const std::array<std::optional<double>, 2>& best_ccc() const { return best_ccc_; }
  std::int64_t parameters() const;

  /// Predictions of the validation trials by the best epoch's network.
  RowPredictions PredictBest();
  std::filesystem::path BestPath() const { return Path("best.safetensors"); }

 private:
  std::filesystem::path Path(const std::string& file) const {
    return context_.run->MemberPath(id_, file);
  }
  bool Stopped() const;
  void Start();
  void SeedGenerators(const std::string& purpose, const std::string& part) const;
  void TrainEpoch();
  at::Tensor Forward(const TrainingBatch& tensors);
  RowPredictions PredictValidation();
  void Validate();
  void SaveLast() const;
  nlohmann::json State() const;
  void Restore();
  at::Tensor On(const at::Tensor& tensor) const;
  std::string Where() const;

  const TrainingContext context_;
  const MemberId id_;
  const RunOptions options_;
  const Fold& fold_;
  TrainingData* data_;
  const at::Device device_;

  TwoStreamNet net_{nullptr};
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::optional<FeatureSmoothing> smoothing_;
  int epoch_ = 0, best_epoch_ = -1;
  std::optional<double> best_criterion_;
  std::array<std::optional<double>, 2> best_ccc_;
  double lr_ = 0, train_loss_ = 0;
};

}  // namespace circumplex
