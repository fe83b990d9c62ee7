// SPDX-License-Identifier: Apache-2.0
#include "experiments/ablation.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "circumplex/error.h"
#include "circumplex/lds.h"
#include "circumplex/predictor.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/progress.h"
#include "datasets/trial_labels.h"
#include "features/feature_store.h"
#include "labels/label_stats.h"
#include "labels/prediction_io.h"
#include "training/trainer.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

struct Variant {
  const char* name;
  const char* folder;
  bool appearance, motion, lds;
};

constexpr Variant kVariants[] = {
    {"appearance only", "appearance", true, false, false},
    {"appearance only + LDS", "appearance_lds", true, false, true},
    {"motion only", "motion", false, true, false},
    {"motion only + LDS", "motion_lds", false, true, true},
    {"two-stream", "two_stream", true, true, false},
    {"two-stream + LDS", "two_stream_lds", true, true, true},
};
// Clips shown frame by frame on the page.
constexpr std::size_t kShownTracks = 8;

struct Unseen {
  std::vector<std::string> trials;
  std::map<std::string, std::vector<VaLabel>> labels;
  fs::path annotations;
};

Unseen UnseenTrials(const AblationRequest& request) {
  Unseen unseen;
  for (const Trial& trial : request.manifest.trials) {
    if (trial.split != Split::kValidation || trial.annotation.empty()) continue;
    if (!fs::exists(FeatureTrackPath(request.store, trial.name))) continue;
    unseen.trials.push_back(trial.name);
    unseen.labels[trial.name] = ReadTrialLabels(trial);
    unseen.annotations = trial.annotation.parent_path();
  }
  if (unseen.trials.empty()) {
    throw Error(ErrorCode::kBadData,
                "'" + request.manifest.root.string() +
                    "' has no validation trial with features; give a split (--splits) and features "
                    "of both splits");
  }
  return unseen;
}

