// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "circumplex/evaluation.h"

#include "core/csv.h"

namespace circumplex {
namespace {

// Names and lists stop here; the JSON form has all of them.
constexpr std::size_t kMaxListed = 10;

std::string Number(const std::optional<double>& value, int decimals = 3) {
  if (!value || !std::isfinite(*value)) return "undefined";
  return FormatFixed(*value, decimals);
}

std::string Percent(const std::optional<double>& share) {
  return share && std::isfinite(*share) ? FormatFixed(*share * 100, 1) + " %" : "undefined";
}

std::string Interval(const Score& score) {
  if (!score.low || !score.high) return "";
  return "[" + Number(score.low) + ", " + Number(score.high) + "]";
}

/// Characters of UTF-8 text: bytes that do not continue one.
std::size_t Width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

/// First column left, the others right aligned, two blanks between, no blanks at line ends.
std::string Align(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], Width(row[c]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - Width(row[c]), ' ');
      line += c == 0 ? row[c] + padding : "  " + padding + row[c];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
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
                     Number(region.mae),
                     Number(region.rmse),
                     Number(region.bias)});
  }
}

}  // namespace

std::string FormatTable(const EvaluationResult& result) {
  const GroupScores& pooled = result.pooled;
  std::string text = "Pooled over " + std::to_string(result.rows.used) + " frames of " +
                     std::to_string(result.videos.size()) + " videos";
  text += result.bootstrap > 0 ? "; 95 % intervals from " + std::to_string(result.bootstrap) +
                                     " resamples of whole videos.\n"
                               : "; no intervals.\n";
  text += Align({{"", "CCC", result.bootstrap > 0 ? "95 % interval" : "", "PCC", "RMSE", "sign"},
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
    text +=
        "\n" +
        Align({GroupHeader("frames counted"), GroupRow(pooled), GroupRow(*result.cropped_only)});
  }
  if (!result.folds.empty()) {
    std::vector<std::vector<std::string>> rows = {GroupHeader("fold")};
    for (const GroupScores& fold : result.folds) rows.push_back(GroupRow(fold));
    text += "\n" + Align(rows);
  }
  if (!result.videos.empty()) {
    std::vector<std::vector<std::string>> rows = {GroupHeader("video")};
    for (const GroupScores& video : result.videos) rows.push_back(GroupRow(video));
    text += "\n" + Align(rows);
  }
  if (!result.valence_regions.empty() || !result.arousal_regions.empty()) {
    std::vector<std::vector<std::string>> rows = {
        {"labels", "bins", "frames", "MAE", "RMSE", "bias"}};
    AppendRegions("valence", result.valence_regions, &rows);
    AppendRegions("arousal", result.arousal_regions, &rows);
    text += "\n" + Align(rows);
  }
  return text;
}

std::string FormatTable(const RunComparison& comparison) {
  std::string text = "Difference of CCC, b minus a, over " + std::to_string(comparison.rows) +
                     " frames of " + std::to_string(comparison.videos) + " videos";
  text += comparison.bootstrap > 0
              ? "; 95 % intervals from " + std::to_string(comparison.bootstrap) +
                    " paired resamples of whole videos.\n"
              : "; no intervals.\n";
  std::vector<std::vector<std::string>> rows = {{"",
                                                 "difference",
                                                 comparison.bootstrap > 0 ? "95 % interval" : "",
                                                 comparison.bootstrap > 0 ? "excludes 0" : ""}};
  const auto add = [&](const char* name, const Score& score) {
    const bool interval = score.low && score.high;
    rows.push_back({name,
                    Number(score.value),
                    Interval(score),
                    !interval                             ? ""
                    : (*score.low > 0 || *score.high < 0) ? "yes"
                                                          : "no"});
  };
  add("valence", comparison.valence);
  add("arousal", comparison.arousal);
  add("mean", comparison.mean);
  text += Align(rows);
  if (comparison.share_b_better) {
    text += "b is better in " + Percent(comparison.share_b_better) + " of the resamples.\n";
  }
  return text;
}

}  // namespace circumplex
