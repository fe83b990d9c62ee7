// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/evaluation.h"
#include "circumplex/options.h"
#include "circumplex/va_track.h"

#include "stills/still_images.h"

namespace circumplex {

/// What a training on photographs came to.
struct StillSummary {
  StillCounts training, validation;
  int epochs = 0;
  int best_epoch = 0;       ///< From 1.
  EvaluationResult scores;  ///< Of the best epoch on the validation list; one "video" per image.
  Va constant_rmse;         ///< Of the training labels' mean, on the same images.
  std::optional<double> expression_accuracy;  ///< Share of validation images; empty if not trained.
  std::int64_t expression_images = 0;         ///< Validation images with one of the eight.
  double images_per_s = 0;                    ///< Training steps; 0 if none was made.
  double waiting_share = 0;                   ///< Of the training time, for the next images.
  bool finished = true;                       ///< False if keep_going stopped the run.
  std::filesystem::path backbone;             ///< `<out>/backbone.safetensors`.

  std::string Report() const;  ///< Fixed-width text.
};

/// What a network says of images, in their order.
struct StillPredictions {
  std::vector<Va> va;                    ///< Not limited to [-1, 1].
  std::vector<std::int64_t> expression;  ///< Empty without that output.
};

/// "12 listed, 1 without labels, ...".
std::string CountsText(const StillCounts& counts);

/// Scores predictions of the validation images, clamped if inference.clamp says so, against their
/// own labels: fills `scores` and `constant_rmse` of `summary`, and writes validation.csv
/// and evaluation.json to `out`.
/// @param data  Root of the set; images are named relative to it. @throws Error kIo.
void WriteStillScores(StillPredictions predictions,
                      const StillImages& validation,
                      const StillImages& training,
                      const RunOptions& options,
                      const std::filesystem::path& data,
                      const std::filesystem::path& out,
                      StillSummary* summary);

}  // namespace circumplex
