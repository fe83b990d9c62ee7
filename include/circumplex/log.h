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

/// Receives progress of a running stage: `done` of `total` items (total 0 = unknown).
/// The last call of a stage has `finished` set.
using ProgressSink = std::function<void(
    const std::string& stage, std::int64_t done, std::int64_t total, bool finished)>;

/// Installs the host program's sinks; an empty function silences. The library itself never writes
/// to stdout or stderr. Thread-safe; the sinks may be called from any thread, one call at a time.
void SetLogSink(LogSink sink);
void SetProgressSink(ProgressSink sink);

}  // namespace circumplex
