// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "circumplex/evaluation.h"

#include "commands.h"
#include "core/csv.h"
#include "data_arguments.h"
#include "datasets/folds.h"
#include "datasets/row_usage.h"
#include "datasets/trial_labels.h"
#include "labels/label_stats.h"
#include "options/enum_names.h"
#include "report/plots.h"

namespace circumplex::app {
namespace {

struct Arguments {
  DataArguments data;
  std::string out, fold_rule = "subject";
  int folds = 5;
  std::uint64_t seed = 1;
};

std::string StatsText(const std::vector<LabelTrack>& tracks) {
  const LabelStats stats = ComputeLabelStats(tracks);
  const auto line = [](const char* name, const TargetStats& target) {
    return std::string(name) + FormatFixed(target.mean, 3) + " +- " +
           FormatFixed(target.deviation, 3) +
           (target.between_share
                ? ", " + FormatFixed(100 * *target.between_share, 0) + " % between videos"
                : "") +
           "\n";
  };
  std::string text = line("valence      ", stats.valence) + line("arousal      ", stats.arousal);
  text += "quadrants    V+A+ " + FormatFixed(stats.quadrants[0], 3) + ", V-A+ " +
          FormatFixed(stats.quadrants[1], 3) + ", V-A- " + FormatFixed(stats.quadrants[2], 3) +
          ", V+A- " + FormatFixed(stats.quadrants[3], 3) + "\n";
  if (stats.correlation) text += "correlation  " + FormatFixed(*stats.correlation, 3) + "\n";
  return text;
}

int Run(const Arguments& arguments) {
  const Manifest manifest = ReadData(arguments.data);
  const std::vector<RowUsage> usage = CountRowUsage(manifest);
  const RowUsage total = TotalUsage(usage);
  std::printf("layout       %s, %zu trials\n", manifest.layout.c_str(), manifest.trials.size());
  std::printf(
      "rows         %lld = %lld used + %lld not annotated + %lld without a crop + %lld neither\n",
      static_cast<long long>(total.rows),
      static_cast<long long>(total.used),
      static_cast<long long>(total.unannotated),
      static_cast<long long>(total.without_crop),
      static_cast<long long>(total.unannotated_without_crop));
  std::printf("crops        %lld, %lld of them beyond the rows\n",
              static_cast<long long>(total.crops),
              static_cast<long long>(total.beyond_rows));
  std::vector<LabelTrack> tracks;
  for (const Trial& trial : manifest.trials) {
    if (!trial.annotation.empty()) tracks.push_back(ReadTrialLabels(trial));
  }
  std::cout << StatsText(tracks);
  std::map<std::string, int> kinds;
  for (const Defect& defect : manifest.defects) ++kinds[defect.kind];
  for (const auto& [kind, count] : kinds) std::printf("defect       %s: %d\n", kind.c_str(), count);
  if (arguments.out.empty()) return 0;

  const std::filesystem::path out = arguments.out;
  FoldRule rule = FoldRule::kSubject;
  for (const auto& [value, name] : EnumNames<FoldRule>()) {
    if (name == arguments.fold_rule) rule = value;
  }
  WriteManifest(out / "manifest.csv", manifest);
  WriteDefects(out / "defects.csv", manifest.defects);
  WriteRowUsage(out / "rows.csv", usage);
  WriteFolds(out / "folds.csv",
             MakeFolds(manifest, rule, arguments.folds, true, arguments.seed),
             manifest);
  SquareHistogram histogram(40);
  for (const LabelTrack& track : tracks) {
    for (const VaLabel& label : track) {
      if (label.annotated) histogram.Add(label.valence, label.arousal);
    }
  }
  WriteResult((out / "histogram.svg").string(),
              LabelHistogramPlot(histogram, "Valence and arousal").Standalone());
  std::printf("written      %s/{manifest,defects,rows,folds}.csv, histogram.svg\n", out.c_str());
  return 0;
}

}  // namespace

Command DatasetCommand() {
  return {
      "dataset",
      "Read a data set; print what was found, used and dropped; write manifest, folds and defects",
      "circumplex dataset --data aff-wild2 --out lists",
      [](CLI::App& cli) {
        auto arguments = std::make_shared<Arguments>();
        DeclareData(cli, &arguments->data);
        cli.add_option("-o,--out",
                       arguments->out,
                       "Folder for manifest.csv, folds.csv, defects.csv, histogram.svg");
        cli.add_option("--folds", arguments->folds, "Number of folds")->capture_default_str();
        cli.add_option("--fold-rule", arguments->fold_rule, "What is kept together")
            ->check(CLI::IsMember({"video", "subject", "official", "released"}))
            ->capture_default_str();
        cli.add_option("--seed", arguments->seed, "Seed of the folds")->capture_default_str();
        return [arguments] { return Run(*arguments); };
      }};
}

}  // namespace circumplex::app
