// SPDX-License-Identifier: Apache-2.0
#include "evaluation/evaluator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "circumplex/ccc.h"
#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "labels/bins.h"
#include "labels/prediction_io.h"
#include "metrics/bootstrap.h"
#include "metrics/summary.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;

constexpr double kSentinel = -5;
constexpr int kRegionBins = 20;
// Names in one message; more would hide the sentence.
constexpr std::size_t kMaxNamed = 5;

std::string Named(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMaxNamed; ++i)
    text += (i ? ", '" : "'") + names[i] + "'";
  if (names.size() > kMaxNamed)
    text += " and " + std::to_string(names.size() - kMaxNamed) + " more";
  return text;
}

/// Bin errors of one target, from which the classes are made once all frames are known.
class BinErrors {
 public:
  void Add(double label, double prediction) {
    Bin& bin = bins_[static_cast<std::size_t>(LabelCell(label, kRegionBins))];
    const double error = prediction - label;
    ++bin.frames;
    bin.sum += error;
    bin.absolute += std::abs(error);
    bin.squared += error * error;
  }

  std::vector<RegionErrors> Regions() const {
    std::vector<double> counts;
    for (const Bin& bin : bins_) counts.push_back(static_cast<double>(bin.frames));
    const std::vector<DensityRegion> classes = RegionsOfBins(counts);
    std::array<Bin, kNumRegions> sums;
    std::array<std::int64_t, kNumRegions> occupied = {};
    for (std::size_t b = 0; b < bins_.size(); ++b) {
      if (bins_[b].frames == 0) continue;
      const auto index = static_cast<std::size_t>(classes[b]);
      ++occupied[index];
      sums[index].frames += bins_[b].frames;
      sums[index].sum += bins_[b].sum;
      sums[index].absolute += bins_[b].absolute;
      sums[index].squared += bins_[b].squared;
    }
    static constexpr std::array<const char*, kNumRegions> kNames = {"many", "medium", "few"};
    std::vector<RegionErrors> regions;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      RegionErrors region;
      region.name = kNames[i];
      region.bins = occupied[i];
      region.frames = sums[i].frames;
      if (region.frames > 0) {
        const double n = static_cast<double>(region.frames);
        region.mae = sums[i].absolute / n;
        region.rmse = std::sqrt(sums[i].squared / n);
        region.bias = sums[i].sum / n;
      }
      regions.push_back(region);
    }
    return regions;
  }

 private:
  struct Bin {
    std::int64_t frames = 0;
    double sum = 0, absolute = 0, squared = 0;
  };
  std::array<Bin, kRegionBins> bins_;
};

TargetAgreement AgreementOf(const TargetScores& scores) {
  return {scores.ccc, scores.pearson, scores.rmse, scores.sagr};
}

GroupScores GroupOf(const std::string& name, std::int64_t rows, const Scores& scores) {
  GroupScores group;
  group.name = name;
  group.rows = rows;
  group.used = scores.target[kValenceIndex].frames;
  group.valence = AgreementOf(scores.target[kValenceIndex]);
  group.arousal = AgreementOf(scores.target[kArousalIndex]);
  group.mean_ccc = scores.mean_ccc;
  return group;
}

Score ScoreOf(const std::optional<Interval>& interval) {
  if (!interval) return {};
  return {interval->value, interval->low, interval->high};
}

std::string Counted(std::int64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// Repeats the last prediction or cuts. Returns whether anything changed.
bool FitRows(EvaluationTrial* trial) {
  if (trial->predictions.empty() || trial->predictions.size() == trial->labels.size()) return false;
  const VaPrediction last = trial->predictions.back();
  trial->predictions.resize(trial->labels.size(), last);
  return true;
}

void RequireRows(const EvaluationTrial& trial) {
  if (trial.predictions.size() == trial.labels.size()) return;
  throw Error(ErrorCode::kBadData,
              "trial '" + trial.name + "': " + std::to_string(trial.predictions.size()) +
                  " predictions for " + std::to_string(trial.labels.size()) +
                  " annotation rows; write one prediction per annotation row, or allow fitting "
                  "(fit_rows), which "
                  "repeats the last prediction or cuts");
}

}  // namespace

