// SPDX-License-Identifier: Apache-2.0
#include "report/plots.h"
#include "report/sections/sections.h"
#include "report/tables.h"

namespace circumplex::page {
namespace {

std::string GroupCells(const GroupScores& group) {
  const auto percent = [](const std::optional<double>& value) {
    return value ? std::optional<double>(*value * 100) : std::nullopt;
  };
  return RowHead(group.name) + CountCell(group.used) + CountCell(group.rows) +
         NumberCell(group.valence.ccc) + NumberCell(group.arousal.ccc) +
         NumberCell(group.mean_ccc) + NumberCell(group.valence.pearson) +
         NumberCell(group.arousal.pearson) + NumberCell(group.valence.rmse) +
         NumberCell(group.arousal.rmse) + NumberCell(percent(group.valence.sign_agreement), 1) +
         NumberCell(percent(group.arousal.sign_agreement), 1);
}

Table GroupTable(const std::string& name, const std::vector<GroupScores>& groups) {
  Table table({{name},
               {"Frames", true},
               {"Rows", true},
               {"CCC V", true},
               {"CCC A", true},
               {"CCC mean", true},
               {"PCC V", true},
               {"PCC A", true},
               {"RMSE V", true},
               {"RMSE A", true},
               {"Sign V, %", true},
               {"Sign A, %", true}});
  for (const GroupScores& group : groups) table.Row(GroupCells(group));
  return table;
}

std::string RegionTable(const std::vector<RegionErrors>& regions, const std::string& caption) {
  Table table({{"Labels"},
               {"Bins", true},
               {"Frames", true},
               {"MAE", true},
               {"RMSE", true},
               {"Bias", true},
               {"Geom. mean", true}},
              caption);
  for (const RegionErrors& region : regions) {
    table.Row(RowHead(region.name) + CountCell(region.bins) + CountCell(region.frames) +
              ScoreCell(region.mae) + NumberCell(region.rmse) + NumberCell(region.bias) +
              NumberCell(region.geometric_mean));
  }
  return table.Html();
}

std::string Folds(const EvaluationResult& e) {
  if (e.folds.empty()) return "";
  return "<h3>By fold</h3>" + GroupTable("Fold", e.folds).Html() + "<p class=\"lead\">Mean over " +
         std::to_string(e.fold_mean.folds) + (e.fold_mean.folds == 1 ? " fold" : " folds") +
         ": CCC " + NumberOrUndefined(e.fold_mean.ccc_valence) + " valence, " +
         NumberOrUndefined(e.fold_mean.ccc_arousal) + " arousal, " +
         NumberOrUndefined(e.fold_mean.mean_ccc) + " mean.</p>";
}

std::string Planes(const EvaluationResult& e) {
  if (e.predicted_plane.empty() || e.annotated_plane.empty()) return "";
  return "<h3>On the circumplex</h3><div class=\"plots\">" +
         Figure(CircumplexPlot(e.predicted_plane, "Predictions on the circumplex"),
                "Predicted frames; shade is log frames per cell.") +
         Figure(CircumplexPlot(e.annotated_plane, "Annotations on the circumplex"),
                "Annotated frames; shade is log frames per cell.") +
         "</div>";
}

std::string Named(const std::string& what, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::string html =
      "<details><summary>" + what + " (" + std::to_string(names.size()) + ")</summary><p>";
  for (std::size_t i = 0; i < names.size(); ++i) html += (i ? ", " : "") + EscapeMarkup(names[i]);
  return html + "</p></details>";
}

}  // namespace

std::string Agreement(const RunContents& run) {
  if (!run.results.evaluation) return "";
  const EvaluationResult& e = *run.results.evaluation;
  std::vector<GroupScores> groups = {e.pooled};
  if (e.cropped_only) groups.push_back(*e.cropped_only);
  std::string html =
      "<h3>All frames together</h3>" + GroupTable("Frames counted", groups).Html() + Folds(e);
  if (!e.valence_regions.empty() || !e.arousal_regions.empty()) {
    html += std::string("<h3>By how frequent the label is ") +
            (e.region_density == RegionDensity::kTraining ? "in training" : "among those scored") +
            "</h3><div class=\"columns\">" + RegionTable(e.valence_regions, "Valence") +
            RegionTable(e.arousal_regions, "Arousal") + "</div>";
  }
  return html + Planes(e);
}

std::string Videos(const RunContents& run) {
  if (!run.results.evaluation || run.results.evaluation->videos.empty()) return "";
  const EvaluationResult& e = *run.results.evaluation;
  return GroupTable("Video", e.videos).Sortable().Tall().Html() +
         Named("Annotated trials without a prediction", e.missing_trials) +
         Named("Predicted trials without an annotation", e.unused_predictions);
}

}  // namespace circumplex::page
