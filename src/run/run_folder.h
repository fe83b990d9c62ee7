// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "run/metrics_file.h"

namespace circumplex {

/// What computed a run: environment.json, with the program's version, compiler and cores.
struct RunEnvironment {
  std::string device;
  std::string libtorch;  ///< Its version.
  int threads = 1;
  std::int64_t parameters = 0;  ///< Of one network.
};

/// Files of a training run. Not thread-safe.
class RunFolder {
 public:
  /// @param resume  See TrainRequest.
  /// @throws Error kInvalidArgument; kInvalidOptions: another configuration is resumed.
  RunFolder(const std::filesystem::path& path, const RunOptions& options, bool resume);

  const std::filesystem::path& path() const { return path_; }

  /// Appends to log.txt and tells the host's log sink.
  void Log(const std::string& message);
  /// Rewrites metrics.jsonl with this line added, and adds the step to the member's TensorBoard
  /// file, tensorboard/<member>/ (see EventFile): loss/train, loss/validation, ccc/valence,
  /// ccc/arousal, criterion, lr. An undefined value is null in the one and absent in the other.
  void AddMetrics(const MemberId& member, const EpochMetrics& metrics);
  /// Drops lines and TensorBoard steps of a network from epoch `first` on: they belong to an epoch
  /// that was not completed.
  void DropMetricsFrom(const MemberId& member, int first);
  void WriteEnvironment(const RunEnvironment& environment) const;

 private:
  std::filesystem::path MetricsPath() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path path_;
  std::vector<MetricsLine> lines_;
};

}  // namespace circumplex