void SquareHistogram::Add(double x, double y) {
  if (cells < 1 || !std::isfinite(x) || !std::isfinite(y)) return;
  const auto cell = [&](double value) {
    return static_cast<std::size_t>(
        std::clamp(std::floor((std::clamp(value, -1.0, 1.0) + 1) * cells / 2),
                   0.0,
                   static_cast<double>(cells - 1)));
  };
  ++counts[cell(y) * static_cast<std::size_t>(cells) + cell(x)];
}

namespace {

VaPredictions LoadPredictions(const fs::path& path) {
  VaPredictions predictions;
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [trial, frames] : ReadPredictions(path)) {
    std::vector<VaPrediction>& rows = predictions[trial];
    rows.reserve(frames.size());
    for (const PredictedFrame& frame : frames) {
      rows.push_back(frame.present ? VaPrediction{frame.valence, frame.arousal}
                                   : VaPrediction{kNone, kNone});
    }
  }
  return predictions;
}

std::map<std::string, int> LoadFolds(const fs::path& path) {
  const CsvTable table = ReadCsv(path);
  const std::size_t trial = table.Column("trial", path.string()),
                    fold = table.Column("fold", path.string());
  std::map<std::string, int> folds;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string where = path.string() + ":" + std::to_string(row + 2) + ": ";
    const auto number = ParseInt(Trim(table.rows[row][fold]));
    if (!number || *number < -1 || *number > 1000000) {
      throw Error(ErrorCode::kBadData,
                  where + "fold '" + table.rows[row][fold] +
                      "' is not a fold number from 0 (or -1 for none)");
    }
    const auto [entry, inserted] = folds.emplace(table.rows[row][trial], static_cast<int>(*number));
    if (!inserted && entry->second != *number) {
      throw Error(ErrorCode::kBadData,
                  where + "trial '" + entry->first + "' is in fold " +
                      std::to_string(entry->second) + " already; name each trial once");
    }
  }
  return folds;
}

/// Which of `rows` frames have a crop: files <frame>.<extension>, frames from 1.
std::vector<bool> CropsOf(const fs::path& folder, std::size_t rows) {
  std::vector<bool> has_crop(rows, false);
  // A trial in which no face was found has no folder.
  if (!fs::is_directory(folder)) return has_crop;
  for (const fs::path& file : ListFolder(folder)) {
    const auto number = ParseInt(file.stem().string());
    if (number && *number >= 1 && *number <= static_cast<std::int64_t>(rows)) {
      has_crop[static_cast<std::size_t>(*number - 1)] = true;
    }
  }
  return has_crop;
}

struct LoadedTrials {
  std::vector<EvaluationTrial> trials;
  std::vector<std::string> unused_predictions;
};

LoadedTrials LoadTrials(const VaPredictions& predictions,
                        const fs::path& annotations,
                        const EvaluateOptions& options) {
  LoadedTrials loaded;
  std::map<std::string, int> folds;
  if (!options.folds.empty()) folds = LoadFolds(options.folds);
  if (!options.crops.empty() && !fs::is_directory(options.crops)) {
    throw Error(ErrorCode::kNotFound,
                options.crops.string() +
                    " is not a folder of crops; give the folder that holds one folder per trial");
  }
  std::set<std::string> annotated;
  for (const fs::path& file : AnnotationFiles(annotations)) {
    EvaluationTrial trial;
    trial.name = file.stem().string();
    trial.labels = ReadVaAnnotation(file);
    annotated.insert(trial.name);
    if (const auto rows = predictions.find(trial.name); rows != predictions.end()) {
      trial.predictions = rows->second;
      trial.predicted = true;
    }
    if (!options.folds.empty()) {
      const auto fold = folds.find(trial.name);
      if (fold == folds.end()) {
        throw Error(ErrorCode::kBadData,
                    options.folds.string() + " has no row for trial '" + trial.name +
                        "'; give the folds of these annotations, with fold -1 for trials in none");
      }
      trial.fold = fold->second;
    }
    if (!options.crops.empty())
      trial.has_crop = CropsOf(options.crops / trial.name, trial.labels.size());
    loaded.trials.push_back(std::move(trial));
  }
  for (const auto& [name, rows] : predictions) {
    if (annotated.count(name) == 0) loaded.unused_predictions.push_back(name);
  }
  std::sort(loaded.unused_predictions.begin(), loaded.unused_predictions.end(), NaturalLess);
  return loaded;
}

