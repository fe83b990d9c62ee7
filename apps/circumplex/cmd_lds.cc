// SPDX-License-Identifier: Apache-2.0

#include "circumplex/error.h"

#include "commands.h"
#include "config/toml.h"
#include "core/csv.h"
#include "core/files.h"
#include "distribution_smoothing/lds_table.h"
#include "labels/annotation_io.h"
#include "report/plots.h"
#include "run/label_summary.h"

namespace circumplex::app {
namespace {

struct Arguments {
  std::string labels, config, out = "-", plot;
  std::vector<std::string> set;
};

int Run(const Arguments& arguments) {
  const LdsOptions options = ReadRunOptions(arguments.config, arguments.set).lds;
  if (options.joint && !arguments.plot.empty()) {
    throw Error(ErrorCode::kInvalidOptions,
                "--plot draws one curve per target, but lds.joint = true has one density of both; "
                "leave one of them out");
  }
  std::vector<double> valence, arousal;
  for (const auto& file : AnnotationFiles(arguments.labels)) {
    for (const VaLabel& label : ReadVaAnnotation(file)) {
      if (!label.annotated) continue;
      valence.push_back(label.valence);
      arousal.push_back(label.arousal);
    }
  }
  if (valence.empty()) {
    throw Error(
        ErrorCode::kBadData,
        "no annotated row in '" + arguments.labels + "'; a folder of <trial>.txt is needed");
  }
  WriteResult(arguments.out, FormatCsv(LdsTable(valence, arousal, options)));
  if (!arguments.plot.empty()) {
    WriteFileAtomically(arguments.plot,
                        LdsPlot(MakeLabelCurves(valence, arousal, options)).Standalone());
  }
  return 0;
}

}  // namespace

Command LdsCommand() {
  return {
      "lds", "circumplex lds annotations/VA_Set/Train_Set --plot lds.svg", [](CLI::App& cli) {
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
