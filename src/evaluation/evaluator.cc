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
#include "core/media_names.h"
#include "datasets/folds_file.h"
#include "labels/bins.h"
#include "labels/challenge_format.h"
#include "metrics/bootstrap.h"
#include "metrics/summary.h"
#include "predictions/prediction_io.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;

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

TargetAgreement AgreementOf(const TargetScores& scores) {
  return {scores.ccc, scores.pearson, scores.rmse, scores.sagr};
}

GroupScores GroupOf(const std::string& name, std::int64_t rows, const Scores& scores) {
  GroupScores group;
  group.name = name;
  group.rows = rows;
  group.used = std::max(scores.target[kValenceIndex].frames, scores.target[kArousalIndex].frames);
  group.valence = AgreementOf(scores.target[kValenceIndex]);
  group.arousal = AgreementOf(scores.target[kArousalIndex]);
  group.mean_ccc = scores.mean_ccc;
  return group;
}

/// A value and, where there is one, its interval.
Score ScoreOf(const std::optional<double>& value, const std::optional<Interval>& interval = {}) {
  if (!interval) return {value, {}, {}};
  return {value, interval->low, interval->high};
}

constexpr std::array<const char*, kNumRegions> kRegionNames = {"many", "medium", "few"};

std::vector<RegionErrors> RegionsOf(const std::vector<VideoSeries>& videos,
                                    const std::array<TargetScores, kNumRegions>& scores,
                                    int target,
                                    const ScoreIntervals& intervals) {
  std::array<std::set<int>, kNumRegions> bins;
  for (const VideoSeries& video : videos) {
    for (std::size_t row = 0; row < video.valid.size(); ++row) {
      if (video.valid[row] == 0) continue;
      bins[static_cast<std::size_t>(video.region[target][row])].insert(
          LabelDensity::Bin(video.label[target][row]));
    }
  }
  std::vector<RegionErrors> regions;
  for (std::size_t r = 0; r < kNumRegions; ++r) {
    RegionErrors region;
    region.name = kRegionNames[r];
    region.bins = static_cast<std::int64_t>(bins[r].size());
    region.frames = scores[r].frames;
    region.mae = ScoreOf(scores[r].mae, intervals.region_mae[target][r]);
    region.rmse = scores[r].rmse;
    region.bias = scores[r].bias;
    region.geometric_mean = scores[r].geometric_mean;
    regions.push_back(region);
  }
  return regions;
}

/// Gives every row the region of its label: by the density of the training labels, else by that of
/// the rows that are scored.
void AssignRegions(const std::optional<LabelDensity>& training, std::vector<VideoSeries>* videos) {
  std::array<std::vector<DensityRegion>, kNumTargets> regions;
  for (int t = 0; t < kNumTargets; ++t) {
    if (training) {
      regions[t] = training->Regions(t);
      continue;
    }
    std::vector<double> counts(LabelDensity::kBins, 0);
    for (const VideoSeries& video : *videos) {
      for (std::size_t row = 0; row < video.valid.size(); ++row) {
        if (video.valid[row] != 0) counts[LabelDensity::Bin(video.label[t][row])] += 1;
      }
    }
    regions[t] = RegionsOfBins(counts);
  }
  for (VideoSeries& video : *videos) {
    for (int t = 0; t < kNumTargets; ++t) {
      video.region[t].clear();
      for (const double label : video.label[t])
        video.region[t].push_back(regions[t][LabelDensity::Bin(label)]);
    }
  }
}

FoldMean MeanOfFolds(const std::vector<GroupScores>& folds) {
  const auto mean = [&](auto value, std::int64_t* used = nullptr) -> std::optional<double> {
    double sum = 0;
    std::int64_t count = 0;
    for (const GroupScores& fold : folds) {
      const std::optional<double> of_fold = value(fold);
      if (!of_fold) continue;
      sum += *of_fold;
      ++count;
    }
    if (used) *used = count;
    return count > 0 ? std::optional<double>(sum / static_cast<double>(count)) : std::nullopt;
  };
  FoldMean result;
  result.ccc_valence = mean([](const GroupScores& fold) { return fold.valence.ccc; });
  result.ccc_arousal = mean([](const GroupScores& fold) { return fold.arousal.ccc; });
  result.mean_ccc = mean([](const GroupScores& fold) { return fold.mean_ccc; }, &result.folds);
  return result;
}

