// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace circumplex {

enum class LogLevel { kInfo, kWarning, kError };

/// Receives what the library has to say. `stage` is a short word such as "features".
using LogSink =
    std::function<void(LogLevel level, const std::string& stage, const std::string& message)>;

/// How far a running stage is.
struct ProgressReport {
  std::string stage;   ///< Short and the same for the whole stage, e.g. "train".
  std::string detail;  ///< Where it is now, e.g. "fold 2/5, epoch 3/25"; may be empty.
  std::int64_t done = 0;
  std::int64_t total = 0;    ///< Items; 0 = unknown.
  std::int64_t skipped = 0;  ///< Of `done`: items that took no time, e.g. done by an earlier run.
  double part = 0;           ///< Share of the item in work that is done, [0, 1).
  bool finished = false;     ///< Set in the last report of a stage.
};

/// Receives progress of a running stage.
using ProgressSink = std::function<void(const ProgressReport& report)>;

/// Installs the host program's sinks; an empty function silences. The library itself never writes
/// to stdout or stderr. Thread-safe; the sinks may be called from any thread, one call at a time.
void SetLogSink(LogSink sink);
void SetProgressSink(ProgressSink sink);

}  // namespace circumplex
