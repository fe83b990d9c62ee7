// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// One line of metrics.jsonl. No wall-clock times: equal runs give equal files.
struct EpochMetrics {
  int fold = 0;
  Targets targets = Targets::kBoth;
  int epoch = 0;
  double lr = 0, train_loss = 0;
  std::optional<double> ccc_valence, ccc_arousal, criterion;
};

/// Files of a training run. Not thread-safe.
class RunFolder {
 public:
  /// @param resume  See TrainRequest. @throws Error kInvalidArgument, kInvalidOptions (resuming
  /// another configuration).
  RunFolder(const std::filesystem::path& path, const RunOptions& options, bool resume);

  const std::filesystem::path& path() const { return path_; }
  /// "fold_2" or "fold_2_valence".
  static std::string MemberName(int fold, Targets targets);
  std::filesystem::path MemberPath(int fold, Targets targets, const std::string& file) const;

  /// Appends to log.txt and tells the host's log sink.
  void Log(const std::string& message);
  /// Rewrites metrics.jsonl with this line added.
  void AddMetrics(const EpochMetrics& metrics);
  /// Drops lines of a network from epoch `first` on: they belong to an epoch that was not
  /// completed.
  void DropMetricsFrom(int fold, Targets targets, int first);
  void WriteEnvironment(const std::string& device, int threads, std::int64_t parameters) const;

 private:
  void WriteMetrics() const;
  std::filesystem::path path_;
  std::vector<std::string> lines_;
};

}  // namespace circumplex
