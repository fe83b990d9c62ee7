// SPDX-License-Identifier: Apache-2.0
#include "experiments/results_file.h"

#include <algorithm>

#include "circumplex/lds.h"

#include "core/files.h"
#include "evaluation/json_fields.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

// Clips shown frame by frame on the page.
constexpr std::size_t kShownTracks = 8;
constexpr double kNominalStep = 1.0 / 30;

}  // namespace

ResultsJson ReadResults(const fs::path& folder) {
  const fs::path path = folder / "results.json";
  if (!PathExists(path)) return ResultsJson::object();
  const std::string text = ReadFile(path);
  const nlohmann::json checked = ParseJson(text, path.string());
  if (!checked.is_object()) JsonField(checked, path.string()).Fail("an object");
  return ResultsJson::parse(text);
}

void WriteResults(const fs::path& folder, const ResultsJson& results) {
  WriteFileAtomically(folder / "results.json",
                      results.dump(1, ' ', false, ResultsJson::error_handler_t::replace) + "\n");
}

VaScores ScoresOf(const EvaluationResult& evaluation) {
  return {evaluation.ccc_valence, evaluation.ccc_arousal, evaluation.ccc_mean};
}

ResultsJson ToJson(const Score& score) {
  return {{"value", NullableNumber(score.value)},
          {"low", NullableNumber(score.low)},
          {"high", NullableNumber(score.high)}};
}

ResultsJson ToJson(const VaScores& scores) {
  return {{"valence", ToJson(scores.valence)},
          {"arousal", ToJson(scores.arousal)},
          {"mean", ToJson(scores.mean)}};
}

void AddHead(const ExperimentRequest& request, const std::string& title, ResultsJson* results) {
  if (!results->contains("title")) (*results)["title"] = title;
  if (!request.data.empty() || !results->contains("data")) (*results)["data"] = request.data;
  if (!results->contains("notes")) (*results)["notes"] = ResultsJson::array();
  ResultsJson& notes = (*results)["notes"];
  for (const std::string& note : request.notes) {
    if (std::find(notes.begin(), notes.end(), ResultsJson(note)) == notes.end())
      notes.push_back(note);
  }
}

void AddLabelPlots(const std::vector<const std::vector<VaLabel>*>& training,
                   const LdsOptions& lds,
                   ResultsJson* results) {
  constexpr int kCells = 40;
  std::vector<double> valence, arousal;
  SquareHistogram histogram(kCells);
  for (const auto* labels : training) {
    for (const VaLabel& label : *labels) {
      if (!label.annotated) continue;
      valence.push_back(label.valence);
      arousal.push_back(label.arousal);
      histogram.Add(label.valence, label.arousal);
    }
  }
  if (valence.empty()) return;
  ResultsJson counts = ResultsJson::array();
  for (int row = 0; row < kCells; ++row) {
    counts.push_back(std::vector<std::int64_t>(histogram.counts.begin() + row * kCells,
                                               histogram.counts.begin() + (row + 1) * kCells));
  }
  (*results)["label_histogram"] = {{"bins", kCells}, {"counts", counts}};
  std::vector<double> centers;
  for (int bin = 0; bin < lds.num_bins; ++bin)
    centers.push_back(-1 + 2.0 * bin / (lds.num_bins - 1));
  const auto curve = [&](const std::vector<double>& labels) {
    const LdsDensity density = EstimateLdsDensity(labels, lds);
    return ResultsJson{
        {"counts", density.counts}, {"smoothed", density.smoothed}, {"weights", density.weights}};
  };
  (*results)["lds"] = {
      {"centers", centers}, {"valence", curve(valence)}, {"arousal", curve(arousal)}};
}

void AddTracks(const UnseenPredictions& unseen, const ExperimentData& data, ResultsJson* results) {
  ResultsJson tracks = ResultsJson::array();
  for (const auto& [trial, predictions] : unseen.predictions) {
    if (tracks.size() == kShownTracks) break;
    const std::vector<VaLabel>& labels = data.Labels(trial);
    const double step = unseen.seconds.at(trial) > 0 ? unseen.seconds.at(trial) : kNominalStep;
    ResultsJson track = {{"trial", trial}};
    for (std::size_t t = 0; t < labels.size(); ++t) {
      const auto annotated = [&](double value) {
        return labels[t].annotated ? ResultsJson(value) : ResultsJson(nullptr);
      };
      track["time_s"].push_back(static_cast<double>(t) * step);
      track["valence"].push_back(annotated(labels[t].valence));
      track["arousal"].push_back(annotated(labels[t].arousal));
      track["predicted_valence"].push_back(predictions[t].valence);
      track["predicted_arousal"].push_back(predictions[t].arousal);
    }
    tracks.push_back(track);
  }
  (*results)["tracks"] = tracks;
}

void CopyRunFiles(const fs::path& variant, const fs::path& out) {
  for (const char* name : {"config.toml", "environment.json", "folds.csv", "metrics.jsonl"})
    WriteFileAtomically(out / name, ReadFile(variant / name));
}

}  // namespace circumplex
