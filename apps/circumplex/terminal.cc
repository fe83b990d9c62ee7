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
  void Show(const std::string& stage, std::int64_t done, std::int64_t total, bool finished) {
    const Clock::time_point now = Clock::now();
    if (stage != stage_) {
      stage_ = stage;
      start_ = shown_ = now;
      drawn_ = false;
    }
    const double elapsed = Seconds(now - start_);
    const double pause = terminal_ ? 0.1 : 15.0;
    if (finished) {
      if (drawn_) Draw(done, total, elapsed, true);
      stage_.clear();
      drawn_ = false;
    } else if (elapsed > 0.5 && Seconds(now - shown_) >= pause) {
      shown_ = now;
      drawn_ = true;
      Draw(done, total, elapsed, false);
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

  void Draw(std::int64_t done, std::int64_t total, double elapsed, bool last) {
    std::string line = stage_ + "  ";
    if (total > 0) {
      constexpr int kWidth = 30;
      const double share =
          std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
      const int filled = static_cast<int>(share * kWidth);
      line += "[" + std::string(filled, '#') + std::string(kWidth - filled, '.') + "] " +
              std::to_string(done) + "/" + std::to_string(total);
      if (!last && done > 0)
        line += "  " + Time(elapsed * (1 - share) / std::max(share, 1e-9)) + " left";
    } else {
      line += std::to_string(done);
    }
    line += "  " + Time(elapsed);
    std::fprintf(
        stderr, terminal_ ? "\r\033[K%s%s" : "%s%s\n", line.c_str(), terminal_ && last ? "\n" : "");
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
  SetProgressSink(
      [bar](const std::string& stage, std::int64_t done, std::int64_t total, bool finished) {
        bar->Show(stage, done, total, finished);
      });
}

}  // namespace circumplex::app
