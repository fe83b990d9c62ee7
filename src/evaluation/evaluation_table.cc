// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "circumplex/evaluation.h"

#include "core/csv.h"
#include "core/text_table.h"

namespace circumplex {
namespace {

// Names and lists stop here; the JSON form has all of them.
constexpr std::size_t kMaxListed = 10;

std::string Number(const std::optional<double>& value) { return FormatOrUndefined(value, 3); }

std::string Percent(const std::optional<double>& share) {
  return share && std::isfinite(*share) ? FormatFixed(*share * 100, 1) + " %" : "undefined";
}

std::string Interval(const Score& score) {
  if (!score.low || !score.high) return "";
  return "[" + Number(score.low) + ", " + Number(score.high) + "]";
}

std::vector<std::string> GroupHeader(const std::string& name) {
  return {name,
          "frames",
          "CCC V",
          "CCC A",
          "CCC mean",
          "PCC V",
          "PCC A",
          "RMSE V",
          "RMSE A",
          "sign V",
          "sign A"};
}

std::vector<std::string> GroupRow(const GroupScores& group) {
  return {group.name,
          std::to_string(group.used),
          Number(group.valence.ccc),
          Number(group.arousal.ccc),
          Number(group.mean_ccc),
          Number(group.valence.pearson),
          Number(group.arousal.pearson),
          Number(group.valence.rmse),
          Number(group.arousal.rmse),
          Percent(group.valence.sign_agreement),
          Percent(group.arousal.sign_agreement)};
}

std::string Listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMaxListed; ++i)
    text += (i ? ", " : "") + names[i];
  if (names.size() > kMaxListed)
    text += ", and " + std::to_string(names.size() - kMaxListed) + " more";
  return text;
}

void AppendRegions(const std::string& target,
                   const std::vector<RegionErrors>& regions,
                   std::vector<std::vector<std::string>>* rows) {
  for (const RegionErrors& region : regions) {
    rows->push_back({target + ", " + region.name,
                     std::to_string(region.bins),
                     std::to_string(region.frames),
                     Number(region.mae.value),
                     Interval(region.mae),
                     Number(region.rmse),
                     Number(region.bias),
                     Number(region.geometric_mean)});
  }
}

std::string RegionHeading(RegionDensity density) {
  return density == RegionDensity::kTraining ? "labels, by density in training"
                                             : "labels, by density here";
}

}  // namespace

std::string FormatScore(const Score& score) {
  const std::string interval = Interval(score);
  return Number(score.value) + (score.value && !interval.empty() ? " " + interval : "");
}

