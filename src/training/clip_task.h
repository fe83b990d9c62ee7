// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "network/regressor/two_stream_net.h"
#include "run/run_folder.h"
#include "training/feature_smoothing.h"
#include "training/fold_scores.h"
#include "training/training_data.h"
#include "training/training_loop.h"

namespace circumplex {

/// The two-stream network on clips of videos: one network of one fold, for one or both targets.
class ClipTask : public TrainingTask {
 public:
  /// @param options     Of the run.
  /// @param data        Of the fold's training trials.
  /// @param validation  The fold's validation trials.
  /// @param row_labels  Of their rows; what chooses the epoch. All must outlive this.
  ClipTask(const RunOptions& options,
           const MemberId& id,
           const TrainingData& data,
           const std::vector<std::string>& validation,
           const LabelMap& row_labels,
           ClipTrackCache* cache,
           const std::string& device);

  /// What the seeds of this network's draws are named after: fold and targets, not the seed, so
  /// that the networks of one seed are those of a run with that seed alone.
  std::string DropoutStream() const;
  /// Predictions of the validation trials by the network as it is.
  RowPredictions PredictValidation();

  torch::nn::Module& module() override { return *net_; }
  ModuleState Network() const override;
  void LoadNetwork(const ModuleState& state, const std::string& source) override;
  void TrainEpoch(int epoch, const TrainingStep& step) override;
  void EndEpoch(int epoch) override;
  ValidationScores Validate() override;
  void SaveExtra(TensorFile* file) const override;
  void LoadExtra(const TensorFile& file, const std::string& source) override;

 private:
  std::string PlainName() const;
  at::Tensor Forward(const TrainingBatch& tensors, int epoch);
  at::Tensor On(const at::Tensor& tensor) const;

  const MemberId id_;
  const RunOptions options_;
  const TrainingData& data_;
  const std::vector<std::string>& validation_;
  const LabelMap& row_labels_;
  ClipTrackCache* cache_;
  const at::Device device_;
  TwoStreamNet net_{nullptr};
  std::optional<FeatureSmoothing> smoothing_;
};

}  // namespace circumplex
