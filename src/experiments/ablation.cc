// SPDX-License-Identifier: Apache-2.0
#include "experiments/ablation.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/text_table.h"
#include "evaluation/evaluator.h"
#include "labels/label_stats.h"
#include "predictions/prediction_io.h"
#include "run/shown_clips.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

constexpr const char* kVariants[] = {
    "appearance", "appearance_lds", "motion", "motion_lds", "two_stream", "two_stream_lds"};
constexpr const char* kChosen = "two_stream_lds";

AblationRow Row(const std::string& name, const std::string& note, const EvaluationResult& result) {
  return {name, note, false, ScoresOf(result)};
}

// The mean label of the training split in every frame: what knowing nothing of the face scores.
AblationRow ConstantRow(const ExperimentRequest& request,
                        const ExperimentData& data,
                        const EvaluateOptions& options) {
  std::vector<LabelTrack> training;
  for (const auto* labels : data.TrainingLabels(false)) training.push_back(*labels);
  const LabelStats stats = ComputeLabelStats(training);
  const fs::path folder = request.out / "constant" / "unseen";
  for (const std::string& trial : data.Names(Split::kValidation)) {
    const std::size_t rows = data.Labels(trial).size();
    WriteTrialPrediction(folder / (trial + ".txt"),
                         {trial, std::vector<Va>(rows, {stats.valence.mean, stats.arousal.mean})});
  }
  return Row("constant",
             "mean training label",
             EvaluateTrials(data.WithPredictions(ReadVaPredictions(folder)), options));
}

}  // namespace

std::string AblationResult::Table() const {
  std::vector<std::vector<std::string>> table = {
      {"CCC on unseen clips", "valence [95 %]", "arousal [95 %]", "mean [95 %]"}};
  for (const AblationRow& row : rows) {
    table.push_back({row.name,
                     FormatScore(row.ccc.valence),
                     FormatScore(row.ccc.arousal),
                     FormatScore(row.ccc.mean)});
  }
  return FormatTextTable(table, 4);
}

AblationResult RunAblation(const ExperimentRequest& request) {
  const ExperimentData data(request);
  AblationResult result;
  RunResults results = ReadResults(request.out);
  AddHead(request, "Circumplex: two streams, with and without LDS", &results);
  const LabelDensity density = data.TrainingDensity(false);
  for (const char* key : kVariants) {
    const Variant& variant = FindVariant(key);
    const std::optional<TrainedVariant> trained = TrainVariant(variant, request);
    if (!trained) {
      result.finished = false;
      return result;
    }
    EvaluateOptions options;
    options.bootstrap = trained->options.evaluation;
    const UnseenPredictions unseen = PredictUnseen(*trained, request, data);
    if (result.rows.empty()) result.rows.push_back(ConstantRow(request, data, options));
    const std::vector<EvaluationTrial> trials = data.WithPredictions(unseen.predictions);
    const EvaluationResult evaluation = EvaluateTrials(trials, options, density);
    result.rows.push_back(Row(variant.name, "", evaluation));
    if (variant.folder != kChosen) continue;
    result.rows.back().chosen = true;
    result.model = trained->summary.model;
    result.predictions = unseen.folder;
    ShowVariant(evaluation,
                data.TrainingLabels(false),
                trained->options.lds,
                ShownClips(trials, unseen.frame_rate),
                &results);
    results.speeds = {
        {"phase differences and " + std::to_string(trained->summary.members.size()) + " networks",
         unseen.frames_per_second,
         "prediction from the feature store, CPU"}};
  }
  results.ablation = result.rows;
  // The paper's tables show beside it even where nothing of ours stands in them.
  if (!results.paper) results.paper.emplace();
  WriteResults(request.out, results);
  CopyRunFiles(request.out / kChosen, request.out);
  return result;
}

}  // namespace circumplex