std::string FormatTable(const EvaluationResult& result) {
  const GroupScores& pooled = result.pooled;
  std::string text = "Pooled over " + std::to_string(result.rows.used) + " frames of " +
                     std::to_string(result.videos.size()) + " videos";
  text += result.bootstrap > 0 ? "; 95 % intervals from " + std::to_string(result.bootstrap) +
                                     " resamples of whole videos.\n"
                               : "; no intervals.\n";
  text += FormatTextTable(
      {{"", "CCC", result.bootstrap > 0 ? "95 % interval" : "", "PCC", "RMSE", "sign"},
       {"valence",
        Number(result.ccc_valence.value),
        Interval(result.ccc_valence),
        Number(pooled.valence.pearson),
        Number(pooled.valence.rmse),
        Percent(pooled.valence.sign_agreement)},
       {"arousal",
        Number(result.ccc_arousal.value),
        Interval(result.ccc_arousal),
        Number(pooled.arousal.pearson),
        Number(pooled.arousal.rmse),
        Percent(pooled.arousal.sign_agreement)},
       {"mean", Number(result.ccc_mean.value), Interval(result.ccc_mean)}});
  text += "\nRows: " + std::to_string(result.rows.total) + " annotation rows, " +
          std::to_string(result.rows.used) + " scored, " +
          std::to_string(result.rows.not_annotated) + " not annotated (-5), " +
          std::to_string(result.rows.without_prediction) + " without a prediction.\n";
  for (const std::string& warning : result.warnings) text += "Warning: " + warning + "\n";
  if (!result.missing_trials.empty()) {
    text += "Annotated, not predicted (" + std::to_string(result.missing_trials.size()) +
            "): " + Listed(result.missing_trials) + "\n";
  }
  if (!result.unused_predictions.empty()) {
    text += "Predicted, not annotated (" + std::to_string(result.unused_predictions.size()) +
            "): " + Listed(result.unused_predictions) + "\n";
  }
  if (result.cropped_only) {
    text += "\n" +
            FormatTextTable(
                {GroupHeader("frames counted"), GroupRow(pooled), GroupRow(*result.cropped_only)});
  }
  if (!result.folds.empty()) {
    std::vector<std::vector<std::string>> rows = {GroupHeader("fold")};
    for (const GroupScores& fold : result.folds) rows.push_back(GroupRow(fold));
    rows.push_back({"mean of " + std::to_string(result.fold_mean.folds),
                    "",
                    Number(result.fold_mean.ccc_valence),
                    Number(result.fold_mean.ccc_arousal),
                    Number(result.fold_mean.mean_ccc)});
    text += "\n" + FormatTextTable(rows);
  }
  if (!result.videos.empty()) {
    std::vector<std::vector<std::string>> rows = {GroupHeader("video")};
    for (const GroupScores& video : result.videos) rows.push_back(GroupRow(video));
    text += "\n" + FormatTextTable(rows);
  }
  if (!result.valence_regions.empty() || !result.arousal_regions.empty()) {
    std::vector<std::vector<std::string>> rows = {{RegionHeading(result.region_density),
                                                   "bins",
                                                   "frames",
                                                   "MAE",
                                                   result.bootstrap > 0 ? "95 % interval" : "",
                                                   "RMSE",
                                                   "bias",
                                                   "geometric mean"}};
    AppendRegions("valence", result.valence_regions, &rows);
    AppendRegions("arousal", result.arousal_regions, &rows);
    text += "\n" + FormatTextTable(rows);
  }
  return text;
}

std::string FormatTable(const RunComparison& comparison) {
  std::string text = "Runs a and b over " + std::to_string(comparison.rows) + " frames of " +
                     std::to_string(comparison.videos) + " videos; the difference is b minus a";
  text += comparison.bootstrap > 0
              ? ", its 95 % interval from " + std::to_string(comparison.bootstrap) +
                    " paired resamples of whole videos.\n"
              : "; no intervals.\n";
  const bool intervals = comparison.bootstrap > 0;
  const auto header = [&](const std::string& name) {
    return std::vector<std::string>{name,
                                    "a",
                                    "b",
                                    "difference",
                                    intervals ? "95 % interval" : "",
                                    intervals ? "excludes 0" : ""};
  };
  const auto row = [&](const std::string& name, const PairedScore& pair) {
    const Score& score = pair.difference;
    return std::vector<std::string>{name,
                                    Number(pair.a),
                                    Number(pair.b),
                                    Number(score.value),
                                    Interval(score),
                                    !score.low || !score.high           ? ""
                                    : *score.low > 0 || *score.high < 0 ? "yes"
                                                                        : "no"};
  };
  text += FormatTextTable({header("CCC"),
                           row("valence", comparison.valence),
                           row("arousal", comparison.arousal),
                           row("mean", comparison.mean)});
  if (comparison.share_b_better) {
    text += "b's mean CCC is the larger in " + Percent(comparison.share_b_better) +
            " of the resamples.\n";
  }
  std::vector<std::vector<std::string>> rows = {
      header("MAE of " + RegionHeading(comparison.region_density))};
  const auto add = [&](const std::string& target, const std::vector<PairedRegion>& regions) {
    for (const PairedRegion& region : regions) {
      rows.push_back(
          row(target + ", " + region.name + " (" + std::to_string(region.frames) + " frames)",
              region.mae));
    }
  };
  add("valence", comparison.valence_regions);
  add("arousal", comparison.arousal_regions);
  if (rows.size() > 1) text += "\n" + FormatTextTable(rows);
  return text;
}

}  // namespace circumplex
