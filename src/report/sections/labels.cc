// SPDX-License-Identifier: Apache-2.0
#include "report/plots.h"
#include "report/sections/sections.h"
#include "report/tables.h"

namespace circumplex::page {
namespace {

/// Share of the four quadrants; cells on both sides of 0 exist only for an even number per side.
std::string QuadrantTable(const SquareHistogram& histogram) {
  if (histogram.cells % 2 != 0) return "";
  std::int64_t counts[2][2] = {{0, 0}, {0, 0}}, total = 0;
  const int half = histogram.cells / 2;
  for (int row = 0; row < histogram.cells; ++row) {
    for (int column = 0; column < histogram.cells; ++column) {
      const std::int64_t count =
          histogram.counts[static_cast<std::size_t>(row) * histogram.cells + column];
      counts[row >= half][column >= half] += count;
      total += count;
    }
  }
  if (total == 0) return "";
  Table table({{"Quadrant"}, {"Frames", true}, {"Share, %", true}},
              "Labels by quadrant; 0 counts as positive");
  static constexpr struct {
    const char* name;
    int arousal, valence;
  } kQuadrants[] = {{"pleasant, active", 1, 1},
                    {"unpleasant, active", 1, 0},
                    {"unpleasant, passive", 0, 0},
                    {"pleasant, passive", 0, 1}};
  for (const auto& quadrant : kQuadrants) {
    const std::int64_t count = counts[quadrant.arousal][quadrant.valence];
    table.Row(RowHead(quadrant.name) + CountCell(count) +
              NumberCell(100.0 * static_cast<double>(count) / static_cast<double>(total), 1));
  }
  return table.Html();
}

}  // namespace

std::string Labels(const RunContents& run) {
  const RunResults& results = run.results;
  std::string html;
  if (!results.label_histogram.empty()) {
    html +=
        "<div class=\"plots beside\">" +
        Figure(LabelHistogramPlot(results.label_histogram, "Labels on the valence-arousal plane"),
               "Annotated frames per cell, log shade (the paper's Fig. 1).") +
        QuadrantTable(results.label_histogram) + "</div>";
  }
  if (!results.lds.empty()) {
    html += "<h3>Label distribution smoothing</h3>" +
            Figure(LdsPlot(results.lds),
                   "Frames per bin, the same smoothed, and the loss weights (the paper's Fig. 3).");
  }
  return html;
}

}  // namespace circumplex::page