std::string Counted(std::int64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// Repeats the last prediction or cuts. Returns whether anything changed.
bool FitRows(EvaluationTrial* trial) {
  if (trial->predictions.empty() || trial->predictions.size() == trial->labels.size()) return false;
  const Va last = trial->predictions.back();
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

LabelDensity::LabelDensity() {
  for (auto& counts : counts_) counts.assign(kBins, 0);
}

int LabelDensity::Bin(double label) { return LabelCell(label, kBins); }

void LabelDensity::Add(const std::vector<VaLabel>& labels) {
  for (const VaLabel& label : labels) {
    if (!label.annotated) continue;
    counts_[kValenceIndex][Bin(label.valence)] += 1;
    counts_[kArousalIndex][Bin(label.arousal)] += 1;
  }
}

void SquareHistogram::Add(double x, double y) {
  if (cells < 1 || !std::isfinite(x) || !std::isfinite(y)) return;
  const auto cell = [&](double value) { return static_cast<std::size_t>(LabelCell(value, cells)); };
  ++counts[cell(y) * static_cast<std::size_t>(cells) + cell(x)];
}

VaScores ScoresOf(const EvaluationResult& evaluation) {
  return {evaluation.ccc_valence, evaluation.ccc_arousal, evaluation.ccc_mean};
}

VaPredictions ReadVaPredictions(const fs::path& path) {
  VaPredictions predictions;
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [trial, frames] : ReadPredictions(path)) {
    std::vector<Va>& rows = predictions[trial];
    rows.reserve(frames.size());
    for (const PredictedFrame& frame : frames) {
      rows.push_back(frame.present ? Va(frame) : Va{kNone, kNone});
    }
  }
  return predictions;
}

namespace {

/// Which of `rows` frames have a crop.
std::vector<bool> CropsOf(const std::vector<fs::path>& places,
                          const std::string& trial,
                          std::size_t rows) {
  std::vector<bool> has_crop(rows, false);
  const auto place = std::find_if(
      places.begin(), places.end(), [&](const fs::path& one) { return IsFolder(one / trial); });
  // A trial in which no face was found has no folder.
  if (place == places.end()) return has_crop;
  for (const NumberedPicture& crop : ListPictures(*place / trial).pictures) {
    if (crop.frame < static_cast<std::int64_t>(rows))
      has_crop[static_cast<std::size_t>(crop.frame)] = true;
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
  if (!options.folds.empty()) folds = ReadScoredFolds(options.folds);
  for (const fs::path& crops : options.crops) {
    if (IsFolder(crops)) continue;
    throw Error(ErrorCode::kNotFound,
                crops.string() +
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
      trial.has_crop = CropsOf(options.crops, trial.name, trial.labels.size());
    loaded.trials.push_back(std::move(trial));
  }
  for (const auto& [name, rows] : predictions) {
    if (annotated.count(name) == 0) loaded.unused_predictions.push_back(name);
  }
  std::sort(loaded.unused_predictions.begin(), loaded.unused_predictions.end(), NaturalLess);
  return loaded;
}

std::int64_t AnnotatedRows(const EvaluationTrial& trial) {
  return std::count_if(trial.labels.begin(), trial.labels.end(), [](const VaLabel& label) {
    return label.annotated;
  });
}

/// Names the trials without a prediction and refuses them unless they are allowed. Nothing of a
/// trial without an annotated row is scored, so nothing of it can be missing.
void HandleMissing(const std::vector<EvaluationTrial>& trials,
                   const EvaluateOptions& options,
                   EvaluationResult* result) {
  std::int64_t annotated = 0;
  for (const EvaluationTrial& trial : trials) {
    if (AnnotatedRows(trial) == 0) continue;
    ++annotated;
    if (!trial.predicted) result->missing_trials.push_back(trial.name);
  }
  if (annotated == 0) {
    throw Error(ErrorCode::kBadData,
                "none of the " +
                    Counted(static_cast<std::int64_t>(trials.size()), "trial", "trials") +
                    " has an annotated row, so there is nothing to score; check the annotations");
  }
  const auto missing = static_cast<std::int64_t>(result->missing_trials.size());
  if (missing == annotated) {
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
  result->warnings.push_back(std::to_string(missing) + " of " + std::to_string(annotated) +
                             " annotated trials have no prediction and are not scored.");
}

/// A trial as the metrics take it, and which of its rows are missing.
struct ScoredTrial {
  VideoSeries series;
  std::int64_t missing = 0;
  std::size_t first_missing = 0;
};

/// Targets that any row predicts: a model of one target leaves the other unknown everywhere, which
/// is no missing row. Both if no row predicts any.
std::array<bool, kNumTargets> TargetsToScore(const std::vector<EvaluationTrial>& trials) {
  std::array<bool, kNumTargets> predicted{};
  for (const EvaluationTrial& trial : trials) {
    const std::array<bool, kNumTargets> here = PredictedTargets(trial.predictions);
    for (std::size_t t = 0; t < kNumTargets; ++t) predicted[t] = predicted[t] || here[t];
  }
  return predicted[0] || predicted[1] ? predicted : std::array<bool, kNumTargets>{true, true};
}

ScoredTrial SeriesOf(const EvaluationTrial& trial, const std::array<bool, kNumTargets>& predicted) {
  ScoredTrial made;
  made.series.predicted = predicted;
  const std::size_t rows = trial.labels.size();
  made.series.name = trial.name;
  made.series.valid.assign(rows, 0);
  for (auto* values : {&made.series.prediction, &made.series.label}) {
    for (auto& target : *values) target.assign(rows, 0);
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const VaLabel& label = trial.labels[row];
    if (!label.annotated) continue;
    const Va& prediction = trial.predictions[row];
    if ((predicted[kValenceIndex] && !std::isfinite(prediction.valence)) ||
        (predicted[kArousalIndex] && !std::isfinite(prediction.arousal))) {
      if (made.missing++ == 0) made.first_missing = row;
      continue;
    }
    made.series.valid[row] = 1;
    made.series.label[kValenceIndex][row] = label.valence;
    made.series.label[kArousalIndex][row] = label.arousal;
    made.series.prediction[kValenceIndex][row] = prediction.valence;
    made.series.prediction[kArousalIndex][row] = prediction.arousal;
  }
  return made;
}

/// The predicted trials as they are scored, and what the warnings count.
struct ScoredTrials {
  std::vector<VideoSeries> videos;
  std::vector<VideoSeries> cropped;  ///< Frames without a crop are not valid here.
  std::map<int, std::vector<VideoSeries>> folds;
  std::map<int, std::int64_t> fold_rows;
  std::int64_t crops = 0, fitted = 0, outside = 0, missing_rows = 0, trials_with_missing_rows = 0;
};

void CountScoredRows(const EvaluationTrial& trial,
                     const VideoSeries& series,
                     ScoredTrials* scored,
                     EvaluationResult* result) {
  for (std::size_t row = 0; row < trial.labels.size(); ++row) {
    if (series.valid[row] == 0) continue;
    const Va& prediction = trial.predictions[row];
    const double valence = series.label[kValenceIndex][row],
                 arousal = series.label[kArousalIndex][row];
    ++result->rows.used;
    if (prediction.valence == kChallengeSentinel || prediction.arousal == kChallengeSentinel) {
      ++result->rows.sentinel_predictions;
    } else if (std::abs(prediction.valence) > 1 || std::abs(prediction.arousal) > 1) {
      ++scored->outside;
    }
    result->annotated_plane.Add(valence, arousal);
    const auto& [has_valence, has_arousal] = series.predicted;
    if (has_valence && has_arousal)
      result->predicted_plane.Add(prediction.valence, prediction.arousal);
    if (has_valence) result->valence_agreement.Add(valence, prediction.valence);
    if (has_arousal) result->arousal_agreement.Add(arousal, prediction.arousal);
  }
}

void AddCropped(const EvaluationTrial& trial,
                const VideoSeries& series,
                ScoredTrials* scored,
                EvaluationResult* result) {
  scored->cropped.push_back(series);
  for (std::size_t row = 0; row < trial.labels.size(); ++row) {
    scored->crops += trial.has_crop[row];
    if (trial.has_crop[row] || series.valid[row] == 0) continue;
    scored->cropped.back().valid[row] = 0;
    ++result->rows.without_crop;
  }
}

void AddTrial(EvaluationTrial* trial,
              const EvaluateOptions& options,
              const std::array<bool, kNumTargets>& predicted,
              bool knows_crops,
              ScoredTrials* scored,
              EvaluationResult* result) {
  const auto rows = static_cast<std::int64_t>(trial->labels.size());
  const std::int64_t annotated = AnnotatedRows(*trial);
  result->rows.total += rows;
  result->rows.not_annotated += rows - annotated;
  if (!trial->predicted) {
    result->rows.without_prediction += annotated;
    return;
  }
  if (options.fit_rows) scored->fitted += FitRows(trial);
  RequireRows(*trial);
  ScoredTrial made = SeriesOf(*trial, predicted);
  if (made.missing > 0 && !options.allow_missing) {
    throw Error(ErrorCode::kBadData,
                "trial '" + trial->name +
                    "': " + Counted(made.missing, "annotated row has", "annotated rows have") +
                    " no prediction, the first is row " + std::to_string(made.first_missing + 1) +
                    "; predict every row, or allow missing rows (allow_missing)");
  }
  scored->missing_rows += made.missing;
  scored->trials_with_missing_rows += made.missing > 0;
  result->rows.without_prediction += made.missing;
  CountScoredRows(*trial, made.series, scored, result);
  if (knows_crops) AddCropped(*trial, made.series, scored, result);
  if (trial->fold >= 0) {
    scored->folds[trial->fold].push_back(made.series);
    scored->fold_rows[trial->fold] += rows;
  }
  scored->videos.push_back(std::move(made.series));
}

void AddGroups(const ScoredTrials& scored,
               const Summary& summary,
               bool knows_crops,
               EvaluationResult* result) {
  result->pooled = GroupOf("all annotated frames", result->rows.total, summary.pooled);
  for (std::size_t i = 0; i < summary.videos.size(); ++i) {
    result->videos.push_back(GroupOf(summary.videos[i].name,
                                     static_cast<std::int64_t>(scored.videos[i].valid.size()),
                                     summary.videos[i].scores));
  }
  for (const auto& [fold, members] : scored.folds) {
    result->folds.push_back(
        GroupOf(std::to_string(fold), scored.fold_rows.at(fold), Summarize(members).pooled));
  }
  result->fold_mean = MeanOfFolds(result->folds);
  if (knows_crops) {
    result->cropped_only =
        GroupOf("frames with a crop", scored.crops, Summarize(scored.cropped).pooled);
  }
}

void AddIntervals(const ScoredTrials& scored,
                  const Summary& summary,
                  const EvaluationOptions& options,
                  EvaluationResult* result) {
  ScoreIntervals intervals;
  if (options.bootstrap > 0 && scored.videos.size() > 1) {
    intervals = BootstrapScores(scored.videos, options.bootstrap, options.seed);
    result->bootstrap = options.bootstrap;
  } else if (options.bootstrap > 0) {
    result->warnings.push_back(
        "One video only: no interval can be given, because intervals resample whole videos.");
  }
  result->ccc_valence = ScoreOf(result->pooled.valence.ccc, intervals.ccc[kValenceIndex]);
  result->ccc_arousal = ScoreOf(result->pooled.arousal.ccc, intervals.ccc[kArousalIndex]);
  result->ccc_mean = ScoreOf(result->pooled.mean_ccc, intervals.mean_ccc);
  result->valence_regions =
      RegionsOf(scored.videos, summary.region[kValenceIndex], kValenceIndex, intervals);
  result->arousal_regions =
      RegionsOf(scored.videos, summary.region[kArousalIndex], kArousalIndex, intervals);
}

void AddWarnings(const ScoredTrials& scored, EvaluationResult* result) {
  if (scored.missing_rows > 0) {
    result->warnings.push_back(Counted(scored.missing_rows, "annotated row", "annotated rows") +
                               " of " +
                               Counted(scored.trials_with_missing_rows, "trial", "trials") +
                               " without a prediction are not scored.");
  }
  if (scored.fitted > 0) {
    result->warnings.push_back(
        Counted(scored.fitted, "trial's predictions were", "trials' predictions were") +
        " cut or extended to the annotation's rows.");
  }
  if (result->rows.sentinel_predictions > 0) {
    result->warnings.push_back(
        Counted(result->rows.sentinel_predictions, "prediction is", "predictions are") +
        " -5 (the paper's rule for frames before the first face), counted as written; this lowers "
        "the CCC.");
  }
  if (scored.outside > 0) {
    result->warnings.push_back(Counted(scored.outside, "prediction lies", "predictions lie") +
                               " outside [-1, 1], counted as written.");
  }
}

}  // namespace

EvaluationResult EvaluateTrials(std::vector<EvaluationTrial> trials,
                                const EvaluateOptions& options,
                                const std::optional<LabelDensity>& training) {
  EvaluationResult result;
  HandleMissing(trials, options, &result);
  const std::array<bool, kNumTargets> predicted = TargetsToScore(trials);
  if (!predicted[kValenceIndex] || !predicted[kArousalIndex]) {
    result.warnings.push_back(std::string("No row predicts ") +
                              (predicted[kValenceIndex] ? "arousal" : "valence") +
                              ": it is not scored, and a mean of both is undefined.");
  }
  result.annotated_plane = result.predicted_plane = SquareHistogram(options.plane_cells);
  result.valence_agreement = result.arousal_agreement = SquareHistogram(options.plane_cells);
  const bool knows_crops =
      std::all_of(trials.begin(), trials.end(), [](const EvaluationTrial& trial) {
        return trial.has_crop.size() == trial.labels.size();
      });
  ScoredTrials scored;
  for (EvaluationTrial& trial : trials)
    AddTrial(&trial, options, predicted, knows_crops, &scored, &result);
  AssignRegions(training, &scored.videos);
  result.region_density = training ? RegionDensity::kTraining : RegionDensity::kScored;
  const Summary summary = Summarize(scored.videos);
  AddGroups(scored, summary, knows_crops, &result);
  AddIntervals(scored, summary, options.bootstrap, &result);
  AddWarnings(scored, &result);
  return result;
}

namespace {

std::optional<LabelDensity> TrainingDensity(const EvaluateOptions& options) {
  if (options.train_annotations.empty()) return {};
  LabelDensity density;
  for (const fs::path& file : AnnotationFiles(options.train_annotations))
    density.Add(ReadVaAnnotation(file));
  return density;
}

/// Every trial of one run as the metrics take it; a comparison needs every annotated row.
std::vector<VideoSeries> CompleteSeries(std::vector<EvaluationTrial> trials,
                                        const EvaluateOptions& options,
                                        const std::string& run) {
  EvaluateOptions strict = options;
  strict.allow_missing = false;
  EvaluationResult unused;
  HandleMissing(trials, strict, &unused);
  const std::array<bool, kNumTargets> predicted = TargetsToScore(trials);
  std::vector<VideoSeries> videos;
  for (EvaluationTrial& trial : trials) {
    // A trial without an annotated row stands in both runs, predicted or not, and weighs nothing.
    if (!trial.predicted) trial.predictions.assign(trial.labels.size(), Va());
    if (options.fit_rows) FitRows(&trial);
    RequireRows(trial);
    ScoredTrial made = SeriesOf(trial, predicted);
    if (made.missing > 0) {
      throw Error(ErrorCode::kBadData,
                  run + ", trial '" + trial.name + "': row " +
                      std::to_string(made.first_missing + 1) +
                      " has no prediction; a comparison needs every annotated row of both runs");
    }
    videos.push_back(std::move(made.series));
  }
  return videos;
}

PairedScore PairOf(const std::optional<double>& a,
                   const std::optional<double>& b,
                   const std::optional<Interval>& difference) {
  PairedScore pair;
  pair.a = a;
  pair.b = b;
  pair.difference = ScoreOf(a && b ? std::optional<double>(*b - *a) : std::nullopt, difference);
  return pair;
}

RunComparison Compared(std::vector<VideoSeries> a,
                       std::vector<VideoSeries> b,
                       const EvaluateOptions& options,
                       const std::optional<LabelDensity>& training) {
  AssignRegions(training, &a);
  AssignRegions(training, &b);
  const Summary of_a = Summarize(a), of_b = Summarize(b);
  RunComparison comparison;
  comparison.region_density = training ? RegionDensity::kTraining : RegionDensity::kScored;
  comparison.videos = static_cast<std::int64_t>(a.size());
  comparison.rows =
      std::max(of_a.pooled.target[kValenceIndex].frames, of_a.pooled.target[kArousalIndex].frames);
  PairedDifference paired;
  if (options.bootstrap.bootstrap > 0 && a.size() > 1) {
    paired = BootstrapDifference(b, a, options.bootstrap.bootstrap, options.bootstrap.seed);
    comparison.share_b_better = paired.share_a_better;
    comparison.bootstrap = options.bootstrap.bootstrap;
  }
  const auto ccc = [&](int t) {
    return PairOf(of_a.pooled.target[t].ccc, of_b.pooled.target[t].ccc, paired.difference.ccc[t]);
  };
  comparison.valence = ccc(kValenceIndex);
  comparison.arousal = ccc(kArousalIndex);
  comparison.mean = PairOf(of_a.pooled.mean_ccc, of_b.pooled.mean_ccc, paired.difference.mean_ccc);
  const auto regions = [&](int t) {
    std::vector<PairedRegion> made;
    for (std::size_t r = 0; r < kNumRegions; ++r) {
      made.push_back(
          {kRegionNames[r],
           of_a.region[t][r].frames,
           PairOf(
               of_a.region[t][r].mae, of_b.region[t][r].mae, paired.difference.region_mae[t][r])});
    }
    return made;
  };
  comparison.valence_regions = regions(kValenceIndex);
  comparison.arousal_regions = regions(kArousalIndex);
  return comparison;
}

}  // namespace

EvaluationResult Evaluate(const VaPredictions& predictions,
                          const fs::path& annotations,
                          const EvaluateOptions& options) {
  LoadedTrials loaded = LoadTrials(predictions, annotations, options);
  EvaluationResult result =
      EvaluateTrials(std::move(loaded.trials), options, TrainingDensity(options));
  result.unused_predictions = std::move(loaded.unused_predictions);
  return result;
}

EvaluationResult Evaluate(const fs::path& predictions,
                          const fs::path& annotations,
                          const EvaluateOptions& options) {
  return Evaluate(ReadVaPredictions(predictions), annotations, options);
}

RunComparison CompareTrials(std::vector<EvaluationTrial> a,
                            std::vector<EvaluationTrial> b,
                            const EvaluateOptions& options,
                            const std::optional<LabelDensity>& training) {
  std::vector<VideoSeries> of_a = CompleteSeries(std::move(a), options, "run a");
  std::vector<VideoSeries> of_b = CompleteSeries(std::move(b), options, "run b");
  return Compared(std::move(of_a), std::move(of_b), options, training);
}

RunComparison CompareRuns(const fs::path& predictions_a,
                          const fs::path& predictions_b,
                          const fs::path& annotations,
                          const EvaluateOptions& options) {
  EvaluateOptions plain = options;
  plain.folds.clear();
  plain.crops.clear();
  const auto series = [&](const fs::path& path) {
    return CompleteSeries(
        LoadTrials(ReadVaPredictions(path), annotations, plain).trials, plain, path.string());
  };
  return Compared(series(predictions_a), series(predictions_b), plain, TrainingDensity(plain));
}

}  // namespace circumplex
