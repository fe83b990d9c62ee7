// SPDX-License-Identifier: Apache-2.0
#include "run/run_folder.h"

#include <algorithm>
#include <fstream>
#include <thread>

#include "circumplex/error.h"
#include "circumplex/version.h"

#include "config/toml.h"
#include "core/files.h"
#include "core/json.h"
#include "core/progress.h"
#include "run/event_file.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

EventFile MemberEvents(const fs::path& run, const MemberId& member) {
  return EventFile(run / "tensorboard" / member.Name());
}

ScalarStep StepOf(const EpochMetrics& metrics) {
  return {metrics.epoch,
          {{"loss/train", metrics.train_loss},
           {"loss/validation", metrics.val_loss},
           {"ccc/valence", metrics.ccc_valence},
           {"ccc/arousal", metrics.ccc_arousal},
           {"criterion", metrics.criterion},
           {"lr", metrics.lr}}};
}

void RequireSameOptions(const fs::path& config, const RunOptions& options) {
  const RunOptions own = ReadRunOptions(config, {}, RuleCheck::kCaller);
  std::string list;
  for (const std::string& difference : OptionDifferences(own, "the run", options, "what is given"))
    list += "\n  " + difference;
  if (list.empty()) return;
  throw Error(ErrorCode::kInvalidOptions,
              "'" + config.string() + "' differs from the configuration given:" + list +
                  "\nresume with the run's own config.toml and no --set");
}

}  // namespace

RunFolder::RunFolder(const fs::path& path, const RunOptions& options, bool resume) : path_(path) {
  const fs::path config = path / "config.toml";
  const bool holds_run = PathExists(config, ErrorCode::kIo);
  if (!resume && PathExists(path, ErrorCode::kIo) &&
      !(IsFolder(path, ErrorCode::kIo) && FolderEntries(path).empty())) {
    throw Error(ErrorCode::kInvalidArgument,
                "'" + path.string() + "' is not empty" + (holds_run ? " and holds a run" : "") +
                    "; name a new folder, or continue the run with --resume");
  }
  if (resume && !holds_run) {
    throw Error(ErrorCode::kInvalidArgument,
                "'" + path.string() + "' holds no run to resume; leave out --resume");
  }
  if (resume) RequireSameOptions(config, options);
  if (!resume) WriteFileAtomically(config, FormatRunOptions(options));
  if (resume && PathExists(MetricsPath())) lines_ = ReadMetrics(MetricsPath());
}

void RunFolder::Log(const std::string& message) {
  std::ofstream(path_ / "log.txt", std::ios::app) << message << '\n';
  circumplex::Log(LogLevel::kInfo, "train", message);
}

void RunFolder::AddMetrics(const MemberId& member, const EpochMetrics& metrics) {
  lines_.push_back({member, metrics});
  WriteMetrics(MetricsPath(), lines_);
  MemberEvents(path_, member).Append(StepOf(metrics));
}

void RunFolder::DropMetricsFrom(const MemberId& member, int first) {
  const auto dropped = [&](const MetricsLine& line) {
    return SameMember(line.member, member) && line.metrics.epoch >= first;
  };
  const auto kept = std::remove_if(lines_.begin(), lines_.end(), dropped);
  if (kept != lines_.end()) {
    lines_.erase(kept, lines_.end());
    WriteMetrics(MetricsPath(), lines_);
  }
  std::vector<ScalarStep> steps;
  for (const MetricsLine& line : lines_) {
    if (SameMember(line.member, member)) steps.push_back(StepOf(line.metrics));
  }
  const EventFile events = MemberEvents(path_, member);
  if (!steps.empty() || PathExists(events.path())) events.Rewrite(steps);
}

void RunFolder::WriteEnvironment(const RunEnvironment& environment) const {
  Json json;
  json["circumplex"] = kVersion;
  json["libtorch"] = environment.libtorch;
  json["compiler"] = __VERSION__;
  json["device"] = environment.device;
  json["threads"] = environment.threads;
  json["cores"] = std::thread::hardware_concurrency();
  json["parameters_per_network"] = environment.parameters;
  WriteFileAtomically(path_ / "environment.json", FormatJson(json, 2) + "\n");
}

}  // namespace circumplex
