// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "datasets/manifest.h"

namespace circumplex {

/// One experiment to run.
struct TrainRequest {
  RunOptions options;
  Manifest manifest;            ///< Annotated trials; test trials are ignored.
  std::filesystem::path store;  ///< Feature store with a track for each trial.
  std::filesystem::path out;    ///< Run folder.
  bool resume = false;          ///< Continue the run in `out`; else `out` must be new or empty.
  std::string device = "cpu";   ///< "cpu" or "cuda".
  std::function<bool()>
      keep_going;  ///< Asked after every epoch; false stops with all state written.
};

/// What came of one network of one fold.
struct MemberSummary {
  int fold = 0;
  Targets targets = Targets::kBoth;
  int epochs = 0, best_epoch = 0;
  std::array<std::optional<double>, 2>
      ccc;  ///< Validation CCC at the best epoch; empty = undefined.
};

struct TrainSummary {
  std::vector<MemberSummary> members;
  std::array<std::optional<double>, 2>
      out_of_fold_ccc;          ///< All folds' validation rows pooled, raw predictions.
  std::int64_t parameters = 0;  ///< Of one network.
  bool finished = true;         ///< False if keep_going stopped the run.
  std::filesystem::path model;  ///< `<out>/model`.

  std::string Report() const;  ///< A fixed-width table.
};

/// Cross-validated training of the two-stream network (paper III, IV-C): for each fold a network is
/// trained on the other folds' trials, the epoch with the best criterion on the fold itself is
/// kept, and all folds together are the model, whose predictions are averaged.
///
/// Run folder: config.toml (effective), environment.json, folds.csv, metrics.jsonl, log.txt,
/// fold_<i>/{last,best}.safetensors (fold_<i>_<target> where targets are trained apart) with a JSON
/// sidecar, out_of_fold/<trial>.txt, model/. Every file is written atomically. State is kept per
/// epoch: on the CPU a killed run that is resumed ends with the same bytes as an uninterrupted one
/// (same machine, same thread count).
///
/// @throws Error kInvalidOptions (every broken rule), kInvalidArgument (`out` holds a run and
/// resume is off, or none and
///   resume is on), kBadData / kNotFound (annotations, features), kUnsupported (device), kIo.
TrainSummary Train(const TrainRequest& request);

}  // namespace circumplex
