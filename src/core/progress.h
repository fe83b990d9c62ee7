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
  /// For stages that learn their size while running.
  void SetTotal(std::int64_t total);

 private:
  void Report(bool finished);
  std::string stage_;
  std::int64_t done_ = 0, total_ = 0;
};

}  // namespace circumplex
