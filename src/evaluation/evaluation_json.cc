// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "circumplex/error.h"
#include "circumplex/evaluation.h"

#include "evaluation/json_fields.h"

namespace circumplex {
namespace {

using Json = nlohmann::ordered_json;

// A histogram of more cells per side than this is a damaged file, not a plot.
constexpr std::int64_t kMaxCells = 1000;

Json Nullable(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json ToObject(const Score& score) {
  return {{"value", Nullable(score.value)},
          {"low", Nullable(score.low)},
          {"high", Nullable(score.high)}};
}

Json ToObject(const TargetAgreement& scores) {
  return {{"ccc", Nullable(scores.ccc)},
          {"pearson", Nullable(scores.pearson)},
          {"rmse", Nullable(scores.rmse)},
          {"sign_agreement", Nullable(scores.sign_agreement)}};
}

Json ToObject(const GroupScores& group) {
  return {{"name", group.name},
          {"rows", group.rows},
          {"used", group.used},
          {"valence", ToObject(group.valence)},
          {"arousal", ToObject(group.arousal)},
          {"mean_ccc", Nullable(group.mean_ccc)}};
}

Json ToObject(const RegionErrors& region) {
  return {{"name", region.name},
          {"bins", region.bins},
          {"frames", region.frames},
          {"mae", ToObject(region.mae)},
          {"rmse", Nullable(region.rmse)},
          {"bias", Nullable(region.bias)},
          {"geometric_mean", Nullable(region.geometric_mean)}};
}

Json ToObject(const FoldMean& mean) {
  return {{"ccc_valence", Nullable(mean.ccc_valence)},
          {"ccc_arousal", Nullable(mean.ccc_arousal)},
          {"mean_ccc", Nullable(mean.mean_ccc)},
          {"folds", mean.folds}};
}

Json ToObject(const PairedScore& pair) {
  return {
      {"a", Nullable(pair.a)}, {"b", Nullable(pair.b)}, {"difference", ToObject(pair.difference)}};
}

Json ToObject(const PairedRegion& region) {
  return {{"name", region.name}, {"frames", region.frames}, {"mae", ToObject(region.mae)}};
}

const char* DensityName(RegionDensity density) {
  return density == RegionDensity::kTraining ? "training" : "scored";
}

Json ToObject(const SquareHistogram& histogram) {
  return {{"cells", histogram.cells}, {"counts", histogram.counts}};
}

template <typename T>
Json ToArray(const std::vector<T>& values) {
  Json array = Json::array();
  for (const T& value : values) array.push_back(ToObject(value));
  return array;
}

// The readers mirror the writers above, member by member.

void Read(const JsonField& field, Score* score) {
  score->value = field.At("value").NumberOrNull();
  score->low = field.At("low").NumberOrNull();
  score->high = field.At("high").NumberOrNull();
}

void Read(const JsonField& field, TargetAgreement* scores) {
  scores->ccc = field.At("ccc").NumberOrNull();
  scores->pearson = field.At("pearson").NumberOrNull();
  scores->rmse = field.At("rmse").NumberOrNull();
  scores->sign_agreement = field.At("sign_agreement").NumberOrNull();
}

void Read(const JsonField& field, GroupScores* group) {
  group->name = field.At("name").Text();
  group->rows = field.At("rows").Integer();
  group->used = field.At("used").Integer();
  Read(field.At("valence"), &group->valence);
  Read(field.At("arousal"), &group->arousal);
  group->mean_ccc = field.At("mean_ccc").NumberOrNull();
}

void Read(const JsonField& field, RegionErrors* region) {
  region->name = field.At("name").Text();
  region->bins = field.At("bins").Integer();
  region->frames = field.At("frames").Integer();
  Read(field.At("mae"), &region->mae);
  region->rmse = field.At("rmse").NumberOrNull();
  region->bias = field.At("bias").NumberOrNull();
  region->geometric_mean = field.At("geometric_mean").NumberOrNull();
}

void Read(const JsonField& field, FoldMean* mean) {
  mean->ccc_valence = field.At("ccc_valence").NumberOrNull();
  mean->ccc_arousal = field.At("ccc_arousal").NumberOrNull();
  mean->mean_ccc = field.At("mean_ccc").NumberOrNull();
  mean->folds = field.At("folds").Integer();
}

RegionDensity ReadDensity(const JsonField& field) {
  const std::string name = field.Text();
  if (name != "training" && name != "scored") field.Fail("\"training\" or \"scored\"");
  return name == "training" ? RegionDensity::kTraining : RegionDensity::kScored;
}

void Read(const JsonField& field, SquareHistogram* histogram) {
  const std::int64_t cells = field.At("cells").Integer(0, kMaxCells);
  const std::vector<JsonField> counts = field.At("counts").Items();
  if (static_cast<std::int64_t>(counts.size()) != cells * cells) {
    throw Error(ErrorCode::kBadData,
                field.Where("counts") + " holds " + std::to_string(counts.size()) +
                    " numbers for " + std::to_string(cells) + " x " + std::to_string(cells) +
                    " cells");
  }
  *histogram = SquareHistogram(static_cast<int>(cells));
  for (std::size_t i = 0; i < counts.size(); ++i) histogram->counts[i] = counts[i].Integer();
}

template <typename T>
void ReadArray(const JsonField& field, std::vector<T>* values) {
  for (const JsonField& item : field.Items()) {
    values->emplace_back();
    Read(item, &values->back());
  }
}

}  // namespace

std::string ToJson(const EvaluationResult& result) {
  Json json;
  json["ccc"] = {{"valence", ToObject(result.ccc_valence)},
                 {"arousal", ToObject(result.ccc_arousal)},
                 {"mean", ToObject(result.ccc_mean)}};
  json["bootstrap"] = result.bootstrap;
  json["warnings"] = result.warnings;
  json["rows"] = {{"total", result.rows.total},
                  {"used", result.rows.used},
                  {"not_annotated", result.rows.not_annotated},
                  {"without_prediction", result.rows.without_prediction},
                  {"sentinel_predictions", result.rows.sentinel_predictions},
                  {"without_crop", result.rows.without_crop}};
  json["pooled"] = ToObject(result.pooled);
  json["cropped_only"] = result.cropped_only ? ToObject(*result.cropped_only) : Json(nullptr);
  json["folds"] = ToArray(result.folds);
  json["fold_mean"] = ToObject(result.fold_mean);
  json["videos"] = ToArray(result.videos);
  json["regions"] = {{"density", DensityName(result.region_density)},
                     {"valence", ToArray(result.valence_regions)},
                     {"arousal", ToArray(result.arousal_regions)}};
  json["missing_trials"] = result.missing_trials;
  json["unused_predictions"] = result.unused_predictions;
  json["histograms"] = {{"annotated_plane", ToObject(result.annotated_plane)},
                        {"predicted_plane", ToObject(result.predicted_plane)},
                        {"valence_agreement", ToObject(result.valence_agreement)},
                        {"arousal_agreement", ToObject(result.arousal_agreement)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string ToJson(const RunComparison& comparison) {
  Json json;
  json["ccc"] = {{"valence", ToObject(comparison.valence)},
                 {"arousal", ToObject(comparison.arousal)},
                 {"mean", ToObject(comparison.mean)}};
  json["regions"] = {{"density", DensityName(comparison.region_density)},
                     {"valence", ToArray(comparison.valence_regions)},
                     {"arousal", ToArray(comparison.arousal_regions)}};
  json["share_b_better"] = Nullable(comparison.share_b_better);
  json["videos"] = comparison.videos;
  json["rows"] = comparison.rows;
  json["bootstrap"] = comparison.bootstrap;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

EvaluationResult EvaluationFromJson(const std::string& text, const std::string& source) {
  const nlohmann::json document = ParseJson(text, source);
  return ReadEvaluation(JsonField(document, source));
}

EvaluationResult ReadEvaluation(const JsonField& field) {
  EvaluationResult result;
  const JsonField ccc = field.At("ccc");
  Read(ccc.At("valence"), &result.ccc_valence);
  Read(ccc.At("arousal"), &result.ccc_arousal);
  Read(ccc.At("mean"), &result.ccc_mean);
  result.bootstrap = static_cast<int>(field.At("bootstrap").Integer(0, 1000000000));
  result.warnings = field.At("warnings").Texts();
  const JsonField rows = field.At("rows");
  result.rows.total = rows.At("total").Integer();
  result.rows.used = rows.At("used").Integer();
  result.rows.not_annotated = rows.At("not_annotated").Integer();
  result.rows.without_prediction = rows.At("without_prediction").Integer();
  result.rows.sentinel_predictions = rows.At("sentinel_predictions").Integer();
  result.rows.without_crop = rows.At("without_crop").Integer();
  Read(field.At("pooled"), &result.pooled);
  if (const auto cropped = field.Find("cropped_only")) {
    result.cropped_only.emplace();
    Read(*cropped, &*result.cropped_only);
  }
  ReadArray(field.At("folds"), &result.folds);
  Read(field.At("fold_mean"), &result.fold_mean);
  ReadArray(field.At("videos"), &result.videos);
  const JsonField regions = field.At("regions");
  result.region_density = ReadDensity(regions.At("density"));
  ReadArray(regions.At("valence"), &result.valence_regions);
  ReadArray(regions.At("arousal"), &result.arousal_regions);
  result.missing_trials = field.At("missing_trials").Texts();
  result.unused_predictions = field.At("unused_predictions").Texts();
  const JsonField histograms = field.At("histograms");
  Read(histograms.At("annotated_plane"), &result.annotated_plane);
  Read(histograms.At("predicted_plane"), &result.predicted_plane);
  Read(histograms.At("valence_agreement"), &result.valence_agreement);
  Read(histograms.At("arousal_agreement"), &result.arousal_agreement);
  return result;
}

}  // namespace circumplex
