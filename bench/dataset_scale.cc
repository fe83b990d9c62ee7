// SPDX-License-Identifier: Apache-2.0
// Time of each step over the labels of a data set of a given size, and the peak memory.
//
//   bench_dataset_scale [MILLION_FRAMES...]        default: 0.1 1 10
//
// Writes annotations of 4,000 rows per trial into a temporary folder in the Aff-Wild2 layout,
// without crops, and a feature store of every 1,000th frame, and removes them at the end. Peak
// memory is that of the process so far, so give sizes in ascending order.
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "circumplex/ccc.h"
#include "circumplex/error.h"
#include "circumplex/evaluation.h"
#include "circumplex/lds.h"

#include "datasets/aff_wild2.h"
#include "datasets/folds.h"
#include "datasets/row_usage.h"
#include "datasets/trial_labels.h"
#include "predictions/prediction_io.h"
#include "predictions/submission_check.h"
#include "support/feature_stores.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kRowsPerTrial = 4000;

double PeakMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void Measure(const char* step, std::int64_t frames, const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("  %-44s %9.3f s  %8.2f M frames/s  %8.0f MB\n",
              step,
              seconds.count(),
              1e-6 * static_cast<double>(frames) / seconds.count(),
              PeakMegabytes());
  std::fflush(stdout);
}

/// Smooth labels of a closed form; one trial in ten has unannotated rows.
std::vector<VaLabel> MakeLabels(std::int64_t trial, std::int64_t rows) {
  std::vector<VaLabel> labels(static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (trial % 10 == 0 && i < 20) continue;
    const double t = static_cast<double>(i) / 97 + static_cast<double>(trial);
    labels[i] = {{0.1 + 0.6 * std::sin(t), 0.3 + 0.4 * std::cos(1.7 * t)}, true};
  }
  return labels;
}

