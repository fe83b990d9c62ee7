// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "backbone/resnet50_weights.h"
#include "distribution_smoothing/label_weights.h"
#include "network/still_net.h"
#include "stills/still_batches.h"
#include "stills/still_report.h"
#include "training/training_data.h"
#include "training/training_loop.h"

namespace circumplex {

/// The appearance network on photographs: ResNet-50 as far as options.stills.tune says, the MLP and
/// its outputs. With stills.tune = head, pool5 is computed once and checkpoints leave the backbone
/// out: it follows from the configuration.
class StillTask : public TrainingTask {
 public:
  /// @param restored  The network's state will be loaded (LoadNetwork): what is measured on the
  /// training images before the first step is part of it. @param threads  Picture decoders.
  /// The references must outlive this. @throws Error kBadModel (backbone.weights).
  StillTask(const RunOptions& options,
            const StillImages& training,
            const StillImages& validation,
            const at::Device& device,
            int threads,
            bool restored,
            RunFolder* run);

  /// Hash of the weights that the backbone began with.
  const std::string& start() const { return start_.hash; }
  /// Of the validation images, by the network as it is.
  StillPredictions Predict();
  /// Share of right expressions among the validation images that have one of the eight.
  struct ExpressionScore {
    std::int64_t right = 0, known = 0;
    std::optional<double> Accuracy() const;  ///< Empty without such an image.
  };
  ExpressionScore ScoreExpressions(const StillPredictions& predictions) const;
  /// Writes the network as backbone.safetensors (backbone.weights of `circumplex features`) and
  /// head.safetensors to `folder`. @param trained_on  For the backbone's origin.
  /// @return The backbone's hash and origin.
  BackboneWeights WriteModel(const std::filesystem::path& folder, const std::string& trained_on);
  double images_per_s() const;   ///< Of training steps; 0 if none was made.
  double waiting_share() const;  ///< Of the training time, for the next images.

  torch::nn::Module& module() override { return *net_; }
  ModuleState Network() const override;
  void LoadNetwork(const ModuleState& state, const std::string& source) override;
  void TrainEpoch(int epoch, const TrainingStep& step) override;
  ValidationScores Validate() override;

 private:
  bool HeadOnly() const { return options_.stills.tune == StillTune::kHead; }
  bool InitialisesBatchNorm() const {
    return options_.backbone.weights.empty() && options_.stills.init_batch_norm;
  }
  void ShuffleLabels();
  void MakeLabelTensors();
  void SetBatchNorm();
  void Standardize();
  void ComputePool5Once();
  StillOrder Sample() const;
  at::Tensor Pool5(const StillImages& images, const StillOrder& order, const std::string& stage);
  at::Tensor KeptPool5(const StillOrder& order, std::int64_t begin, std::int64_t end) const;
  at::Tensor LossOf(const at::Tensor& input, const at::Tensor& rows);

  const RunOptions& options_;
  const StillImages &training_, &validation_;
  const at::Device device_;
  const int threads_;
  RunFolder* run_;
  std::vector<VaLabel> labels_, validation_labels_;  // Shuffled in the control experiment.
  std::vector<std::int64_t> expressions_;            // Of training images, -1 = none of the eight.
  LabelWeights weights_;
  at::Tensor va_, weight_, expression_;  // The same as tensors: [N, 2], [N, 2], [N].
  BackboneWeights start_;
  StillNet net_{nullptr};
  at::Tensor pool5_, validation_pool5_;  // Only if nothing but the head is trained.
  double seconds_ = 0, waiting_s_ = 0;
  std::int64_t trained_images_ = 0;
};

}  // namespace circumplex
