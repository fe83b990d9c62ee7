// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "circumplex/va_track.h"

#include "clips/clip_builder.h"
#include "config/model_card.h"
#include "network/regressor/two_stream_net.h"

namespace circumplex {

/// A trained model: its card and its networks, in evaluation mode.
class Model {
 public:
  /// @throws Error kBadModel: see ReadModelCard; also if weights are missing, damaged or
  ///         of another network.
  static Model Load(const std::filesystem::path& folder, const at::Device& device = at::kCPU);

  const ModelCard& card() const { return card_; }
  /// See PredictorOptions::batch_windows. @throws Error kInvalidArgument: windows < 1.
  void SetBatchWindows(int windows);

  /// Mean over the members that predict a target, less the card's bias
  /// (inference.bias_correction); each member is matched to the training labels' standard deviation
  /// first if inference.std_matching is set (statistics of its own validation fold, decision 0007).
  /// @throws Error kBadData if the track's backbone is not the one of the training features.
  std::vector<Va> Predict(ClipTrack* track) const;

  /// The join that Predict() ends with: predictions of every member for the same steps
  /// to the model's.
  std::vector<Va> Join(const std::vector<std::vector<Va>>& by_member) const;
  /// @throws Error kBadData if the features come from another backbone than the training features.
  void RequireOwnBackbone(const FeatureTrack& features) const;

  const std::vector<TwoStreamNet>& nets() const { return nets_; }
  const at::Device& device() const { return device_; }

 private:
  ModelCard card_;
  at::Device device_ = at::kCPU;
  std::vector<TwoStreamNet> nets_;
};

}  // namespace circumplex
