// SPDX-License-Identifier: Apache-2.0
#include "experiments/paper_tables.h"

#include <algorithm>

#include "core/check.h"
#include "core/csv.h"
#include "core/text_table.h"
#include "experiments/claims.h"
#include "experiments/results_file.h"

namespace circumplex {
namespace {

constexpr const char* kShown = "spatial_ours_lds";
constexpr const char* kOneMethod = "Ours (spatial)";
constexpr const char* kWithoutLds = "Ours (spatial) without LDS";
constexpr const char* kWithLds = "Ours (spatial) with LDS";

const char* TableName(PaperTable table) {
  return table == PaperTable::kOne ? "Table I" : "Table II";
}

struct Entry {
  const char* variant;
  const char* method;  ///< The paper's row it stands beside.
};

std::vector<Entry> EntriesOf(PaperTable table) {
  if (table == PaperTable::kOne) {
    return {{"spatial_paper_lds", kOneMethod},
            {"spatial_released_lds", kOneMethod},
            {"spatial_ours_lds", kOneMethod}};
  }
  return {{"spatial_paper", kWithoutLds},
          {"spatial_released", kWithoutLds},
          {"spatial_ours", kWithoutLds},
          {"spatial_paper_lds", kWithLds},
          {"spatial_released_lds", kWithLds},
          {"spatial_ours_lds", kWithLds}};
}

struct Effect {
  const char* without;
  const char* with;
};
constexpr Effect kEffects[] = {{"spatial_paper", "spatial_paper_lds"},
                               {"spatial_released", "spatial_released_lds"},
                               {"spatial_ours", "spatial_ours_lds"}};

std::string Trials(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " trial" : " trials");
}

// Every way of scoring one variant, named.
std::vector<OwnRow> ScoredRows(const TrainedVariant& trained,
                               const std::string& name,
                               const OutOfFoldTrials& out_of_fold,
                               const std::vector<std::string>& validation) {
  const std::vector<EvaluationTrial>& trials = out_of_fold.trials;
  EvaluateOptions options;
  options.bootstrap = trained.options.evaluation;
  const std::string protocol = ProtocolText(trained.options);
  std::vector<OwnRow> rows;
  const EvaluationResult pooled = EvaluateTrials(trials, options);
  rows.push_back({name + ": " + Trials(trials.size()) + " pooled", ScoresOf(pooled), protocol});

  const bool matched = Preset(trained.options.preset).inference.spread_matching;
  std::vector<EvaluationTrial> with_face = matched ? SpreadMatchedOnOwnFold(out_of_fold) : trials;
  for (EvaluationTrial& trial : with_face) {
    for (std::size_t row = 0; row < trial.labels.size(); ++row) {
      if (!trial.has_crop[row]) trial.labels[row] = VaLabel();
    }
  }
  EvaluateOptions plain = options;
  plain.bootstrap.bootstrap = 0;
  const FoldMean mean = EvaluateTrials(with_face, plain).fold_mean;
  rows.push_back({name + ": mean of " + std::to_string(mean.folds) + " folds, frames with a face" +
                      (matched ? ", spread matched on the fold" : ""),
                  {{mean.ccc_valence, {}, {}}, {mean.ccc_arousal, {}, {}}, {mean.mean_ccc, {}, {}}},
                  protocol});

  std::vector<EvaluationTrial> official;
  for (const EvaluationTrial& trial : trials) {
    if (std::find(validation.begin(), validation.end(), trial.name) != validation.end())
      official.push_back(trial);
  }
  // Without a split in the data there is nothing to tell apart.
  if (!official.empty() && official.size() < trials.size()) {
    rows.push_back({name + ": official validation split, " + Trials(official.size()) + " pooled",
                    ScoresOf(EvaluateTrials(official, options)),
                    protocol});
  }
  return rows;
}

}  // namespace