/// Names the trials without a prediction and refuses them unless they are allowed.
void HandleMissing(const std::vector<EvaluationTrial>& trials,
                   const EvaluateOptions& options,
                   EvaluationResult* result) {
  for (const EvaluationTrial& trial : trials) {
    if (!trial.predicted) result->missing_trials.push_back(trial.name);
  }
  const auto missing = static_cast<std::int64_t>(result->missing_trials.size());
  if (missing == static_cast<std::int64_t>(trials.size())) {
    throw Error(ErrorCode::kBadData,
                "none of the " + Counted(missing, "annotated trial", "annotated trials") +
                    " has a prediction (" + Named(result->missing_trials) +
                    "); predictions are matched by trial name: check the names");
  }
  if (missing == 0) return;
  if (!options.allow_missing) {
    throw Error(ErrorCode::kBadData,
                Counted(missing, "annotated trial has", "annotated trials have") +
                    " no prediction: " + Named(result->missing_trials) +
                    "; predict them, or allow missing trials (allow_missing)");
  }
  result->warnings.push_back(std::to_string(missing) + " of " + std::to_string(trials.size()) +
                             " annotated trials have no prediction and are not scored.");
}

/// A trial as the metrics take it, and which of its rows are missing.
struct ScoredTrial {
  VideoSeries series;
  std::int64_t missing = 0;
  std::size_t first_missing = 0;
};

ScoredTrial SeriesOf(const EvaluationTrial& trial) {
  ScoredTrial made;
  const std::size_t rows = trial.labels.size();
  made.series.name = trial.name;
  made.series.valid.assign(rows, 0);
  for (auto* values : {&made.series.prediction, &made.series.label}) {
    for (auto& target : *values) target.assign(rows, 0);
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const VaLabel& label = trial.labels[row];
    if (!label.annotated) continue;
    const VaPrediction& prediction = trial.predictions[row];
    if (!std::isfinite(prediction.valence) || !std::isfinite(prediction.arousal)) {
      if (made.missing++ == 0) made.first_missing = row;
      continue;
    }
    made.series.valid[row] = 1;
    made.series.label[kValenceIndex][row] = label.valence;
    made.series.label[kArousalIndex][row] = label.arousal;
    made.series.prediction[kValenceIndex][row] = static_cast<float>(prediction.valence);
    made.series.prediction[kArousalIndex][row] = static_cast<float>(prediction.arousal);
  }
  return made;
}

}  // namespace

