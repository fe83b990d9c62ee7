// SPDX-License-Identifier: Apache-2.0
#include "synthetic/synthetic_dataset.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>

#include "circumplex/ccc.h"
#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/parallel_for.h"
#include "core/progress.h"
#include "core/rng.h"
#include "labels/annotation_io.h"
#include "synthetic/face_drawing.h"
#include "synthetic/face_states.h"
#include "synthetic/synthetic_stills.h"
#include "video/image_io.h"
#include "video/video_writer.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

/// Everything about one trial that is decided before drawing.
struct TrialPlan {
  std::string name, person;
  bool validation = false;
  AffectSeries affect;
  std::vector<bool> annotated, has_crop;
  FaceIdentity identity;
  std::uint64_t seed = 0;
};

/// Marks a run of `length` rows at `begin` as false.
void Clear(std::vector<bool>* rows, int begin, int length) {
  for (int t = begin; t < begin + length && t < static_cast<int>(rows->size()); ++t) {
    if (t >= 0) (*rows)[static_cast<std::size_t>(t)] = false;
  }
}

void LeaveOut(std::vector<bool>* rows, bool trailing, Rng* rng) {
  const int n = static_cast<int>(rows->size());
  const int longest = std::max(2, n / 12);
  const auto run = [&] {
    return 2 + static_cast<int>(rng->Below(static_cast<std::uint64_t>(longest)));
  };
  const int kinds =
      1 + static_cast<int>(rng->Below(7));  // A non-empty set of leading, inner, trailing.
  if (kinds & 1) Clear(rows, 0, run());
  if (kinds & 2 || (kinds == 4 && !trailing))
    Clear(rows, n / 3 + static_cast<int>(rng->Below(static_cast<std::uint64_t>(n / 3))), run());
  if (kinds & 4 && trailing) {
    const int length = run();
    Clear(rows, n - length, length);
  }
}

/// `share` of the indices, at least one if share > 0, in random places.
std::vector<bool> ChooseTrials(int trials, double share, Rng* rng) {
  std::vector<bool> chosen(static_cast<std::size_t>(trials), false);
  int count = static_cast<int>(std::lround(share * trials));
  if (share > 0) count = std::max(count, 1);
  std::vector<int> order(static_cast<std::size_t>(trials));
  for (int i = 0; i < trials; ++i) order[static_cast<std::size_t>(i)] = i;
  rng->Shuffle(order);
  for (int i = 0; i < std::min(count, trials); ++i)
    chosen[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] = true;
  return chosen;
}

std::vector<TrialPlan> PlanTrials(const SyntheticOptions& options) {
  std::vector<TrialPlan> plans;
  int next_id = 1, next_person = 1;
  for (const bool validation : {false, true}) {
    const int trials = validation ? options.validation_trials : options.train_trials;
    if (trials == 0) continue;
    const std::string split = validation ? "validation" : "train";
    Rng rng(options.seed, "plan " + split);
    std::vector<int> lengths;
    for (int i = 0; i < trials; ++i) {
      lengths.push_back(
          std::max(16, static_cast<int>(std::lround(options.frames * rng.Uniform(0.8, 1.2)))));
    }
    AffectOptions affect;
    affect.frame_rate = options.frame_rate;
    affect.still_share = options.still_share;
    std::vector<AffectSeries> series =
        MakeAffectSeries(lengths, affect, Rng(options.seed, "labels " + split).Next());
    const std::vector<bool> unannotated = ChooseTrials(trials, options.unannotated_trials, &rng);
    const std::vector<bool> missing = ChooseTrials(trials, options.missing_crop_trials, &rng);
    const int width = options.videos ? options.video_width : options.size;
    const int height = options.videos ? options.video_height : options.size;
    for (int i = 0; i < trials; ++i) {
      const std::size_t index = static_cast<std::size_t>(i);
      TrialPlan plan;
      plan.name = std::to_string(next_id++) + "-" + FormatShortest(options.frame_rate) + "-" +
                  std::to_string(width) + "x" + std::to_string(height);
      if (i > 0 && i % options.trials_per_person == 0) ++next_person;
      plan.person = "person" + std::to_string(next_person);
      plan.validation = validation;
      plan.affect = std::move(series[index]);
      plan.annotated.assign(plan.affect.valence.size(), true);
      plan.has_crop = plan.annotated;
      if (unannotated[index]) LeaveOut(&plan.annotated, true, &rng);
      if (missing[index]) LeaveOut(&plan.has_crop, false, &rng);
      Rng identity(options.seed, plan.person);
      plan.identity = RandomIdentity(&identity);
      plan.seed = Rng(options.seed, "draw " + plan.name).Next();
      plans.push_back(std::move(plan));
    }
    ++next_person;
  }
  return plans;
}

