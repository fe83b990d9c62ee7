// SPDX-License-Identifier: Apache-2.0
#include "experiments/paper_tables.h"

#include <algorithm>

#include "core/csv.h"
#include "core/text_table.h"
#include "experiments/claims.h"
#include "run/shown_clips.h"

namespace circumplex {
namespace {

constexpr const char* kShown = "spatial_ours_lds";
constexpr const char* kOneMethod = "Ours (spatial)";
constexpr const char* kWithoutLds = "Ours (spatial) without LDS";
constexpr const char* kWithLds = "Ours (spatial) with LDS";

constexpr char kHowScored[] =
    "\nOurs: networks of each fold predict the trials they did not train on; the epoch of a fold is "
    "chosen on that fold, as in the paper. Scored as named: trials pooled (every annotated frame), "
    "mean of the folds (frames with a face, the released code's way), and the official validation "
    "split alone, whose trials other folds trained on.\n";

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

/// One variant beside one row of the paper.
struct Scored {
  const TrainedVariant& trained;
  const OutOfFoldTrials& out_of_fold;
  OwnRow row;  ///< Table, method, name of the variant, protocol.
};

OwnRow Named(const Scored& scored, const std::string& how, const VaScores& ccc) {
  OwnRow row = scored.row;
  row.name += ": " + how;
  row.ccc = ccc;
  return row;
}

EvaluateOptions IntervalsOf(const TrainedVariant& trained) {
  EvaluateOptions options;
  options.bootstrap = trained.options.evaluation;
  return options;
}

// As the released code scores.
OwnRow FoldMeanRow(const Scored& scored) {
  const bool matched = Preset(scored.trained.options.preset).inference.std_matching;
  std::vector<EvaluationTrial> with_face =
      matched ? StdMatchedOnOwnFold(scored.out_of_fold) : scored.out_of_fold.trials;
  for (EvaluationTrial& trial : with_face) {
    for (std::size_t row = 0; row < trial.labels.size(); ++row) {
      if (!trial.has_crop[row]) trial.labels[row] = VaLabel();
    }
  }
  EvaluateOptions plain = IntervalsOf(scored.trained);
  plain.bootstrap.bootstrap = 0;
  const FoldMean mean = EvaluateTrials(with_face, plain).fold_mean;
  return Named(scored,
               "mean of " + std::to_string(mean.folds) + " folds, frames with a face" +
                   (matched ? ", standard deviation matched on the fold" : ""),
               {{mean.ccc_valence, {}, {}}, {mean.ccc_arousal, {}, {}}, {mean.mean_ccc, {}, {}}});
}

// Every way of scoring one variant, named.
std::vector<OwnRow> ScoredRows(const Scored& scored, const std::vector<std::string>& validation) {
  const std::vector<EvaluationTrial>& trials = scored.out_of_fold.trials;
  const EvaluateOptions options = IntervalsOf(scored.trained);
  std::vector<OwnRow> rows = {
      Named(scored, Trials(trials.size()) + " pooled", ScoresOf(EvaluateTrials(trials, options))),
      FoldMeanRow(scored)};
  std::vector<EvaluationTrial> official;
  for (const EvaluationTrial& trial : trials) {
    if (std::find(validation.begin(), validation.end(), trial.name) != validation.end())
      official.push_back(trial);
  }
  // Without a split in the data there is nothing to tell apart.
  if (!official.empty() && official.size() < trials.size()) {
    rows.push_back(Named(scored,
                         "official validation split, " + Trials(official.size()) + " pooled",
                         ScoresOf(EvaluateTrials(official, options))));
  }
  return rows;
}

// What LDS changes, for each preset.
std::vector<ClaimRow> EffectsOf(const std::map<std::string, std::vector<EvaluationTrial>>& scored,
                                const EvaluateOptions& options,
                                const LabelDensity& density) {
  std::vector<ClaimRow> rows;
  for (const Effect& effect : kEffects) {
    const Variant& with = FindVariant(effect.with);
    const RunComparison comparison =
        CompareTrials(scored.at(effect.without), scored.at(effect.with), options, density);
    for (const ClaimMetric metric :
         {ClaimMetric::kCccMean, ClaimMetric::kFewMaeValence, ClaimMetric::kFewMaeArousal}) {
      rows.push_back(MakeClaim("Table II: LDS gains, preset " + with.preset,
                               metric,
                               with.name,
                               FindVariant(effect.without).name,
                               comparison));
    }
  }
  return rows;
}

// Rows of the other table stay.
void ReplaceOwnRows(PaperTable table, const std::vector<OwnRow>& rows, RunResults* results) {
  std::vector<OwnRow> kept;
  if (results->paper) {
    for (const OwnRow& row : *results->paper) {
      if (row.table != TableName(table)) kept.push_back(row);
    }
  }
  kept.insert(kept.end(), rows.begin(), rows.end());
  results->paper = std::move(kept);
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
  RunResults results = ReadResults(request.out);
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
    options = IntervalsOf(*trained);
    const OutOfFoldTrials out_of_fold = ReadOutOfFold(trained->folder, data.labels(), data.store());
    scored[variant.folder] = out_of_fold.trials;
    const std::vector<OwnRow> rows = ScoredRows(
        {*trained,
         out_of_fold,
         {TableName(table), entry.method, variant.name, {}, ProtocolText(trained->options)}},
        validation);
    result.ours.insert(result.ours.end(), rows.begin(), rows.end());
    if (variant.folder != kShown) continue;
    ShowVariant(EvaluateTrials(out_of_fold.trials, options, density),
                data.TrainingLabels(true),
                trained->options.lds,
                ShownClips(out_of_fold.trials, out_of_fold.frame_rate),
                &results);
  }
  if (table == PaperTable::kTwo) {
    result.effects = EffectsOf(scored, options, density);
    AddClaims(result.effects, &results);
  }
  ReplaceOwnRows(table, result.ours, &results);
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
    for (const OwnRow& own : ours) {
      if (own.method != row.method) continue;
      cells.push_back({"  " + own.name,
                       FormatScore(own.ccc.valence),
                       FormatScore(own.ccc.arousal),
                       FormatScore(own.ccc.mean)});
      if (std::find(protocols.begin(), protocols.end(), own.protocol) == protocols.end())
        protocols.push_back(own.protocol);
    }
  }
  std::string text = FormatTextTable(cells, 4) + "\n" + footnotes;
  text += kHowScored;
  for (const std::string& protocol : protocols) text += "- " + protocol + "\n";
  text += "Ours and the paper's compare only on Aff-Wild2. Data here: " +
          (data.empty() ? std::string("not described (--describe)") : data) + "\n";
  if (!effects.empty()) text += "\n" + FormatClaims(effects);
  return text;
}

}  // namespace circumplex
