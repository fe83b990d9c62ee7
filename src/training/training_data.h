// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "circumplex/ccc.h"
#include "circumplex/options.h"
#include "circumplex/va_track.h"

#include "clips/clip_builder.h"
#include "distribution_smoothing/label_weights.h"
#include "labels/annotation_io.h"

namespace circumplex {

using LabelMap = std::map<std::string, std::vector<VaLabel>>;  ///< By trial.

/// Labels of feature rows from those of frames: row r shows frame `frames[r]` (zero-based). Frames
/// beyond the annotation are not annotated.
std::vector<VaLabel> LabelsOfRows(const std::vector<std::int64_t>& frames,
                                  const std::vector<VaLabel>& labels);
/// The same for every trial of `frames`.
LabelMap LabelsOfRows(const std::map<std::string, std::vector<std::int64_t>>& frames,
                      const LabelMap& labels);

/// Moments of the annotated labels of trials: x is valence, y arousal.
/// @throws Error kBadData if there is none.
CccAccumulator LabelMoments(const LabelMap& labels, const std::vector<std::string>& trials);

/// One training step's tensors.
struct TrainingBatch {
  ClipInputs inputs;
  at::Tensor label_btk;   ///< float32, K = targets of the network; 0 where not annotated.
  at::Tensor weight_btk;  ///< float32; 1 without LDS, 0 where not annotated.
  at::Tensor valid_bt;    ///< bool: annotated and not padding.
};

/// Rows of one trial that form a clip.
using TrialRows = std::pair<std::string, std::vector<std::int64_t>>;

/// Everything one network trains on: rows, labels, weights, and the statistics that it takes from
/// them. Not thread-safe.
class TrainingData {
 public:
  /// @param trials      Names of this fold's training trials.
  /// @param row_labels  Of every trial's rows (LabelsOfRows).
  /// @param cache       Must outlive this; it is read when clips are built.
  /// @throws Error kBadData if no row of the trials is annotated; kInvalidOptions if no clip comes
  /// out (window longer than every video under a rule that drops such videos).
  TrainingData(const RunOptions& options,
               const std::vector<std::string>& trials,
               const LabelMap& row_labels,
               ClipTrackCache* cache);

  /// Clips of one epoch in training order: `frame_step` sequences start at a seeded row, clips are
  /// shuffled. Equal (seed, epoch) give equal clips. Each inner vector is one batch.
  std::vector<std::vector<TrialRows>> Batches(int epoch, std::uint64_t seed) const;
  TrainingBatch Build(const std::vector<TrialRows>& batch, Targets targets) const;

  const LabelWeights& weights() const { return weights_; }
  Va label_std() const;
  /// Mean and population spread of each pool5 value over the annotated rows, [2048] each.
  std::pair<at::Tensor, at::Tensor> Pool5Statistics() const;

 private:
  struct Row {
    VaLabel label;
    Va weight;
  };

  RunOptions options_;
  std::vector<std::string> trials_;
  ClipTrackCache* cache_;
  ClipBuilder builder_;
  CccAccumulator moments_;
  LabelWeights weights_;
  std::map<std::string, std::vector<Row>> rows_;
};

}  // namespace circumplex
