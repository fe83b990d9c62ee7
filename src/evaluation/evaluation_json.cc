// SPDX-License-Identifier: Apache-2.0
#include "evaluation/evaluation_json.h"

namespace circumplex {

// A histogram of more cells per side than this is a damaged file, not a plot.
constexpr std::int64_t kMaxCells = 1000;
constexpr std::int64_t kMaxResamples = 1000000000;

CIRCUMPLEX_JSON_OBJECT(TargetAgreement, ccc, pearson, rmse, sign_agreement);
CIRCUMPLEX_JSON_OBJECT(GroupScores, name, rows, used, valence, arousal, mean_ccc);
CIRCUMPLEX_JSON_OBJECT(RegionErrors, name, bins, frames, mae, rmse, bias, geometric_mean);
CIRCUMPLEX_JSON_OBJECT(FoldMean, ccc_valence, ccc_arousal, mean_ccc, folds);
CIRCUMPLEX_JSON_OBJECT(
    RowCounts, total, used, not_annotated, without_prediction, sentinel_predictions, without_crop);
CIRCUMPLEX_JSON_OBJECT(PairedScore, a, b, difference);
CIRCUMPLEX_JSON_OBJECT(PairedRegion, name, frames, mae);

namespace {

// How the figures of both targets are grouped in the document.

template <typename Region>
struct Regions {
  std::string density;
  std::vector<Region> valence, arousal;
};
CIRCUMPLEX_JSON_OBJECT(Regions<RegionErrors>, density, valence, arousal);
CIRCUMPLEX_JSON_OBJECT(Regions<PairedRegion>, density, valence, arousal);

struct PairedScores {
  PairedScore valence, arousal, mean;
};
CIRCUMPLEX_JSON_OBJECT(PairedScores, valence, arousal, mean);

struct Histograms {
  SquareHistogram annotated_plane, predicted_plane, valence_agreement, arousal_agreement;
};
CIRCUMPLEX_JSON_OBJECT(
    Histograms, annotated_plane, predicted_plane, valence_agreement, arousal_agreement);

struct EvaluationDocument {
  VaScores ccc;
  int bootstrap = 0;
  std::vector<std::string> warnings;
  RowCounts rows;
  GroupScores pooled;
  std::optional<GroupScores> cropped_only;
  std::vector<GroupScores> folds;
  FoldMean fold_mean;
  std::vector<GroupScores> videos;
  Regions<RegionErrors> regions;
  std::vector<std::string> missing_trials, unused_predictions;
  Histograms histograms;
};
CIRCUMPLEX_JSON_OBJECT(EvaluationDocument,
                       ccc,
                       bootstrap,
                       warnings,
                       rows,
                       pooled,
                       cropped_only,
                       folds,
                       fold_mean,
                       videos,
                       regions,
                       missing_trials,
                       unused_predictions,
                       histograms);

struct ComparisonDocument {
  PairedScores ccc;
  Regions<PairedRegion> regions;
  std::optional<double> share_b_better;
  std::int64_t videos = 0, rows = 0;
  int bootstrap = 0;
};
CIRCUMPLEX_JSON_OBJECT(ComparisonDocument, ccc, regions, share_b_better, videos, rows, bootstrap);

constexpr char kTraining[] = "training", kScored[] = "scored";

const char* DensityName(RegionDensity density) {
  return density == RegionDensity::kTraining ? kTraining : kScored;
}

}  // namespace

void to_json(Json& json, const SquareHistogram& histogram) {
  json = {{"cells", histogram.cells}, {"counts", histogram.counts}};
}

void from_json(const Json& json, SquareHistogram& histogram) {
  const std::int64_t cells = WholeNumber(json.at("cells"), 0, kMaxCells);
  const Json& counts = json.at("counts");
  if (!counts.is_array()) RefuseJson(counts, "an array");
  if (static_cast<std::int64_t>(counts.size()) != cells * cells) {
    RefuseJson(counts,
               std::to_string(cells * cells) + " numbers for " + std::to_string(cells) + " x " +
                   std::to_string(cells) + " cells, not " + std::to_string(counts.size()));
  }
  histogram = SquareHistogram(static_cast<int>(cells));
  for (std::size_t i = 0; i < counts.size(); ++i) histogram.counts[i] = WholeNumber(counts[i], 0);
}

void to_json(Json& json, const EvaluationResult& result) {
  json = EvaluationDocument{
      {result.ccc_valence, result.ccc_arousal, result.ccc_mean},
      result.bootstrap,
      result.warnings,
      result.rows,
      result.pooled,
      result.cropped_only,
      result.folds,
      result.fold_mean,
      result.videos,
      {DensityName(result.region_density), result.valence_regions, result.arousal_regions},
      result.missing_trials,
      result.unused_predictions,
      {result.annotated_plane,
       result.predicted_plane,
       result.valence_agreement,
       result.arousal_agreement}};
}

void from_json(const Json& json, EvaluationResult& result) {
  auto document = json.get<EvaluationDocument>();
  WholeNumber(json.at("bootstrap"), 0, kMaxResamples);
  const Json& density = json.at("regions").at("density");
  if (density != kTraining && density != kScored) RefuseJson(density, R"("training" or "scored")");
  result.ccc_valence = document.ccc.valence;
  result.ccc_arousal = document.ccc.arousal;
  result.ccc_mean = document.ccc.mean;
  result.bootstrap = document.bootstrap;
  result.warnings = std::move(document.warnings);
  result.rows = document.rows;
  result.pooled = std::move(document.pooled);
  result.cropped_only = std::move(document.cropped_only);
  result.folds = std::move(document.folds);
  result.fold_mean = document.fold_mean;
  result.videos = std::move(document.videos);
  result.region_density = density == kTraining ? RegionDensity::kTraining : RegionDensity::kScored;
  result.valence_regions = std::move(document.regions.valence);
  result.arousal_regions = std::move(document.regions.arousal);
  result.missing_trials = std::move(document.missing_trials);
  result.unused_predictions = std::move(document.unused_predictions);
  result.annotated_plane = std::move(document.histograms.annotated_plane);
  result.predicted_plane = std::move(document.histograms.predicted_plane);
  result.valence_agreement = std::move(document.histograms.valence_agreement);
  result.arousal_agreement = std::move(document.histograms.arousal_agreement);
}

std::string ToJson(const EvaluationResult& result) { return FormatJson(result, 2) + "\n"; }

std::string ToJson(const RunComparison& comparison) {
  const ComparisonDocument document = {{comparison.valence, comparison.arousal, comparison.mean},
                                       {DensityName(comparison.region_density),
                                        comparison.valence_regions,
                                        comparison.arousal_regions},
                                       comparison.share_b_better,
                                       comparison.videos,
                                       comparison.rows,
                                       comparison.bootstrap};
  return FormatJson(document, 2) + "\n";
}

EvaluationResult EvaluationFromJson(const std::string& text, const std::string& source) {
  return FromJson<EvaluationResult>(ParseJson(text, source), source);
}

}  // namespace circumplex
