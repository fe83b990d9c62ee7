// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "circumplex/error.h"
#include "circumplex/lds.h"

#include "commands.h"
#include "config/toml.h"
#include "core/csv.h"
#include "core/files.h"
#include "labels/annotation_io.h"
#include "report/plots.h"

namespace circumplex::app {
namespace {

struct Arguments {
  std::string labels, config, out = "-", plot;
  std::vector<std::string> set;
};

// Annotated labels of a file, or of every <trial>.txt below a folder: valence, arousal.
std::array<std::vector<double>, 2> ReadLabels(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(path)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.path().extension() == ".txt") files.push_back(entry.path());
    }
  } else {
    files.push_back(path);
  }
  std::array<std::vector<double>, 2> labels;
  for (const auto& file : files) {
    for (const VaLabel& label : ReadVaAnnotation(file)) {
      if (!label.annotated) continue;
      labels[0].push_back(label.valence);
      labels[1].push_back(label.arousal);
    }
  }
  if (labels[0].empty()) {
    throw Error(ErrorCode::kBadData,
                "no annotated row in '" + path.string() + "'; a folder of <trial>.txt is needed");
  }
  return labels;
}

int Run(const Arguments& arguments) {
  const LdsOptions options = ReadRunOptions(arguments.config, arguments.set).lds;
  const auto labels = ReadLabels(arguments.labels);
  const ReportLds report = MakeReportLds(labels[0], labels[1], options);
  CsvTable table;
  table.header = {"target", "bin", "label", "count", "base", "smoothed", "weight"};
  for (int k = 0; k < 2; ++k) {
    const LdsDensity density = EstimateLdsDensity(labels[k], options);
    for (int bin = 0; bin < options.num_bins; ++bin) {
      table.rows.push_back({k == 0 ? "valence" : "arousal",
                            std::to_string(bin),
                            FormatFixed(report.centers[bin], 4),
                            FormatFixed(density.counts[bin], 0),
                            FormatShortest(density.base[bin]),
                            FormatShortest(density.smoothed[bin]),
                            FormatShortest(density.weights[bin])});
    }
  }
  WriteResult(arguments.out, FormatCsv(table));
  if (!arguments.plot.empty()) WriteFileAtomically(arguments.plot, LdsPlot(report).Standalone());
  return 0;
}

}  // namespace

Command LdsCommand() {
  return {
      "lds",
      "Label density, smoothed density and loss weights per bin, as CSV and plot (paper Fig. 3)",
      "circumplex lds annotations/VA_Set/Train_Set --plot lds.svg",
      [](CLI::App& cli) {
        auto arguments = std::make_shared<Arguments>();
        cli.add_option("labels", arguments->labels, "Annotation file, or folder of <trial>.txt")
            ->required();
        cli.add_option("-o,--out", arguments->out, "CSV file; - is stdout")->capture_default_str();
        cli.add_option("--plot", arguments->plot, "SVG file of the curves");
        cli.add_option("--config", arguments->config, "TOML file with a section [lds]");
        cli.add_option("--set", arguments->set, "e.g. lds.kernel=laplace, repeatable")
            ->allow_extra_args(false);
        return [arguments] { return Run(*arguments); };
      }};
}

}  // namespace circumplex::app