void WriteTruth(const fs::path& path, const AffectSeries& affect) {
  CsvTable table;
  table.header = {"frame", "valence", "still", "motion", "arousal"};
  for (std::size_t t = 0; t < affect.valence.size(); ++t) {
    table.rows.push_back({std::to_string(t + 1),
                          FormatFixed(affect.valence[t], 6),
                          FormatFixed(affect.still[t], 6),
                          FormatFixed(affect.motion[t], 6),
                          FormatFixed(affect.arousal[t], 6)});
  }
  WriteFileAtomically(path, FormatCsv(table));
}

void WriteTrial(const fs::path& out,
                const TrialPlan& plan,
                const SyntheticOptions& options,
                Progress* progress,
                std::mutex* progress_mutex) {
  std::vector<VaLabel> labels;
  for (std::size_t t = 0; t < plan.annotated.size(); ++t) {
    labels.emplace_back();
    if (plan.annotated[t]) labels.back() = {{plan.affect.valence[t], plan.affect.arousal[t]}, true};
  }
  WriteVaAnnotation(out / "annotations" / "VA_Set" /
                        (plan.validation ? "Validation_Set" : "Train_Set") / (plan.name + ".txt"),
                    labels,
                    3);
  WriteTruth(out / "truth" / (plan.name + ".csv"), plan.affect);

  Rng rng(plan.seed, "scene");
  const SceneLook scene = RandomScene(options.noise, &rng);
  const std::vector<FaceState> states =
      MakeFaceStates(plan.affect, plan.has_crop, options, plan.seed);
  const fs::path folder = out / "cropped_aligned" / plan.name;
  FaceRenderer crops(plan.identity, scene, options.size, options.size);
  for (std::size_t t = 0; t < states.size(); ++t) {
    if (plan.has_crop[t]) {
      char name[32];
      std::snprintf(name, sizeof name, "%05d.jpg", static_cast<int>(t) + 1);
      WriteImage(folder / name, crops.Draw(states[t], plan.seed + t), 95);
    }
    const std::lock_guard<std::mutex> lock(*progress_mutex);
    progress->Advance();
  }
  if (!options.videos) return;

  FacePlacement placement;
  placement.center_x = rng.Uniform(0.38, 0.62);
  placement.center_y = rng.Uniform(0.42, 0.50);
  placement.unit = rng.Uniform(0.20, 0.25);
  FaceRenderer scenes(plan.identity, scene, options.video_height, options.video_width, placement);
  VideoWriter writer(out / "videos" / (plan.name + ".mp4"),
                     options.frame_rate,
                     options.video_height,
                     options.video_width);
  for (std::size_t t = 0; t < states.size(); ++t) {
    writer.Write(scenes.Draw(states[t], plan.seed + t));
    const std::lock_guard<std::mutex> lock(*progress_mutex);
    progress->Advance();
  }
  writer.Finish();
}

SyntheticSummary Summarise(const std::vector<TrialPlan>& plans) {
  SyntheticSummary summary;
  summary.trials = static_cast<int>(plans.size());
  CccAccumulator moments;
  std::vector<AffectSeries> series[2];
  std::vector<std::vector<bool>> use[2];
  std::string last_person;
  for (const TrialPlan& plan : plans) {
    if (plan.person != last_person) ++summary.persons;
    last_person = plan.person;
    summary.rows += static_cast<std::int64_t>(plan.annotated.size());
    summary.crops += std::count(plan.has_crop.begin(), plan.has_crop.end(), true);
    for (std::size_t t = 0; t < plan.annotated.size(); ++t) {
      if (plan.annotated[t]) moments.Add(plan.affect.valence[t], plan.affect.arousal[t]);
    }
    series[plan.validation].push_back(plan.affect);
    use[plan.validation].push_back(plan.annotated);
  }
  summary.annotated = moments.count();
  summary.valence_mean = moments.mean_x();
  summary.valence_spread = std::sqrt(moments.variance_x());
  summary.arousal_mean = moments.mean_y();
  summary.arousal_spread = std::sqrt(moments.variance_y());
  summary.correlation = moments.Pearson().value_or(0);
  summary.train = ComputeStillShares(series[0], use[0]);
  summary.validation = ComputeStillShares(series[1], use[1]);
  return summary;
}

void RequireEmpty(const fs::path& out) {
  if (!PathExists(out, ErrorCode::kIo)) return;
  if (!IsFolder(out, ErrorCode::kIo) || !FolderEntries(out).empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "'" + out.string() +
                    "' exists and is not an empty folder; name a new folder or remove it first");
  }
}

}  // namespace