PaperTableResult RunPaperTable(PaperTable table, const ExperimentRequest& request) {
  const ExperimentData data(request);
  PaperTableResult result;
  result.table = table;
  result.data = request.data;
  for (const PaperRow& row : PaperTables()) {
    if (row.table == TableName(table)) result.rows.push_back(row);
  }
  ResultsJson results = ReadResults(request.out);
  AddHead(request, "Circumplex: the paper's tables", &results);
  const std::vector<std::string> validation = data.Names(Split::kValidation);
  const LabelDensity density = data.TrainingDensity(true);
  std::map<std::string, std::vector<EvaluationTrial>> scored;
  EvaluateOptions options;
  for (const Entry& entry : EntriesOf(table)) {
    const Variant& variant = FindVariant(entry.variant);
    const std::optional<TrainedVariant> trained = TrainVariant(variant, request);
    if (!trained) {
      result.finished = false;
      return result;
    }
    options.bootstrap = trained->options.evaluation;
    const OutOfFoldTrials out_of_fold = OutOfFold(*trained, request, data);
    const std::vector<EvaluationTrial>& trials = scored[variant.folder] = out_of_fold.trials;
    const auto row =
        std::find_if(result.rows.begin(), result.rows.end(), [&](const PaperRow& candidate) {
          return candidate.method == entry.method;
        });
    CIRCUMPLEX_CHECK(row != result.rows.end(), std::string("paper row ") + entry.method);
    for (const OwnRow& own : ScoredRows(*trained, variant.name, out_of_fold, validation))
      row->ours.push_back(own);
    if (variant.folder != kShown) continue;
    results["evaluation"] = ResultsJson::parse(ToJson(EvaluateTrials(trials, options, density)));
    AddLabelPlots(data.TrainingLabels(true), trained->options.lds, &results);
  }
  if (table == PaperTable::kTwo) {
    for (const Effect& effect : kEffects) {
      const Variant& with = FindVariant(effect.with);
      const RunComparison comparison =
          CompareTrials(scored.at(effect.without), scored.at(effect.with), options, density);
      for (const ClaimMetric metric :
           {ClaimMetric::kCccMean, ClaimMetric::kFewMaeValence, ClaimMetric::kFewMaeArousal}) {
        result.effects.push_back(MakeClaim("Table II: LDS gains, preset " + with.preset,
                                           metric,
                                           with.name,
                                           FindVariant(effect.without).name,
                                           comparison));
      }
    }
    AddClaims(result.effects, &results);
  }

  ResultsJson kept = ResultsJson::array();
  if (results.contains("paper")) {
    for (const ResultsJson& row : results["paper"]) {
      if (row.value("table", "") != TableName(table)) kept.push_back(row);
    }
  }
  for (const PaperRow& row : result.rows) {
    for (const OwnRow& own : row.ours) {
      kept.push_back({{"table", row.table},
                      {"method", row.method},
                      {"name", own.name},
                      {"ccc", ToJson(own.ccc)},
                      {"protocol", own.protocol}});
    }
  }
  results["paper"] = kept;
  WriteResults(request.out, results);
  CopyRunFiles(request.out / kShown, request.out);
  return result;
}

std::string PaperTableResult::Text() const {
  const auto plain = [](const std::optional<double>& value) {
    return value ? FormatFixed(*value, 3) : std::string();
  };
  std::vector<std::vector<std::string>> cells = {
      {std::string(TableName(table)) + ", CCC", "valence [95 %]", "arousal [95 %]", "mean [95 %]"}};
  std::string footnotes;
  std::vector<std::string> protocols;
  int number = 0;
  for (const PaperRow& row : rows) {
    const std::string mark = " [" + std::to_string(++number) + "]";
    footnotes += "[" + std::to_string(number) + "] Measured on: " + row.protocol + "." +
                 (row.footnote.empty() ? "" : " " + row.footnote) + "\n";
    cells.push_back(
        {"paper: " + row.method + mark, plain(row.valence), plain(row.arousal), plain(row.mean)});
    for (const OwnRow& own : row.ours) {
      cells.push_back({"  " + own.name,
                       FormatScore(own.ccc.valence),
                       FormatScore(own.ccc.arousal),
                       FormatScore(own.ccc.mean)});
      if (std::find(protocols.begin(), protocols.end(), own.protocol) == protocols.end())
        protocols.push_back(own.protocol);
    }
  }
  std::string text = FormatTextTable(cells, 4) + "\n" + footnotes;
  text +=
      "\nOurs: networks of each fold predict the trials they did not train on; the epoch of a fold "
      "is "
      "chosen on that fold, as in the paper. Scored as named: trials pooled (every annotated "
      "frame), "
      "mean of the folds (frames with a face, the released code's way), and the official "
      "validation "
      "split alone, whose trials other folds trained on.\n";
  for (const std::string& protocol : protocols) text += "- " + protocol + "\n";
  text += "Ours and the paper's compare only on Aff-Wild2. Data here: " +
          (data.empty() ? std::string("not described (--describe)") : data) + "\n";
  if (!effects.empty()) text += "\n" + FormatClaims(effects);
  return text;
}

}  // namespace circumplex
