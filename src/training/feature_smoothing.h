// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "circumplex/options.h"

#include "core/safetensors.h"
#include "distribution_smoothing/fds.h"

namespace circumplex {

/// Feature distribution smoothing in the training loop (arXiv 2102.09554, section 3.2), for each
/// target of a network its own.
///
/// The features are the GRU's output, before the head's dropout and last layer. Output k is
/// computed from features that are calibrated by the buckets of label k; the two outputs share
/// features, but neither's rare labels are smoothed along the other's axis (decision 0016).
/// Statistics are of the features that an epoch's steps see, before calibration, in training mode,
/// annotated rows only. Not used after training.
///
///     per step:   Smooth(features) -> head, Observe(features)
///     per epoch:  EndEpoch()
///
/// Differs from the public code, which makes another pass over the training set after each epoch:
/// decision 0016. Thread safety: none.
class FeatureSmoothing {
 public:
  /// @param targets   Number of outputs. @param features  D, values per row.
  /// @throws Error kInvalidOptions for options that break FdsOptions' rules.
  FeatureSmoothing(const FdsOptions& options, int targets, int features);

  /// Whether Smooth() changes anything in this epoch: from start_smooth on, once there are
  /// statistics in use.
  bool Acts(int epoch) const;

  /// @param features  [B, T, D], with gradient: it passes through the calibration, as in the public
  /// code. @param label  [B, T, K]. @param valid  [B, T]; other rows stay as they are.
  /// @return K tensors [B, T, D].
  std::vector<at::Tensor> Smooth(const at::Tensor& features,
                                 const at::Tensor& label,
                                 const at::Tensor& valid,
                                 int epoch) const;

  /// Adds a step's features to the epoch's statistics.
  void Observe(const at::Tensor& features, const at::Tensor& label, const at::Tensor& valid);

  /// Refreshes the statistics in use, then takes in the epoch's.
  void EndEpoch(int epoch);

  /// State after EndEpoch() as tensors "<prefix>...", and back: training then goes on alike.
  void Save(const std::string& prefix, TensorFile* file) const;
  /// @throws Error kBadModel naming `source` if a tensor is missing or has another size.
  void Load(const std::string& prefix, const TensorFile& file, const std::string& source);

  const FdsStatistics& statistics(int target) const { return statistics_[target]; }

 private:
  FdsOptions options_;
  int features_;
  std::vector<FdsStatistics> statistics_;  ///< One per target.
  std::vector<FdsEpoch> epoch_;
};

}  // namespace circumplex
