// SPDX-License-Identifier: Apache-2.0
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "circumplex/log.h"

#include "program.h"

namespace circumplex::app {
namespace {

using Clock = std::chrono::steady_clock;

// A bar that redraws itself on a terminal, or a line now and then in a log file.
class ProgressBar {
 public:
  void Show(const ProgressReport& report) {
    const Clock::time_point now = Clock::now();
    if (report.stage != stage_) {
      stage_ = report.stage;
      start_ = shown_ = now;
      drawn_ = false;
    }
    const double elapsed = Seconds(now - start_);
    // A log file gets its first line early, so that a run shows what it does.
    const double quiet = terminal_ ? 0.5 : 2.0, pause = terminal_ ? 0.1 : 15.0;
    if (report.finished) {
      if (drawn_) Draw(report, elapsed);
      stage_.clear();
      drawn_ = false;
    } else if (elapsed > quiet && (!drawn_ || Seconds(now - shown_) >= pause)) {
      shown_ = now;
      drawn_ = true;
      Draw(report, elapsed);
    }
  }

  // Log lines go above the bar.
  void ClearLine() {
    if (terminal_ && drawn_) std::fputs("\r\033[K", stderr);
  }

 private:
  static double Seconds(Clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
  }

  static std::string Time(double seconds) {
    const int whole = static_cast<int>(seconds + 0.5);
    char text[32];
    if (whole >= 3600) {
      std::snprintf(text, sizeof(text), "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    } else {
      std::snprintf(text, sizeof(text), "%d:%02d", whole / 60, whole % 60);
    }
    return text;
  }

  void Draw(const ProgressReport& report, double elapsed) {
    std::string line = report.stage + "  ";
    if (report.total > 0) {
      constexpr int kWidth = 30;
      const auto total = static_cast<double>(report.total);
      const double done = std::clamp(static_cast<double>(report.done) + report.part, 0.0, total);
      const double share = done / total, worked = done - static_cast<double>(report.skipped);
      const int filled = static_cast<int>(share * kWidth);
      line += "[" + std::string(filled, '#') + std::string(kWidth - filled, '.') + "] " +
              std::to_string(report.done) + "/" + std::to_string(report.total);
      if (!report.detail.empty() && !report.finished) line += "  " + report.detail;
      if (!report.finished && worked > 0)
        line += "  " + Time(elapsed * (total - done) / worked) + " left";
    } else {
      line += std::to_string(report.done);
    }
    line += "  " + Time(elapsed);
    std::fprintf(stderr,
                 terminal_ ? "\r\033[K%s%s" : "%s%s\n",
                 line.c_str(),
                 terminal_ && report.finished ? "\n" : "");
    std::fflush(stderr);
  }

  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::string stage_;
  Clock::time_point start_, shown_;
  bool drawn_ = false;
};

}  // namespace

void InstallTerminal(bool quiet) {
  if (quiet) {
    SetLogSink({});
    SetProgressSink({});
    return;
  }
  const auto bar = std::make_shared<ProgressBar>();
  const auto logger = spdlog::stderr_color_mt("circumplex");
  logger->set_pattern("%^%l%$ %v");
  SetLogSink([logger, bar](LogLevel level, const std::string& stage, const std::string& message) {
    bar->ClearLine();
    const auto severity = level == LogLevel::kInfo      ? spdlog::level::info
                          : level == LogLevel::kWarning ? spdlog::level::warn
                                                        : spdlog::level::err;
    logger->log(severity, "{}: {}", stage, message);
  });
  SetProgressSink([bar](const ProgressReport& report) { bar->Show(report); });
}

}  // namespace circumplex::app
