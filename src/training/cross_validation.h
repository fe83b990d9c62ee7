// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
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
  /// Asked before every step; false stops. The epoch that was not completed is repeated on resume.
  std::function<bool()> keep_going;
};

/// What came of one network: of one fold, one seed, and one or both targets.
struct MemberSummary {
  std::string name;  ///< "fold_0", "fold_0_seed_2", "fold_0_valence", "fold_0_seed_2_valence".
  int fold = 0;
  std::uint64_t seed = 1;
  Targets targets = Targets::kBoth;
  int epochs = 0;
  int best_epoch = 0;  ///< From 1.
  std::array<std::optional<double>, 2>
      ccc;  ///< Validation CCC at the best epoch; empty = undefined (constant labels).
};

struct TrainSummary {
  std::vector<MemberSummary> members;
  std::array<std::optional<double>, 2>
      out_of_fold_ccc;  ///< All folds' validation rows pooled, raw predictions.
  std::array<std::optional<double>, 2>
      written_ccc;              ///< The same rows as written to out_of_fold/: corrected, smoothed.
  std::int64_t parameters = 0;  ///< Of one network.
  bool finished = true;         ///< False if keep_going stopped the run.
  std::filesystem::path model;  ///< `<out>/model`.

  std::string Report() const;  ///< A text table.
};

/// Cross-validated training of the two-stream network (paper III, IV-C): for each fold a network is
/// trained on the other folds' trials, the epoch with the best criterion on the fold itself is
/// kept, and all folds together are the model, whose predictions are averaged. training.seeds > 1
/// trains each network that many times, seeded training.seed, training.seed + 1, ...; the folds are
/// those of training.seed.
///
/// Run folder: config.toml (effective), environment.json, folds.csv, metrics.jsonl, log.txt,
/// tensorboard/<network>/ (EventFile), <network>/{last,best}.safetensors with a JSON sidecar
/// (networks: MemberSummary::name), out_of_fold/<trial>.txt (see OutOfFold for how they are
/// corrected), results.json (their scores: OutOfFoldResults), model/. Files are written
/// atomically, but for log.txt and event files, which grow. State is kept per epoch: on the CPU a
/// killed run that is resumed ends with the same bytes as an uninterrupted one (same machine,
/// same thread count).
///
/// @throws Error kInvalidOptions (every broken rule, of options and data together, before anything
/// is written: MakeTrainingPlan), kInvalidArgument (`out` holds a run and resume is off, or none
/// and resume is on), kBadData / kNotFound (annotations, features), kUnsupported (device), kIo.
TrainSummary Train(const TrainRequest& request);

}  // namespace circumplex
