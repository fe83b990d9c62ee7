// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "circumplex/options.h"
#include "circumplex/va_track.h"

#include "clips/clip_builder.h"
#include "datasets/manifest.h"
#include "labels/annotation_io.h"

namespace circumplex {

/// Labels and loss weights of one trial's feature rows.
struct LabelledRows {
  std::vector<Va> label;   ///< (valence, arousal) of each row; 0 where not annotated.
  std::vector<Va> weight;  ///< Loss weights; 1 without LDS, 0 where not annotated.
  std::vector<bool> annotated;
};

/// One training step's tensors.
struct TrainingBatch {
  ClipInputs inputs;
  at::Tensor label_btk;   ///< float32, K = targets of the network.
  at::Tensor weight_btk;  ///< float32.
  at::Tensor valid_bt;    ///< bool: annotated and not padding.
};

/// The control experiment training.shuffle_labels: every trial gets the annotation of another one,
/// repeated or cut to its own length; none keeps its own unless it is the only one. The order is
/// `network`'s own: the labels of one random order of n trials share a correlation of about
/// 1 / sqrt(n) with the true ones by chance, of either sign, and a network learns that share. So
/// one order proves nothing, the mean over several does. The validation labels of a fold must be
/// shuffled too: an epoch that is chosen by true labels is no control.
/// Deterministic in `seed` and `network`. Thread-safe.
std::map<std::string, std::vector<VaLabel>> ShuffledLabels(
    const std::map<std::string, std::vector<VaLabel>>& labels,
    std::uint64_t seed,
    const std::string& network);

/// Everything one fold trains on: rows, labels, weights, and the statistics that the network and
/// the model card take from them. Not thread-safe.
class TrainingData {
 public:
  /// @param trials     Names of this fold's training trials.
  /// @param labels     Annotations of every trial.
  /// @throws Error kBadData if no row of the trials is annotated; kInvalidOptions if no clip comes
  /// out (window
  ///   longer than every video under a rule that drops such videos).
  TrainingData(const RunOptions& options,
               const std::vector<std::string>& trials,
               const std::map<std::string, std::vector<VaLabel>>& labels,
               ClipTrackCache* cache);

  /// Clips of one epoch in training order: `frame_step` sequences start at a seeded row, clips are
  /// shuffled. Equal (seed, epoch) give equal clips. Each inner vector is one batch.
  std::vector<std::vector<std::pair<std::string, std::vector<std::int64_t>>>> Batches(
      int epoch, std::uint64_t seed) const;
  TrainingBatch Build(const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& batch,
                      Targets targets) const;

  /// The loss weight that the training labels' density gives a label that need not be among them:
  /// the weight of its bin (of its cell under lds.joint), or of the nearest one with a training
  /// label. 1 without LDS.
  Va WeightOf(const Va& label) const;

  std::int64_t annotated_rows() const { return annotated_rows_; }
  Va label_mean() const { return label_mean_; }
  Va label_std() const { return label_std_; }
  /// Mean and population spread of each pool5 value over the annotated rows, [2048] each.
  std::pair<at::Tensor, at::Tensor> Pool5Statistics() const;

 private:
  RunOptions options_;
  std::vector<std::string> trials_;
  std::map<std::string, LabelledRows> rows_;
  ClipTrackCache* cache_;
  ClipBuilder builder_;
  std::array<std::vector<double>, 2> weight_of_cell_;  ///< Of every bin or cell; empty without LDS.
  std::int64_t annotated_rows_ = 0;
  Va label_mean_{0, 0}, label_std_{0, 0};
};

/// Labels of a trial's rows by frame number; rows beyond the annotation are not annotated.
LabelledRows LabelRows(const FeatureTrack& track, const std::vector<VaLabel>& labels);

}  // namespace circumplex
