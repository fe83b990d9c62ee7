// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "circumplex/log.h"

namespace circumplex {

void Log(LogLevel level, const std::string& stage, const std::string& message);

/// Reports a stage's progress to the installed ProgressSink; ends the stage on destruction.
class Progress {
 public:
  Progress(std::string stage, std::int64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void Advance(std::int64_t count = 1);
  /// Items that are done without work, so that they do not count for the time left.
  void Skip(std::int64_t count);
  /// Share of the item in work that is done, [0, 1), and where the stage is ("fold 2/5, epoch
  /// 3/25"): long items move the display too.
  void Within(double part, const std::string& detail);

 private:
  void Report(bool finished);
  ProgressReport report_;
};

}  // namespace circumplex