void RunSize(std::int64_t frames, const fs::path& root) {
  const std::int64_t trials = std::max<std::int64_t>(10, frames / kRowsPerTrial);
  const std::int64_t rows = frames / trials;
  const std::int64_t all = trials * rows;
  std::printf(
      "%lld frames in %lld trials\n", static_cast<long long>(all), static_cast<long long>(trials));

  Measure("write annotations", all, [&] {
    for (std::int64_t i = 0; i < trials; ++i) {
      const fs::path folder =
          root / "annotations/VA_Set" / (i % 6 == 0 ? "Validation_Set" : "Train_Set");
      WriteVaAnnotation(folder / (std::to_string(i + 1) + "-30-640x360.txt"), MakeLabels(i, rows));
    }
  });
  Manifest manifest;
  Measure("read the data set (manifest)", all, [&] { manifest = ReadAffWild2(root); });
  Measure("row usage (reads all again)", all, [&] { CountRowUsage(manifest); });
  Measure("folds by subject", all, [&] { MakeFolds(manifest, FoldRule::kSubject, 5, true, 1); });

  std::vector<std::vector<VaLabel>> labels;
  Measure("labels of all trials into memory", all, [&] {
    for (const Trial& trial : manifest.trials) labels.push_back(ReadTrialLabels(trial));
  });
  std::vector<double> valence, arousal;
  for (const std::vector<VaLabel>& trial : labels) {
    for (const VaLabel& label : trial) {
      if (!label.annotated) continue;
      valence.push_back(label.valence);
      arousal.push_back(label.arousal);
    }
  }
  Measure("LDS weights, both targets", all, [&] {
    LdsWeights(valence);
    LdsWeights(arousal);
  });
  Measure("LDS weights, joint", all, [&] { JointLdsWeights(valence, arousal, LdsOptions()); });
  Measure("CCC, pooled and per video, both targets", all, [&] {
    CccAccumulator pooled[2];
    for (const std::vector<VaLabel>& trial : labels) {
      CccAccumulator video[2];
      for (const VaLabel& label : trial) {
        if (!label.annotated) continue;
        video[0].Add(0.9 * label.valence + 0.05, label.valence);
        video[1].Add(0.8 * label.arousal - 0.02, label.arousal);
      }
      for (int k = 0; k < 2; ++k) pooled[k].Merge(video[k]);
    }
    if (pooled[0].count() == 0) throw Error(ErrorCode::kInternal, "no frame was scored");
  });

  std::vector<TrialPrediction> predictions;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    TrialPrediction prediction;
    prediction.trial = manifest.trials[i].name;
    for (const VaLabel& label : labels[i]) {
      prediction.values.push_back({0.9 * label.valence + 0.05, 0.8 * label.arousal});
    }
    predictions.push_back(std::move(prediction));
  }
  Measure("write predictions", all, [&] {
    for (const TrialPrediction& prediction : predictions)
      WriteTrialPrediction(root / "out" / (prediction.trial + ".txt"), prediction);
  });
  Measure("read predictions", all, [&] { ReadPredictions(root / "out"); });
  Measure("evaluate, without intervals", all, [&] {
    EvaluateOptions options;
    options.bootstrap.bootstrap = 0;
    const EvaluationResult result = Evaluate(root / "out", root / "annotations", options);
    if (result.rows.total != all) throw Error(ErrorCode::kInternal, "rows were lost");
  });
  const FeatureStore store = testing_support::UntrainedStore(root / "store");
  Measure("write a store of every 1,000th frame", all, [&] {
    for (const Trial& trial : manifest.trials) {
      FeatureTrack track;
      track.trial = trial.name;
      for (std::int64_t frame = 0; frame < trial.rows; frame += 1000) track.frame.push_back(frame);
      const auto count = static_cast<std::size_t>(track.size());
      track.pool5.assign(count * kPool5Size, 0);
      track.gray.assign(count * static_cast<std::size_t>(track.gray_size * track.gray_size), 0);
      track.num_frames = trial.rows;
      testing_support::WriteTrack(store, track);
    }
  });
  Measure("read that store", all, [&] {
    std::int64_t read = 0;
    for (const std::string& trial : store.Trials()) read += store.Track(trial).num_frames;
    if (read != all) throw Error(ErrorCode::kInternal, "frames of the store were lost");
  });
  Measure("check the submission", all, [&] {
    ExpectedSubmission expected;
    for (const Trial& trial : manifest.trials) expected.trials.push_back({trial.name, trial.rows});
    const SubmissionReport report = CheckSubmission(root / "out", expected);
    if (!report.ok || report.rows != all) throw Error(ErrorCode::kInternal, FormatReport(report));
  });
}

int Main(int argc, char** argv) {
  std::vector<double> millions;
  for (int i = 1; i < argc; ++i) millions.push_back(std::atof(argv[i]));
  if (millions.empty()) millions = {0.1, 1, 10};
  double load[1] = {0};
  getloadavg(load, 1);
  std::printf("load %.2f at the start; columns: time, rate, peak memory of the process\n", load[0]);
  for (const double million : millions) {
    if (!(million >= 0.001 && million <= 1000)) {
      std::fprintf(stderr,
                   "usage: bench_dataset_scale [MILLION_FRAMES...], each from 0.001 to 1000\n");
      return 2;
    }
    std::string pattern = (fs::temp_directory_path() / "circumplex-scale-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      std::fprintf(
          stderr, "cannot make a temporary folder in %s\n", fs::temp_directory_path().c_str());
      return 5;
    }
    const fs::path root = pattern;
    int code = 0;
    try {
      RunSize(std::llround(1e6 * million), root);
    } catch (const Error& error) {
      std::fprintf(stderr, "%s\n", error.what());
      code = ExitCode(error.code());
    }
    std::error_code ignored;
    fs::remove_all(root, ignored);
    if (code != 0) return code;
  }
  return 0;
}

}  // namespace
}  // namespace circumplex

int main(int argc, char** argv) { return circumplex::Main(argc, argv); }