EvaluationResult EvaluateTrials(std::vector<EvaluationTrial> trials,
                                const EvaluateOptions& options) {
  EvaluationResult result;
  HandleMissing(trials, options, &result);
  std::int64_t fitted = 0, outside = 0, missing_rows = 0, trials_with_missing_rows = 0;
  BinErrors valence_errors, arousal_errors;
  result.annotated_plane = result.predicted_plane = SquareHistogram(options.plane_cells);
  result.valence_agreement = result.arousal_agreement = SquareHistogram(options.plane_cells);

  std::vector<VideoSeries> videos;
  std::map<int, std::vector<VideoSeries>> folds;
  std::map<int, std::int64_t> fold_rows;
  std::vector<VideoSeries> cropped;
  std::int64_t crops = 0;
  const bool knows_crops =
      std::all_of(trials.begin(), trials.end(), [](const EvaluationTrial& trial) {
        return trial.has_crop.size() == trial.labels.size();
      });
  for (EvaluationTrial& trial : trials) {
    const auto rows = static_cast<std::int64_t>(trial.labels.size());
    result.rows.total += rows;
    const std::int64_t annotated =
        std::count_if(trial.labels.begin(), trial.labels.end(), [](const VaLabel& label) {
          return label.annotated;
        });
    result.rows.not_annotated += rows - annotated;
    if (!trial.predicted) {
      result.rows.without_prediction += annotated;
      continue;
    }
    if (options.fit_rows) fitted += FitRows(&trial);
    RequireRows(trial);
    ScoredTrial made = SeriesOf(trial);
    if (made.missing > 0 && !options.allow_missing) {
      throw Error(ErrorCode::kBadData,
                  "trial '" + trial.name +
                      "': " + Counted(made.missing, "annotated row has", "annotated rows have") +
                      " no prediction, the first is row " + std::to_string(made.first_missing + 1) +
                      "; predict every row, or allow missing rows (allow_missing)");
    }
    missing_rows += made.missing;
    trials_with_missing_rows += made.missing > 0;
    result.rows.without_prediction += made.missing;
    for (std::size_t row = 0; row < trial.labels.size(); ++row) {
      if (made.series.valid[row] == 0) continue;
      const VaPrediction& prediction = trial.predictions[row];
      const double valence = WidenLabel(trial.labels[row].valence),
                   arousal = WidenLabel(trial.labels[row].arousal);
      ++result.rows.used;
      if (prediction.valence == kSentinel || prediction.arousal == kSentinel) {
        ++result.rows.sentinel_predictions;
      } else if (std::abs(prediction.valence) > 1 || std::abs(prediction.arousal) > 1) {
        ++outside;
      }
      valence_errors.Add(valence, prediction.valence);
      arousal_errors.Add(arousal, prediction.arousal);
      result.annotated_plane.Add(valence, arousal);
      result.predicted_plane.Add(prediction.valence, prediction.arousal);
      result.valence_agreement.Add(valence, prediction.valence);
      result.arousal_agreement.Add(arousal, prediction.arousal);
    }
    if (knows_crops) {
      cropped.push_back(made.series);
      for (std::size_t row = 0; row < trial.labels.size(); ++row) {
        crops += trial.has_crop[row];
        if (trial.has_crop[row] || made.series.valid[row] == 0) continue;
        cropped.back().valid[row] = 0;
        ++result.rows.without_crop;
      }
    }
    if (trial.fold >= 0) {
      folds[trial.fold].push_back(made.series);
      fold_rows[trial.fold] += rows;
    }
    videos.push_back(std::move(made.series));
  }

  const Summary summary = Summarize(videos);
  result.pooled = GroupOf("all annotated frames", result.rows.total, summary.pooled);
  for (std::size_t i = 0; i < summary.videos.size(); ++i) {
    result.videos.push_back(GroupOf(summary.videos[i].name,
                                    static_cast<std::int64_t>(videos[i].valid.size()),
                                    summary.videos[i].scores));
  }
  for (const auto& [fold, members] : folds) {
    result.folds.push_back(
        GroupOf(std::to_string(fold), fold_rows[fold], Summarize(members).pooled));
  }
  if (knows_crops)
    result.cropped_only = GroupOf("frames with a crop", crops, Summarize(cropped).pooled);
  result.valence_regions = valence_errors.Regions();
  result.arousal_regions = arousal_errors.Regions();
  result.ccc_valence.value = result.pooled.valence.ccc;
  result.ccc_arousal.value = result.pooled.arousal.ccc;
  result.ccc_mean.value = result.pooled.mean_ccc;
  if (options.bootstrap.bootstrap > 0 && videos.size() > 1) {
    const CccIntervals intervals =
        BootstrapCcc(videos, options.bootstrap.bootstrap, options.bootstrap.seed);
    result.ccc_valence = ScoreOf(intervals.target[kValenceIndex]);
    result.ccc_arousal = ScoreOf(intervals.target[kArousalIndex]);
    result.ccc_mean = ScoreOf(intervals.mean);
    result.bootstrap = options.bootstrap.bootstrap;
  } else if (options.bootstrap.bootstrap > 0) {
    result.warnings.push_back(
        "One video only: no interval can be given, because intervals resample whole videos.");
  }

  if (missing_rows > 0) {
    result.warnings.push_back(Counted(missing_rows, "annotated row", "annotated rows") + " of " +
                              Counted(trials_with_missing_rows, "trial", "trials") +
                              " without a prediction are not scored.");
  }
  if (fitted > 0) {
    result.warnings.push_back(
        Counted(fitted, "trial's predictions were", "trials' predictions were") +
        " cut or extended to the annotation's rows.");
  }
  if (result.rows.sentinel_predictions > 0) {
    result.warnings.push_back(
        Counted(result.rows.sentinel_predictions, "prediction is", "predictions are") +
        " -5 (the paper's rule for frames before the first face), counted as written; this lowers "
        "the CCC.");
  }
  if (outside > 0) {
    result.warnings.push_back(Counted(outside, "prediction lies", "predictions lie") +
                              " outside [-1, 1], counted as written.");
  }
  return result;
}

