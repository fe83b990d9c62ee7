// SPDX-License-Identifier: Apache-2.0
#include "report/label_plots.h"

#include "report/plots.h"
#include "run/label_summary.h"

namespace circumplex {

std::vector<PlotFile> LabelPlots(const std::vector<std::vector<VaLabel>>& tracks) {
  std::vector<const std::vector<VaLabel>*> each;
  for (const std::vector<VaLabel>& track : tracks) each.push_back(&track);
  const LabelSummary summary = SummarizeLabels(each, LdsOptions());
  if (summary.histogram.empty()) return {};
  return {
      {"histogram.svg", LabelHistogramPlot(summary.histogram, "Valence and arousal").Standalone()},
      {"lds.svg", LdsPlot(summary.curves).Standalone()}};
}

}  // namespace circumplex
