// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <filesystem>
#include <memory>
#include <vector>

#include "circumplex/options.h"
#include "circumplex/va_track.h"

#include "clips/clip_builder.h"
#include "config/model_card.h"
#include "network/regressor/two_stream_net.h"

namespace circumplex {

/// Columns of a network's output: 0 valence, 1 arousal.
std::vector<int> TargetColumns(Targets targets);

/// Streams and fusion of `count` rows from `first` on, [count, fusion]: in evaluation mode rows do
/// not see each other, so windows that overlap can share them. Bounded memory for any count.
/// @param net  In evaluation mode, on `device`.
at::Tensor FusedRows(TwoStreamNet net,
                     const RunOptions& options,
                     ClipTrack* track,
                     std::int64_t first,
                     std::int64_t count,
                     const at::Device& device = at::kCPU);

/// Runs one network over every row of a track: sequences `frame_step` apart, windows by
/// `test_rule`, overlaps averaged; or the whole sequence in one pass. Used by validation during
/// training and by every prediction.
///
/// Under Recurrence::kBatch, `batch` consecutive windows share one pass and so see each other, as
/// in the released code.
///
/// @param net  In evaluation mode, on `device`. @return size() pairs in row order.
std::vector<Va> PredictRows(TwoStreamNet net,
                            const RunOptions& options,
                            Targets targets,
                            ClipTrack* track,
                            const at::Device& device = at::kCPU);

/// A trained model: its card and its networks, in evaluation mode.
class Model {
 public:
  /// @throws Error kBadModel: see ReadModelCard; also if weights are missing, damaged or of another
  /// network.
  static Model Load(const std::filesystem::path& folder, const at::Device& device = at::kCPU);

  const ModelCard& card() const { return card_; }
  /// See PredictorOptions::batch_windows. @throws Error kInvalidArgument: windows < 1.
  void SetBatchWindows(int windows);

  /// Mean over the members that predict a target, less the card's bias
  /// (inference.bias_calibration); each member is stretched to the training labels' spread first if
  /// inference.spread_matching is set (statistics of its own validation fold, decision 0007).
  /// @throws Error kBadData if the track's backbone is not the one of the training features.
  std::vector<Va> Predict(ClipTrack* track) const;

  /// The join that Predict() ends with: predictions of every member for the same rows to the
  /// model's.
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

/// Predicts the newest row of a face track that grows row by row, from the model's window of rows
/// up to it; equal to the last row of Model::Predict() on that window up to float rounding, except
/// that the window's first rows keep the phase differences to frames before it. Only the newest
/// rows, whose snippets the frame completes, pass through the streams: (snippet_frames + 1) / 2 per
/// call instead of the window. Not thread-safe.
class LiveSequence {
 public:
  /// @param model  Must outlive this.
  explicit LiveSequence(const Model* model);

  /// @param newest  One row, its frame number above the last one's.
  /// @throws Error as Model::Predict().
  Va Push(const FeatureTrack& newest);

 private:
  const Model* model_;
  FeatureTrack recent_;
  std::vector<std::deque<at::Tensor>> fused_;  // of each member: [fusion] per row of the window
};

/// RunOptions with regressor.targets set to one member's.
RunOptions OptionsOfMember(RunOptions options, Targets targets);

/// A network of the options' shape with untrained weights.
TwoStreamNet MakeNet(const RunOptions& options);

}  // namespace circumplex