EvaluationResult Evaluate(const VaPredictions& predictions,
                          const fs::path& annotations,
                          const EvaluateOptions& options) {
  LoadedTrials loaded = LoadTrials(predictions, annotations, options);
  EvaluationResult result = EvaluateTrials(std::move(loaded.trials), options);
  result.unused_predictions = std::move(loaded.unused_predictions);
  return result;
}

EvaluationResult Evaluate(const fs::path& predictions,
                          const fs::path& annotations,
                          const EvaluateOptions& options) {
  return Evaluate(LoadPredictions(predictions), annotations, options);
}

RunComparison CompareRuns(const fs::path& predictions_a,
                          const fs::path& predictions_b,
                          const fs::path& annotations,
                          const EvaluateOptions& options) {
  EvaluateOptions strict = options;
  strict.allow_missing = false;
  strict.folds.clear();
  strict.crops.clear();
  RunComparison comparison;
  const auto series_of = [&](const fs::path& path) {
    std::vector<EvaluationTrial> trials =
        LoadTrials(LoadPredictions(path), annotations, strict).trials;
    EvaluationResult unused;
    HandleMissing(trials, strict, &unused);
    std::vector<VideoSeries> videos;
    for (EvaluationTrial& trial : trials) {
      if (strict.fit_rows) FitRows(&trial);
      RequireRows(trial);
      ScoredTrial made = SeriesOf(trial);
      if (made.missing > 0) {
        throw Error(ErrorCode::kBadData,
                    path.string() + ", trial '" + trial.name + "': row " +
                        std::to_string(made.first_missing + 1) +
                        " has no prediction; a comparison needs every annotated row of both runs");
      }
      videos.push_back(std::move(made.series));
    }
    return videos;
  };
  const std::vector<VideoSeries> a = series_of(predictions_a), b = series_of(predictions_b);
  const Scores scores_a = Summarize(a).pooled, scores_b = Summarize(b).pooled;
  const auto difference = [](const std::optional<double>& of_a, const std::optional<double>& of_b) {
    return of_a && of_b ? std::optional<double>(*of_b - *of_a) : std::nullopt;
  };
  comparison.valence.value =
      difference(scores_a.target[kValenceIndex].ccc, scores_b.target[kValenceIndex].ccc);
  comparison.arousal.value =
      difference(scores_a.target[kArousalIndex].ccc, scores_b.target[kArousalIndex].ccc);
  comparison.mean.value = difference(scores_a.mean_ccc, scores_b.mean_ccc);
  comparison.videos = static_cast<std::int64_t>(a.size());
  comparison.rows = scores_a.target[kValenceIndex].frames;
  if (strict.bootstrap.bootstrap > 0 && a.size() > 1) {
    const PairedDifference paired =
        BootstrapDifference(b, a, strict.bootstrap.bootstrap, strict.bootstrap.seed);
    comparison.valence = ScoreOf(paired.difference.target[kValenceIndex]);
    comparison.arousal = ScoreOf(paired.difference.target[kArousalIndex]);
    comparison.mean = ScoreOf(paired.difference.mean);
    comparison.share_b_better = paired.share_a_better;
    comparison.bootstrap = strict.bootstrap.bootstrap;
  }
  return comparison;
}

}  // namespace circumplex
