// SPDX-License-Identifier: Apache-2.0
#include "core/progress.h"

#include <mutex>
#include <utility>

namespace circumplex {
namespace {

std::mutex& SinkMutex() {
  static std::mutex mutex;
  return mutex;
}
LogSink& InstalledLogSink() {
  static LogSink sink;
  return sink;
}
ProgressSink& InstalledProgressSink() {
  static ProgressSink sink;
  return sink;
}

}  // namespace

void SetLogSink(LogSink sink) {
  const std::lock_guard<std::mutex> lock(SinkMutex());
  InstalledLogSink() = std::move(sink);
}

void SetProgressSink(ProgressSink sink) {
  const std::lock_guard<std::mutex> lock(SinkMutex());
  InstalledProgressSink() = std::move(sink);
}

void Log(LogLevel level, const std::string& stage, const std::string& message) {
  const std::lock_guard<std::mutex> lock(SinkMutex());
  if (InstalledLogSink()) InstalledLogSink()(level, stage, message);
}

Progress::Progress(std::string stage, std::int64_t total)
    : stage_(std::move(stage)), total_(total) {
  Report(false);
}
Progress::~Progress() { Report(true); }

void Progress::Advance(std::int64_t count) {
  done_ += count;
  Report(false);
}

void Progress::SetTotal(std::int64_t total) { total_ = total; }

void Progress::Report(bool finished) {
  const std::lock_guard<std::mutex> lock(SinkMutex());
  if (InstalledProgressSink()) InstalledProgressSink()(stage_, done_, total_, finished);
}

}  // namespace circumplex
