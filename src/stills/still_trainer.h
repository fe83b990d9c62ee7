// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "circumplex/options.h"

#include "stills/still_report.h"

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
  /// Asked before every step; false stops. The epoch that was not completed is repeated on resume.
  std::function<bool()> keep_going;
};

/// Trains the appearance network on photographs: ResNet-50, as far as options.stills.tune says,
/// with the appearance MLP and an output for valence and arousal (and one for eight expressions),
/// by the loss of options.loss with LDS weights per target, and an added cross entropy.
///
/// The set's own validation list is held out; it chooses the epoch as for videos (TrainingLoop) and
/// is scored. Frozen stages keep their batch-norm statistics; untrained weights get statistics
/// first (stills.init_batch_norm). With stills.tune = head, pool5 is computed once. On the CPU
/// pool5 without gradients comes from Pool5Extractor, as in `circumplex features`.
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
