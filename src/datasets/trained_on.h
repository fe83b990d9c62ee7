// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "predictions/provenance.h"

namespace circumplex {

/// What a model says of itself. @throws Error kBadModel.
Provenance ProvenanceOf(const std::filesystem::path& model, const std::string& gap_fill);

enum class Seen { kWarn, kRefuse };

/// Compares what a model has seen with trials that are to be scored. An overlap is logged as a
/// warning, or refused where `seen` says so and `force` is off.
/// @throws Error kBadData naming the trials.
void CheckTrainedOn(const Provenance& provenance,
                    const std::vector<std::string>& scored,
                    Seen seen,
                    bool force);

/// CheckTrainedOn for predictions that are about to be scored against annotations: by `model` if
/// one is named, else by what `predict` wrote beside the predictions, if anything. Only trials that
/// are both predicted and annotated count.
void CheckPredictions(const std::string& predictions,
                      const std::string& annotations,
                      const std::string& model,
                      bool force);

}  // namespace circumplex
