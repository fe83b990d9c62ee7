// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/ccc.h"
#include "circumplex/options.h"
#include "circumplex/va_track.h"

#include "distribution_smoothing/label_weights.h"
#include "training/training_data.h"

namespace circumplex {

using RowPredictions = std::map<std::string, std::vector<Va>>;  ///< By trial, row by row.

/// Moments of predictions against annotations over the annotated rows of all trials, one
/// accumulator per target that `targets` names; the other stays empty.
/// @param row_labels  Of each trial's rows (LabelsOfRows).
std::array<CccAccumulator, 2> ScoreRows(const RowPredictions& predictions,
                                        const LabelMap& row_labels,
                                        Targets targets);

/// GroupCcc after MatchStd() of the fold's predictions to the training labels (the
/// released code's criterion).
std::optional<double> StdMatchedCcc(const CccAccumulator& score, double label_std);

/// The configured training loss on predictions: all annotated rows as one batch, with the weights
/// that the training labels' density gives their labels. Empty without annotated rows.
std::optional<double> ValidationLoss(const RowPredictions& predictions,
                                     const LabelMap& row_labels,
                                     Targets targets,
                                     const LossOptions& options,
                                     const LabelWeights& weights);

}  // namespace circumplex
