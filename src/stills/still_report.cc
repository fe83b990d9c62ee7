// SPDX-License-Identifier: Apache-2.0
#include "stills/still_report.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "circumplex/ccc.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/text_table.h"
#include "evaluation/evaluator.h"

namespace circumplex {
namespace {

std::string Text(const std::optional<double>& value) { return FormatOrUndefined(value, 3); }

std::string IntervalText(const Score& score) {
  return score.low && score.high ? "[" + Text(score.low) + ", " + Text(score.high) + "]" : "";
}

LabelDensity DensityOf(const StillImages& images) {
  std::vector<VaLabel> labels;
  for (std::int64_t i = 0; i < images.size(); ++i) labels.push_back({images.still(i).va, true});
  LabelDensity density;
  density.Add(labels);
  return density;
}

// Distance of the validation labels from the training labels' mean: what a constant errs by.
Va ConstantRmse(const StillImages& training, const StillImages& validation) {
  CccAccumulator trained;
  for (std::int64_t i = 0; i < training.size(); ++i)
    trained.Add(training.still(i).va.valence, training.still(i).va.arousal);
  std::array<CccAccumulator, 2> against;
  for (std::int64_t i = 0; i < validation.size(); ++i) {
    against[0].Add(trained.mean_x(), validation.still(i).va.valence);
    against[1].Add(trained.mean_y(), validation.still(i).va.arousal);
  }
  return {against[0].Rmse().value_or(0), against[1].Rmse().value_or(0)};
}

std::vector<std::vector<std::string>> RegionTable(const EvaluationResult& scores) {
  std::vector<std::vector<std::string>> table = {
      {"labels", "images", "MAE", "95 % interval", "RMSE", "bias"}};
  const auto add = [&table](const std::string& target, const std::vector<RegionErrors>& all) {
    for (const RegionErrors& region : all) {
      if (region.frames == 0) continue;
      table.push_back({target + ", " + region.name,
                       std::to_string(region.frames),
                       Text(region.mae.value),
                       IntervalText(region.mae),
                       Text(region.rmse),
                       Text(region.bias)});
    }
  };
  add("valence", scores.valence_regions);
  add("arousal", scores.arousal_regions);
  return table;
}

}  // namespace

std::string CountsText(const StillCounts& counts) {
  return std::to_string(counts.listed) + " listed, " + std::to_string(counts.unlabelled) +
         " without labels, " + std::to_string(counts.missing) + " not on disk, " +
         std::to_string(counts.not_drawn) + " not drawn, " + std::to_string(counts.unreadable) +
         " unreadable, " + std::to_string(counts.used) + " used";
}

void WriteStillScores(StillPredictions predictions,
                      const StillImages& validation,
                      const StillImages& training,
                      const RunOptions& options,
                      const std::filesystem::path& data,
                      const std::filesystem::path& out,
                      StillSummary* summary) {
  std::vector<EvaluationTrial> trials;
  CsvTable table;
  table.header = {"image",
                  "valence",
                  "arousal",
                  "expression",
                  "predicted_valence",
                  "predicted_arousal",
                  "predicted_expression"};
  for (std::size_t i = 0; i < predictions.va.size(); ++i) {
    if (options.inference.clamp) {
      for (std::size_t k = 0; k < 2; ++k)
        predictions.va[i][k] = std::clamp(predictions.va[i][k], -1.0, 1.0);
    }
    const StillImage& still = validation.still(static_cast<std::int64_t>(i));
    EvaluationTrial trial;
    // A list may name an image twice.
    trial.name = std::to_string(i);
    trial.labels = {{still.va, true}};
    trial.predicted = true;
    trial.predictions = {predictions.va[i]};
    trials.push_back(std::move(trial));
    table.rows.push_back(
        {still.path.lexically_relative(data).string(),
         FormatShortest(still.va.valence),
         FormatShortest(still.va.arousal),
         std::to_string(still.expression),
         FormatFixed(predictions.va[i][0], 6),
         FormatFixed(predictions.va[i][1], 6),
         predictions.expression.empty() ? "" : std::to_string(predictions.expression[i])});
  }
  WriteFileAtomically(out / "validation.csv", FormatCsv(table));
  EvaluateOptions evaluate;
  evaluate.bootstrap = options.evaluation;
  summary->scores = EvaluateTrials(std::move(trials), evaluate, DensityOf(training));
  summary->scores.videos.clear();
  WriteFileAtomically(out / "evaluation.json", ToJson(summary->scores));
  summary->constant_rmse = ConstantRmse(training, validation);
}

std::string StillSummary::Report() const {
  std::string text = "training    " + CountsText(training) + "\nvalidation  " +
                     CountsText(validation) + "\nepochs      " + std::to_string(epochs);
  if (images_per_s > 0) {
    text += ", " + FormatFixed(images_per_s, 0) + " images/s, " +
            FormatFixed(100 * waiting_share, 1) + " % of the time waiting for images";
  }
  text += "\n";
  if (!finished) return text;
  text += "best epoch  " + std::to_string(best_epoch) + "\n\n";
  const auto row = [](const char* target,
                      const Score& ccc,
                      const TargetAgreement& agreement,
                      double constant) -> std::vector<std::string> {
    return {target,
            Text(ccc.value),
            IntervalText(ccc),
            Text(agreement.pearson),
            Text(agreement.rmse),
            FormatFixed(constant, 3)};
  };
  text +=
      FormatTextTable({{"validation", "CCC", "95 % interval", "PCC", "RMSE", "constant's RMSE"},
                       row("valence", scores.ccc_valence, scores.pooled.valence, constant_rmse[0]),
                       row("arousal", scores.ccc_arousal, scores.pooled.arousal, constant_rmse[1]),
                       {"mean", Text(scores.ccc_mean.value), IntervalText(scores.ccc_mean)}});
  if (expression_accuracy) {
    text += "expressions right: " + FormatFixed(100 * *expression_accuracy, 1) + " % of " +
            std::to_string(expression_images) + " images\n";
  }
  return text + "\n" + FormatTextTable(RegionTable(scores));
}

}  // namespace circumplex
