// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "core/safetensors.h"
#include "network/module_state.h"

namespace torch::optim {
class Optimizer;
}

namespace circumplex {

/// Where a training stands after an epoch. Epochs count from 1.
struct RunCounters {
  int epochs_done = 0;
  int best_epoch = 0;  ///< 0 before the first epoch.
  std::optional<double> best_criterion;
  std::array<std::optional<double>, 2> best_ccc;  ///< Validation CCC at the best epoch.
};

/// The two files of a network in training:
///
///     last.safetensors  network, optimiser, `extra` and counters after the last epoch, all in one
///                       file, so that no kill can separate them; last.json repeats the counters
///     best.safetensors  the network after the best epoch
///
/// Both are written atomically; equal states give files of equal bytes.
class RunState {
 public:
  /// @param folder  Where the files are. @param start  What the training began with (a hash of
  /// weights), compared when it goes on; may be empty.
  explicit RunState(std::filesystem::path folder, std::string start = "");

  /// Whether there is a state to go on from.
  static bool IsIn(const std::filesystem::path& folder);
  std::filesystem::path last_path() const { return folder_ / "last.safetensors"; }
  std::filesystem::path best_path() const { return folder_ / "best.safetensors"; }

  /// @param extra  Further tensors of the task, with names of its own ("fds/...").
  void WriteLast(const RunCounters& counters,
                 const ModuleState& network,
                 const torch::nn::Module& module,
                 const torch::optim::Optimizer& optimizer,
                 const TensorFile& extra) const;
  void WriteBest(int epoch, const ModuleState& network) const;

  struct Last {
    RunCounters counters;
    ModuleState network;
    TensorFile all;  ///< Every tensor of the file, those of `extra` among them.
  };
  /// Reads the last state and fills the optimiser with its own.
  /// @throws Error kBadModel naming the file and what to do: damaged, of another start, of an
  /// optimiser that does not fit, or of a version that counted epochs from 0.
  Last ReadLast(const torch::nn::Module& module, torch::optim::Optimizer& optimizer) const;
  /// @throws Error kBadModel.
  ModuleState ReadBest() const;

 private:
  std::filesystem::path folder_;
  std::string start_;
};

}  // namespace circumplex
