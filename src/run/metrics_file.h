// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// One network of a run: of a fold, of a seed, and where targets are trained apart of a target.
struct MemberId {
  int fold = 0;
  std::uint64_t seed = 1;
  bool several_seeds = false;  ///< Whether the fold has networks of other seeds too.
  Targets targets = Targets::kBoth;

  /// Its folder and file name: "fold_2", "fold_2_valence", "fold_2_seed_7_valence"
  std::string Name() const;
};

/// Whether both name the same network.
bool SameMember(const MemberId& a, const MemberId& b);

/// What an epoch of a network came to; empty = undefined. Without wall-clock times, so that equal
/// runs give equal files.
struct EpochMetrics {
  int epoch = 1;  ///< From 1, as in the file (decision 0023).
  std::optional<double> lr, train_loss, val_loss, ccc_valence, ccc_arousal, criterion;
  /// Of photographs; not written if empty.
  std::optional<double> expression_accuracy = std::nullopt;
};

struct MetricsLine {
  MemberId member;
  EpochMetrics metrics;
};

/// metrics.jsonl: one object per line with fold, seed, targets and the members of EpochMetrics,
/// undefined ones null. Atomic. @throws Error kIo.
void WriteMetrics(const std::filesystem::path& path, const std::vector<MetricsLine>& lines);

/// A last line without a line break that does not parse is left out: a killed run of an earlier
/// version may leave one. Lines without seed or targets are of seed 1 and both targets. A file with
/// an epoch 0 counts from 0, as earlier versions did; what is returned counts from 1.
/// @throws Error kNotFound; kBadData with file:line and key.
std::vector<MetricsLine> ReadMetrics(const std::filesystem::path& path);

}  // namespace circumplex
