// SPDX-License-Identifier: Apache-2.0
#include "training/run_folder.h"

#include <torch/version.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <utility>

#include "circumplex/error.h"
#include "circumplex/version.h"

#include "config/toml.h"
#include "core/files.h"
#include "core/progress.h"
#include "options/enum_names.h"
#include "training/event_file.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

nlohmann::ordered_json OrNull(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

EventFile MemberEvents(const fs::path& run, const MemberId& member) {
  return EventFile(run / "tensorboard" / member.Name());
}

// A line of metrics.jsonl as TensorBoard scalars.
template <typename Json>
ScalarStep StepOf(const Json& line) {
  ScalarStep step;
  step.step = line.value("epoch", std::int64_t{0});
  for (const auto& [tag, key] : {std::pair("loss/train", "train_loss"),
                                 std::pair("loss/validation", "val_loss"),
                                 std::pair("ccc/valence", "ccc_valence"),
                                 std::pair("ccc/arousal", "ccc_arousal"),
                                 std::pair("criterion", "criterion"),
                                 std::pair("lr", "lr")}) {
    const auto value = line.find(key);
    const bool known = value != line.end() && value->is_number();
    step.values.emplace_back(
        tag, known ? std::optional<double>(value->template get<double>()) : std::nullopt);
  }
  return step;
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
  const std::string text = FormatRunOptions(options);
  if (resume && ReadFile(config) != text) {
    throw Error(ErrorCode::kInvalidOptions,
                "'" + config.string() +
                    "' differs from the configuration given; resume with the run's own config.toml "
                    "and no --set");
  }
  if (!resume) WriteFileAtomically(config, text);
  const fs::path metrics = path / "metrics.jsonl";
  if (resume && PathExists(metrics)) {
    std::istringstream lines(ReadFile(metrics));
    for (std::string line; std::getline(lines, line);) lines_.push_back(line);
  }
}

std::string MemberId::Name() const {
  return "fold_" + std::to_string(fold) + (several_seeds ? "_seed_" + std::to_string(seed) : "") +
         (targets == Targets::kBoth ? "" : "_" + EnumName(targets));
}

fs::path RunFolder::MemberPath(const MemberId& member, const std::string& file) const {
  return path_ / member.Name() / file;
}

void RunFolder::Log(const std::string& message) {
  std::ofstream(path_ / "log.txt", std::ios::app) << message << '\n';
  circumplex::Log(LogLevel::kInfo, "train", message);
}

void RunFolder::AddMetrics(const MemberId& member, const EpochMetrics& metrics) {
  nlohmann::ordered_json line;
  line["fold"] = member.fold;
  line["seed"] = member.seed;
  line["targets"] = EnumName(member.targets);
  line["epoch"] = metrics.epoch;
  line["lr"] = metrics.lr;
  line["train_loss"] = metrics.train_loss;
  line["val_loss"] = OrNull(metrics.val_loss);
  line["ccc_valence"] = OrNull(metrics.ccc_valence);
  line["ccc_arousal"] = OrNull(metrics.ccc_arousal);
  line["criterion"] = OrNull(metrics.criterion);
  if (metrics.expression_accuracy) line["expression_accuracy"] = *metrics.expression_accuracy;
  lines_.push_back(line.dump());
  WriteMetrics();
  MemberEvents(path_, member).Append(StepOf(line));
}

void RunFolder::DropMetricsFrom(const MemberId& member, int first) {
  std::vector<std::string> kept;
  std::vector<ScalarStep> steps;
  for (const std::string& line : lines_) {
    const nlohmann::json entry = nlohmann::json::parse(line, nullptr, false);
    if (!entry.is_object()) continue;
    const bool own = entry.value("fold", -1) == member.fold &&
                     entry.value("seed", std::uint64_t{0}) == member.seed &&
                     entry.value("targets", "") == EnumName(member.targets);
    if (own && entry.value("epoch", 0) >= first) continue;
    kept.push_back(line);
    if (own) steps.push_back(StepOf(entry));
  }
  const bool changed = kept.size() != lines_.size();
  lines_ = std::move(kept);
  if (changed) WriteMetrics();
  const EventFile events = MemberEvents(path_, member);
  if (!steps.empty() || PathExists(events.path())) events.Rewrite(steps);
}

void RunFolder::WriteMetrics() const {
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  WriteFileAtomically(path_ / "metrics.jsonl", text);
}

void RunFolder::WriteEnvironment(const std::string& device,
                                 int threads,
                                 std::int64_t parameters) const {
  nlohmann::ordered_json environment;
  environment["circumplex"] = kVersion;
  environment["libtorch"] = TORCH_VERSION;
  environment["compiler"] = __VERSION__;
  environment["device"] = device;
  environment["threads"] = threads;
  environment["cores"] = std::thread::hardware_concurrency();
  environment["parameters_per_network"] = parameters;
  WriteFileAtomically(path_ / "environment.json", environment.dump(2) + "\n");
}

}  // namespace circumplex
