// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "circumplex/evaluation.h"
#include "circumplex/options.h"

#include "stills/still_images.h"

namespace circumplex {

/// One training on photographs.
struct StillRequest {
  RunOptions options;
  std::filesystem::path data;    ///< Set in AffectNet's layout.
  std::filesystem::path images;  ///< Its pictures, if not in their usual place.
  std::filesystem::path out;     ///< Run folder.
  bool resume = false;           ///< Continue the run in `out`; else `out` must be new or empty.
  std::string device = "cpu";    ///< "cpu" or "cuda".
  int threads = 0;               ///< Picture decoders; 0 = cores.
  std::function<bool()> keep_going;  ///< Asked after every batch; false stops. The epoch that was
                                     ///< not completed is repeated on resume.
};

struct StillSummary {
  StillCounts training, validation;
  int epochs = 0, best_epoch = 0;
  EvaluationResult scores;  ///< Of the best epoch on the validation list; one "video" per image.
  Va constant_rmse{0, 0};   ///< Of the training labels' mean, on the same images.
  std::optional<double> expression_accuracy;  ///< Share of validation images; empty if not trained.
  std::int64_t expression_images = 0;         ///< Validation images with one of the eight.
  double images_per_s = 0;                    ///< Training steps; 0 if none was made.
  double waiting_share = 0;                   ///< Of the training time, for the next images.
  bool finished = true;                       ///< False if keep_going stopped the run.
  std::filesystem::path backbone;             ///< `<out>/backbone.safetensors`.

  std::string Report() const;  ///< Fixed-width text.
};

/// Trains the appearance network on photographs: ResNet-50, as far as options.stills.tune says,
/// with the appearance MLP and an output for valence and arousal (and one for eight expressions),
/// by the loss of options.loss with LDS weights per target, and an added cross entropy.
///
/// The set's own validation list is held out; it chooses the epoch (training.criterion) and is
/// scored. Frozen stages keep their batch-norm statistics; untrained weights get statistics first
/// (stills.calibrate). With stills.tune = head, pool5 is computed once. On the CPU pool5 without
/// gradients comes from Pool5Extractor, as in `circumplex features`.
///
/// Run folder: config.toml, environment.json, metrics.jsonl, log.txt, left_out.csv (pictures that
/// cannot be read), {last,best}.safetensors with a JSON sidecar, and from the best epoch
/// backbone.safetensors (backbone.weights of `circumplex features`), head.safetensors,
/// validation.csv and evaluation.json. Atomic; a run that was stopped resumes on the CPU to the
/// same bytes (same machine, same thread count).
///
/// Source: paper III-A, IV-A. Differs: decision 0020.
/// @throws Error kInvalidOptions (every broken rule), kInvalidArgument (see RunFolder), kBadData
/// (no set of photographs, nothing to train or validate on), kBadModel (backbone.weights),
/// kUnsupported (device), kIo.
StillSummary TrainStills(const StillRequest& request);

}  // namespace circumplex