std::vector<std::string> SyntheticOptions::Violations() const {
  std::vector<std::string> broken;
  const auto rule = [&](bool holds, const std::string& key, double value, const std::string& text) {
    // A NaN breaks every rule, as comparisons with it are false.
    if (!holds) broken.push_back(key + " = " + FormatShortest(value) + ", must be " + text);
  };
  const auto share = [&](const std::string& key, double value, double most) {
    rule(value >= 0 && value <= most, key, value, "in [0, " + FormatShortest(most) + "]");
  };
  rule(train_trials >= 1 && train_trials <= 100000, "train_trials", train_trials, "in [1, 100000]");
  rule(validation_trials >= 0 && validation_trials <= 100000,
       "validation_trials",
       validation_trials,
       "in [0, 100000]");
  rule(trials_per_person >= 1, "trials_per_person", trials_per_person, ">= 1");
  rule(frames >= 20 && frames <= 99999 / 2, "frames", frames, "in [20, 49999]");
  rule(size >= 32 && size <= 1024, "size", size, "in [32, 1024]");
  rule(frame_rate > 0 && frame_rate <= 1000, "frame_rate", frame_rate, "in (0, 1000]");
  share("still_share", still_share, 1);
  rule(motion_low_hz >= 0 && motion_low_hz <= motion_high_hz,
       "motion_low_hz",
       motion_low_hz,
       ">= 0 and <= motion_high_hz");
  rule(motion_high_hz < frame_rate / 2,
       "motion_high_hz",
       motion_high_hz,
       "below half the frame rate (" + FormatShortest(frame_rate / 2) + ")");
  share("motion_px", motion_px, 10);
  share("noise", noise, 20);
  share("occlusion", occlusion, 0.5);
  share("unannotated_trials", unannotated_trials, 1);
  share("missing_crop_trials", missing_crop_trials, 1);
  rule(stills >= 0 && stills <= 1000000, "stills", stills, "in [0, 1000000]");
  rule(video_width >= 160 && video_width <= 1920 && video_width % 2 == 0,
       "video_width",
       video_width,
       "even, in [160, 1920]");
  rule(video_height >= 120 && video_height <= 1080 && video_height % 2 == 0,
       "video_height",
       video_height,
       "even, in [120, 1080]");
  rule(threads >= 0, "threads", threads, ">= 0");
  return broken;
}

std::string SyntheticSummary::Text() const {
  const auto number = [](double value) { return FormatFixed(value, 3); };
  std::string text = std::to_string(trials) + " trials of " + std::to_string(persons) +
                     " persons, " + std::to_string(rows) + " rows, " + std::to_string(annotated) +
                     " annotated, " + std::to_string(crops) + " crops\n";
  text += "valence " + number(valence_mean) + " +- " + number(valence_spread) + ", arousal " +
          number(arousal_mean) + " +- " + number(arousal_spread) + ", correlation " +
          number(correlation) + "\n";
  for (const auto& [name, shares] :
       {std::make_pair("train", &train), std::make_pair("validation", &validation)}) {
    if (shares->rows == 0) continue;
    text += std::string(name) + ": single frames can explain " + number(shares->valence) +
            " of the variance of valence and " + number(shares->arousal) +
            " of that of arousal (CCC at most " + number(shares->arousal_ccc) +
            "); the rest of arousal is in the motion\n";
  }
  return text;
}

SyntheticSummary WriteSyntheticDataset(const fs::path& out, const SyntheticOptions& options) {
  const std::vector<std::string> broken = options.Violations();
  if (!broken.empty()) {
    std::string message = "synthetic data set: ";
    for (std::size_t i = 0; i < broken.size(); ++i) message += (i ? "; " : "") + broken[i];
    throw Error(ErrorCode::kInvalidOptions, message);
  }
  RequireEmpty(out);
  const std::vector<TrialPlan> plans = PlanTrials(options);
  const SyntheticSummary summary = Summarise(plans);

  Progress progress("synth", summary.rows * (options.videos ? 2 : 1));
  std::mutex progress_mutex;
  ParallelFor(plans.size(), options.threads, [&](std::size_t i) {
    WriteTrial(out, plans[i], options, &progress, &progress_mutex);
  });
  if (options.stills > 0) WriteSyntheticStills(out / "stills", options);

  CsvTable persons;
  persons.header = {"trial", "person"};
  for (const TrialPlan& plan : plans) persons.rows.push_back({plan.name, plan.person});
  WriteFileAtomically(out / "persons.csv", FormatCsv(persons));
  return summary;
}

}  // namespace circumplex
