// SPDX-License-Identifier: Apache-2.0
#include "run/metrics_file.h"

#include <algorithm>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/json.h"
#include "options/enum_names.h"

namespace circumplex {
namespace {

constexpr std::int64_t kMostFolds = 1000000, kMostEpochs = 100000000;

struct Document {
  int fold = 0;
  std::optional<std::uint64_t> seed;
  std::optional<std::string> targets;
  int epoch = 0;
  std::optional<double> lr, train_loss, val_loss, ccc_valence, ccc_arousal, criterion,
      expression_accuracy;
};
CIRCUMPLEX_JSON_OBJECT(Document,
                       fold,
                       seed,
                       targets,
                       epoch,
                       lr,
                       train_loss,
                       val_loss,
                       ccc_valence,
                       ccc_arousal,
                       criterion,
                       expression_accuracy);

std::string Format(const MetricsLine& line) {
  const EpochMetrics& m = line.metrics;
  Json json = Document{line.member.fold,
                       line.member.seed,
                       EnumName(line.member.targets),
                       m.epoch,
                       m.lr,
                       m.train_loss,
                       m.val_loss,
                       m.ccc_valence,
                       m.ccc_arousal,
                       m.criterion,
                       m.expression_accuracy};
  if (!m.expression_accuracy) json.erase(std::prev(json.end()));
  return FormatJson(json, -1);
}

}  // namespace

void from_json(const Json& json, MetricsLine& line) {
  const auto document = json.get<Document>();
  WholeNumber(json.at("fold"), 0, kMostFolds);
  WholeNumber(json.at("epoch"), 0, kMostEpochs);
  line.member.fold = document.fold;
  line.member.seed = document.seed.value_or(1);
  const std::string targets = document.targets.value_or(EnumName(Targets::kBoth));
  const auto named = ParseEnum<Targets>(targets);
  if (!named) RefuseJson(json.at("targets"), "both, valence or arousal");
  line.member.targets = *named;
  line.metrics = {document.epoch,
                  document.lr,
                  document.train_loss,
                  document.val_loss,
                  document.ccc_valence,
                  document.ccc_arousal,
                  document.criterion,
                  document.expression_accuracy};
}

std::string MemberId::Name() const {
  return "fold_" + std::to_string(fold) + (several_seeds ? "_seed_" + std::to_string(seed) : "") +
         (targets == Targets::kBoth ? "" : "_" + EnumName(targets));
}

bool SameMember(const MemberId& a, const MemberId& b) {
  return a.fold == b.fold && a.seed == b.seed && a.targets == b.targets;
}

void WriteMetrics(const std::filesystem::path& path, const std::vector<MetricsLine>& lines) {
  std::string text;
  for (const MetricsLine& line : lines) text += Format(line) + "\n";
  WriteFileAtomically(path, text);
}

std::vector<MetricsLine> ReadMetrics(const std::filesystem::path& path) {
  const std::string text = ReadFile(path);
  const bool complete = text.empty() || text.back() == '\n';
  const std::vector<std::string_view> lines = SplitLines(text);
  std::vector<MetricsLine> metrics;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (Trim(lines[i]).empty()) continue;
    const std::string source = path.string() + ":" + std::to_string(i + 1);
    const Json document = Json::parse(lines[i], nullptr, false);
    if (document.is_discarded()) {
      if (i + 1 == lines.size() && !complete) break;
      throw Error(ErrorCode::kBadData,
                  source + ": not a JSON object; remove the line or restore the file");
    }
    metrics.push_back(FromJson<MetricsLine>(document, source));
  }
  const bool several_seeds = std::any_of(metrics.begin(), metrics.end(), [&](const auto& line) {
    return line.member.seed != metrics.front().member.seed;
  });
  const bool from_zero = std::any_of(
      metrics.begin(), metrics.end(), [](const auto& line) { return line.metrics.epoch == 0; });
  for (MetricsLine& line : metrics) {
    line.member.several_seeds = several_seeds;
    line.metrics.epoch += from_zero ? 1 : 0;
  }
  return metrics;
}

}  // namespace circumplex
