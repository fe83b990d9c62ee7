// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <iostream>

#include "commands.h"
#include "core/files.h"
#include "core/progress.h"
#include "data_arguments.h"
#include "datasets/dataset_report.h"
#include "datasets/folds_file.h"
#include "datasets/row_usage.h"
#include "datasets/trial_labels.h"
#include "options/enum_names.h"
#include "report/label_plots.h"

namespace circumplex::app {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  DataArguments data;
  std::string out, fold_rule = "subject";
  int folds = 5;
  std::uint64_t seed = 1;
  bool folds_asked_for = false;
};

// The paper's Fig. 1 and Fig. 3; nothing to draw without a label.
std::string DrawLabels(const std::vector<LabelTrack>& tracks, const fs::path& out) {
  std::string written;
  for (const PlotFile& plot : LabelPlots(tracks)) {
    WriteFileAtomically(out / plot.name, plot.svg);
    written += ", " + plot.name;
  }
  return written;
}

int RunPhotographs(const Arguments& arguments) {
  const StillSet set = ReadAffectNet(arguments.data.root);
  LabelTrack labels;
  for (const StillImage& image : set.images) {
    if (image.valid && image.exists) labels.push_back({image.va, true});
  }
  std::cout << DescribeDataset(set) << "\n" << DescribeLabels({labels}, false);
  if (arguments.out.empty()) return 0;
  const fs::path out = arguments.out;
  WriteImages(out / "images.csv", set);
  WriteDefects(out / "defects.csv", set.defects);
  std::cout << "written      " << out.string() << "/{images,defects}.csv"
            << DrawLabels({labels}, out) << "\n";
  return 0;
}

int Run(const Arguments& arguments) {
  if (LayoutOf(arguments.data) == Layout::kAffectNet) return RunPhotographs(arguments);
  const Manifest manifest = ReadData(arguments.data);
  const std::vector<RowUsage> usage = CountRowUsage(manifest);
  std::vector<LabelTrack> tracks;
  for (const Trial& trial : manifest.trials) tracks.push_back(ReadTrialLabels(trial));
  std::cout << DescribeDataset(manifest, usage) << "\n" << DescribeLabels(tracks, true);
  if (arguments.out.empty()) return 0;

  const fs::path out = arguments.out;
  WriteManifest(out / "manifest.csv", manifest);
  WriteDefects(out / "defects.csv", manifest.defects);
  WriteRowUsage(out / "rows.csv", usage);
  std::string written = "{manifest,defects,rows";
  try {
    const std::vector<Fold> folds = MakeFolds(manifest,
                                              ParseEnum<FoldRule>(arguments.fold_rule).value(),
                                              arguments.folds,
                                              true,
                                              arguments.seed);
    std::cout << "folds        " << folds.size() << " by rule " << arguments.fold_rule << ": "
              << DescribeLeaks(FindLeaks(manifest, folds)) << "\n";
    WriteFolds(out / "folds.csv", folds, manifest);
    written += ",folds";
  } catch (const Error& error) {
    // A set that cannot be divided by the default still has its manifest and its pictures.
    if (arguments.folds_asked_for || error.code() != ErrorCode::kInvalidOptions) throw;
    Log(LogLevel::kWarning, "dataset", std::string("no folds.csv: ") + error.what());
  }
  written += "}.csv" + DrawLabels(tracks, out);
  if (WriteOtherAnnotations(manifest, tracks, out / "annotations"))
    written += ", annotations/<trial>.txt";
  std::cout << "written      " << out.string() << "/" << written << "\n";
  return 0;
}

}  // namespace

Command DatasetCommand() {
  return {
      "dataset", "circumplex dataset aff-wild2 --out lists", [](CLI::App& cli) {
        auto arguments = std::make_shared<Arguments>();
        DeclareData(cli, &arguments->data, true);
        cli.add_option("-o,--out",
                       arguments->out,
                       "Folder for manifest.csv, folds.csv, defects.csv, rows.csv, the histogram "
                       "(paper Fig. 1) and the LDS curves (Fig. 3) as SVG");
        const CLI::Option* folds =
            cli.add_option("--folds", arguments->folds, "Number of folds")->capture_default_str();
        const CLI::Option* rule =
            cli.add_option("--fold-rule",
                           arguments->fold_rule,
                           "What is kept together; released = the paper's code: slices of the "
                           "list, whose folds share videos and persons")
                ->check(CLI::IsMember(EnumWords<FoldRule>()))
                ->capture_default_str();
        cli.add_option("--seed", arguments->seed, "Seed of the folds")->capture_default_str();
        return [arguments, folds, rule] {
          arguments->folds_asked_for = folds->count() + rule->count() > 0;
          return Run(*arguments);
        };
      }};
}

}  // namespace circumplex::app
