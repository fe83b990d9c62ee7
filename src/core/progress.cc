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

Progress::Progress(std::string stage, std::int64_t total) {
  report_.stage = std::move(stage);
  report_.total = total;
  Report(false);
}
Progress::~Progress() { Report(true); }

void Progress::Advance(std::int64_t count) {
  report_.done += count;
  report_.part = 0;
  Report(false);
}

void Progress::Skip(std::int64_t count) {
  report_.skipped += count;
  Advance(count);
}

void Progress::Within(double part, const std::string& detail) {
  report_.part = part;
  report_.detail = detail;
  Report(false);
}

void Progress::Report(bool finished) {
  const std::lock_guard<std::mutex> lock(SinkMutex());
  report_.finished = finished;
  if (InstalledProgressSink()) InstalledProgressSink()(report_);
}

}  // namespace circumplex
