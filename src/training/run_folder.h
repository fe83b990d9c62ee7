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

  /// "fold_2", "fold_2_valence", "fold_2_seed_7", "fold_2_seed_7_valence": its folder and file
  /// name.
  std::string Name() const;
};

/// One line of metrics.jsonl. No wall-clock times: equal runs give equal files.
struct EpochMetrics {
  int epoch = 0;
  double lr = 0, train_loss = 0;
  std::optional<double> val_loss, ccc_valence, ccc_arousal, criterion;  ///< Empty = undefined.
  std::optional<double> expression_accuracy =
      std::nullopt;  ///< Of photographs; not written if empty.
};

/// Files of a training run. Not thread-safe.
class RunFolder {
 public:
  /// @param resume  See TrainRequest. @throws Error kInvalidArgument, kInvalidOptions (resuming
  /// another configuration).
  RunFolder(const std::filesystem::path& path, const RunOptions& options, bool resume);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path MemberPath(const MemberId& member, const std::string& file) const;

  /// Appends to log.txt and tells the host's log sink.
  void Log(const std::string& message);
  /// Rewrites metrics.jsonl with this line added, and adds the step to the member's TensorBoard
  /// file, tensorboard/<member>/ (see EventFile): loss/train, loss/validation, ccc/valence,
  /// ccc/arousal, criterion, lr. An undefined value is null in the one and absent in the other.
  void AddMetrics(const MemberId& member, const EpochMetrics& metrics);
  /// Drops lines and TensorBoard steps of a network from epoch `first` on: they belong to an epoch
  /// that was not completed.
  void DropMetricsFrom(const MemberId& member, int first);
  void WriteEnvironment(const std::string& device, int threads, std::int64_t parameters) const;

 private:
  void WriteMetrics() const;
  std::filesystem::path path_;
  std::vector<std::string> lines_;
};

}  // namespace circumplex