// Predicts the unseen trials into challenge files; returns frames per second of the networks.
double PredictUnseen(const fs::path& model,
                     const AblationRequest& request,
                     const Unseen& unseen,
                     const fs::path& out) {
  PredictorOptions options;
  options.device = request.device;
  Predictor predictor = Predictor::Load(model, options);
  const auto start = std::chrono::steady_clock::now();
  std::int64_t frames = 0;
  Progress progress("predict unseen trials", static_cast<std::int64_t>(unseen.trials.size()));
  for (const std::string& trial : unseen.trials) {
    const VaTrack track = predictor.PredictFeatures(request.store, trial);
    TrialPrediction prediction;
    prediction.trial = trial;
    for (const VaFrame& frame : track.frames) {
      // A clip without any face has no estimate; 0 is the centre of the plane.
      prediction.valence.push_back(
          frame.valence == frame.valence ? static_cast<float>(frame.valence) : 0.f);
      prediction.arousal.push_back(
          frame.arousal == frame.arousal ? static_cast<float>(frame.arousal) : 0.f);
    }
    frames += static_cast<std::int64_t>(track.frames.size());
    const auto rows = static_cast<std::int64_t>(unseen.labels.at(trial).size());
    WriteTrialPrediction(out / (trial + ".txt"), ResizeToRows(prediction, rows));
    progress.Advance();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return static_cast<double>(frames) / seconds.count();
}

EvaluationResult Evaluated(const fs::path& predictions,
                           const Unseen& unseen,
                           const AblationRequest& request) {
  EvaluateOptions options;
  options.bootstrap = request.base.evaluation;
  options.allow_missing = true;  // a folder may hold the training trials too
  return Evaluate(predictions, unseen.annotations, options);
}

AblationRow Row(const std::string& name, const std::string& note, const EvaluationResult& result) {
  return {name, note, false, {result.ccc_valence, result.ccc_arousal, result.ccc_mean}};
}

// The mean label of the training split in every frame: what knowing nothing of the face scores.
AblationRow ConstantRow(const AblationRequest& request, const Unseen& unseen) {
  double valence = 0, arousal = 0, count = 0;
  for (const Trial& trial : request.manifest.trials) {
    if (trial.split != Split::kTrain || trial.annotation.empty()) continue;
    for (const VaLabel& label : ReadTrialLabels(trial)) {
      if (!label.annotated) continue;
      valence += label.valence;
      arousal += label.arousal;
      count += 1;
    }
  }
  const fs::path folder = request.out / "constant" / "unseen";
  for (const std::string& trial : unseen.trials) {
    const std::size_t rows = unseen.labels.at(trial).size();
    WriteTrialPrediction(
        folder / (trial + ".txt"),
        {trial,
         std::vector<float>(rows, static_cast<float>(valence / std::max(count, 1.0))),
         std::vector<float>(rows, static_cast<float>(arousal / std::max(count, 1.0)))});
  }
  return Row("constant", "mean training label", Evaluated(folder, unseen, request));
}

Json OrNull(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json ScoreJson(const Score& score) {
  return {{"value", OrNull(score.value)}, {"low", OrNull(score.low)}, {"high", OrNull(score.high)}};
}

Json TracksJson(const fs::path& predictions, const Unseen& unseen, const AblationRequest& request) {
  Json tracks = Json::array();
  for (std::size_t i = 0; i < std::min(kShownTracks, unseen.trials.size()); ++i) {
    const std::string& trial = unseen.trials[i];
    const TrialPrediction prediction = ReadTrialPrediction(predictions / (trial + ".txt"));
    const double rate = ReadFeatureTrack(FeatureTrackPath(request.store, trial)).frame_rate;
    const std::vector<VaLabel>& labels = unseen.labels.at(trial);
    Json track = {{"trial", trial}};
    for (std::size_t t = 0; t < labels.size(); ++t) {
      track["time_s"].push_back(static_cast<double>(t) / (rate > 0 ? rate : 30));
      track["valence"].push_back(labels[t].annotated ? Json(labels[t].valence) : Json(nullptr));
      track["arousal"].push_back(labels[t].annotated ? Json(labels[t].arousal) : Json(nullptr));
      track["predicted_valence"].push_back(prediction.valence[t]);
      track["predicted_arousal"].push_back(prediction.arousal[t]);
    }
    tracks.push_back(track);
  }
  return tracks;
}

// Histogram and LDS curves of the training split, as the report draws them (paper Fig. 1 and 3).
void AddLabelPlots(const AblationRequest& request, Json* results) {
  constexpr int kCells = 40;
  std::vector<float> valence, arousal;
  SquareHistogram histogram(kCells);
  for (const Trial& trial : request.manifest.trials) {
    if (trial.split != Split::kTrain || trial.annotation.empty()) continue;
    for (const VaLabel& label : ReadTrialLabels(trial)) {
      if (!label.annotated) continue;
      valence.push_back(label.valence);
      arousal.push_back(label.arousal);
      histogram.Add(label.valence, label.arousal);
    }
  }
  if (valence.empty()) return;
  Json counts = Json::array();
  for (int row = 0; row < kCells; ++row) {
    counts.push_back(std::vector<std::int64_t>(histogram.counts.begin() + row * kCells,
                                               histogram.counts.begin() + (row + 1) * kCells));
  }
  (*results)["label_histogram"] = {{"bins", kCells}, {"counts", counts}};
  const int bins = request.base.lds.num_bins;
  std::vector<double> centers;
  for (int bin = 0; bin < bins; ++bin) centers.push_back(-1 + 2.0 * bin / (bins - 1));
  const auto curve = [&](const std::vector<float>& labels) {
    const LdsDensity density = EstimateLdsDensity(labels, request.base.lds);
    return Json{
        {"counts", density.counts}, {"smoothed", density.smoothed}, {"weights", density.weights}};
  };
  (*results)["lds"] = {
      {"centers", centers}, {"valence", curve(valence)}, {"arousal", curve(arousal)}};
}

std::string Cell(const Score& score) {
  if (!score.value) return "undefined";
  std::string text = FormatFixed(*score.value, 3);
  if (score.low && score.high)
    text += " [" + FormatFixed(*score.low, 3) + ", " + FormatFixed(*score.high, 3) + "]";
  return text;
}

}  // namespace

std::string AblationResult::Table() const {
  const auto pad = [](std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
  };
  std::string text = pad("CCC on unseen clips", 24) + pad("valence [95 %]", 25) +
                     pad("arousal [95 %]", 25) + "mean [95 %]\n";
  for (const AblationRow& row : rows) {
    text += pad(row.name, 24) + pad(Cell(row.ccc.valence), 25) + pad(Cell(row.ccc.arousal), 25) +
            Cell(row.ccc.mean) + "\n";
  }
  return text;
}

AblationResult RunAblation(const AblationRequest& request) {
  const Unseen unseen = UnseenTrials(request);
  AblationResult result;
  result.rows.push_back(ConstantRow(request, unseen));
  Json results, speeds = Json::array();
  results["title"] = "Circumplex: two streams, with and without LDS";
  results["data"] = request.data;
  results["notes"] = request.notes;
  EvaluationResult chosen;
  for (const Variant& variant : kVariants) {
    const fs::path folder = request.out / variant.folder;
    TrainRequest train;
    train.options = request.base;
    train.options.appearance.enabled = variant.appearance;
    train.options.motion.enabled = variant.motion;
    train.options.lds.enabled = variant.lds;
    train.options.training.merge_splits = false;
    train.manifest = request.manifest;
    train.store = request.store;
    train.out = folder;
    train.resume = request.resume && fs::exists(folder / "config.toml");
    train.device = request.device;
    train.keep_going = request.keep_going;
    Log(LogLevel::kInfo, "reproduce", std::string("training ") + variant.name);
    const auto start = std::chrono::steady_clock::now();
    const TrainSummary summary = Train(train);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (!summary.finished) {
      result.finished = false;
      return result;
    }
    Log(LogLevel::kInfo,
        "reproduce",
        std::string(variant.name) + ": " + FormatFixed(seconds.count(), 0) + " s, " +
            std::to_string(summary.parameters) + " parameters");
    const double speed = PredictUnseen(summary.model, request, unseen, folder / "unseen");
    const EvaluationResult evaluation = Evaluated(folder / "unseen", unseen, request);
    result.rows.push_back(Row(variant.name, "", evaluation));
    if (variant.appearance && variant.motion && variant.lds) {
      result.rows.back().chosen = true;
      result.model = summary.model;
      result.predictions = folder / "unseen";
      chosen = evaluation;
      speeds.push_back(
          {{"stage",
            "phase differences and " + std::to_string(summary.members.size()) + " networks"},
           {"frames_per_second", speed},
           {"note", "prediction from the feature store, CPU"}});
    }
  }
  for (const AblationRow& row : result.rows) {
    results["ablation"].push_back({{"name", row.name},
                                   {"note", row.note},
                                   {"chosen", row.chosen},
                                   {"ccc",
                                    {{"valence", ScoreJson(row.ccc.valence)},
                                     {"arousal", ScoreJson(row.ccc.arousal)},
                                     {"mean", ScoreJson(row.ccc.mean)}}}});
  }
  results["evaluation"] = Json::parse(ToJson(chosen));
  results["tracks"] = TracksJson(result.predictions, unseen, request);
  results["speeds"] = speeds;
  AddLabelPlots(request, &results);
  results["paper"] = Json::array();
  WriteFileAtomically(request.out / "results.json", results.dump(1) + "\n");
  for (const char* name : {"config.toml", "environment.json", "folds.csv", "metrics.jsonl"}) {
    WriteFileAtomically(request.out / name, ReadFile(request.out / "two_stream_lds" / name));
  }
  return result;
}

}  // namespace circumplex
