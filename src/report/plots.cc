// SPDX-License-Identifier: Apache-2.0
#include "report/plots.h"

#include <algorithm>
#include <cmath>

#include "circumplex/error.h"

#include "core/csv.h"
#include "labels/bins.h"

namespace circumplex {
namespace {

std::vector<double> AsDoubles(const SquareHistogram& histogram) {
  return {histogram.counts.begin(), histogram.counts.end()};
}

// "x -0.40 to -0.35, y ...: 12 frames" for every cell that is drawn.
std::vector<std::string> CellTexts(const SquareHistogram& histogram,
                                   const std::string& x,
                                   const std::string& y) {
  const int cells = histogram.cells;
  const auto range = [&](int i) {
    return FormatFixed(-1 + 2.0 * i / cells, 2) + " to " +
           FormatFixed(-1 + 2.0 * (i + 1) / cells, 2);
  };
  std::vector<std::string> texts(histogram.counts.size());
  for (int row = 0; row < cells; ++row) {
    for (int column = 0; column < cells; ++column) {
      const std::size_t index = static_cast<std::size_t>(row) * cells + column;
      if (histogram.counts[index] == 0) continue;
      texts[index] = x + " " + range(column) + ", " + y + " " + range(row) + ": " +
                     GroupDigits(histogram.counts[index]) + " frames";
    }
  }
  return texts;
}

SvgAxis LabelAxis(const std::string& label) {
  SvgAxis axis;
  axis.label = label;
  axis.ticks = {-1, -0.5, 0, 0.5, 1};
  axis.decimals = 1;
  return axis;
}

SvgPanel SquarePanel(const std::string& x, const std::string& y) {
  SvgPanel panel;
  panel.left = 56;
  panel.top = 14;
  panel.width = panel.height = 330;
  panel.x = LabelAxis(x);
  panel.y = LabelAxis(y);
  return panel;
}

void CrossAtZero(SvgPlot& plot, const SvgPanel& panel) {
  plot.Line(panel, {-1, 1}, {0, 0}, SvgRole::kMuted, 1, "3 3");
  plot.Line(panel, {0, 0}, {-1, 1}, SvgRole::kMuted, 1, "3 3");
}

double LargestFinite(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) {
    if (std::isfinite(value)) largest = std::max(largest, value);
  }
  return largest;
}

}  // namespace

SvgPlot LabelHistogramPlot(const SquareHistogram& histogram, const std::string& title) {
  SvgPlot plot(400,
               390,
               title,
               "Frames per cell of the valence-arousal plane; darker cells hold more (log scale).");
  const SvgPanel panel = SquarePanel("valence", "arousal");
  plot.Axes(panel);
  if (!histogram.empty()) {
    plot.HeatMap(panel,
                 AsDoubles(histogram),
                 histogram.cells,
                 histogram.cells,
                 SvgRole::kValence,
                 CellTexts(histogram, "valence", "arousal"));
  }
  CrossAtZero(plot, panel);
  return plot;
}

SvgPlot AgreementPlot(const SquareHistogram& agreement, const std::string& target, SvgRole role) {
  SvgPlot plot(400,
               390,
               "Predicted against annotated " + target,
               "Frames per cell; on the dashed diagonal prediction and annotation are equal.");
  const SvgPanel panel = SquarePanel("annotated " + target, "predicted " + target);
  plot.Axes(panel);
  if (!agreement.empty()) {
    plot.HeatMap(panel,
                 AsDoubles(agreement),
                 agreement.cells,
                 agreement.cells,
                 role,
                 CellTexts(agreement, "annotated", "predicted"));
  }
  plot.Line(panel, {-1, 1}, {-1, 1}, SvgRole::kInk, 1.2, "5 4");
  return plot;
}

SvgPlot CircumplexPlot(const SquareHistogram& predicted, const std::string& title) {
  struct Affect {
    const char* name;
    double degrees;
  };
  // Circular scaling coordinates of eight of Russell's 28 words.
  static constexpr Affect kAffects[] = {{"happy", 8},
                                        {"excited", 49},
                                        {"tense", 93},
                                        {"distressed", 138},
                                        {"miserable", 189},
                                        {"bored", 242},
                                        {"sleepy", 272},
                                        {"calm", 316}};
  SvgPlot plot(
      400,
      390,
      title,
      "Predicted frames on the valence-arousal plane, with the unit circle and affect words.");
  const SvgPanel panel = SquarePanel("valence", "arousal");
  plot.Axes(panel);
  if (!predicted.empty()) {
    plot.HeatMap(panel,
                 AsDoubles(predicted),
                 predicted.cells,
                 predicted.cells,
                 SvgRole::kWeight,
                 CellTexts(predicted, "valence", "arousal"));
  }
  CrossAtZero(plot, panel);
  plot.Circle(panel, 0, 0, panel.width / 2, SvgRole::kMuted, false);
  constexpr double kPi = 3.14159265358979323846;
  for (const Affect& affect : kAffects) {
    const double x = std::cos(affect.degrees * kPi / 180), y = std::sin(affect.degrees * kPi / 180);
    plot.Circle(panel, x, y, 2.5, SvgRole::kInk, true);
    const std::string anchor = x > 0.3 ? "end" : x < -0.3 ? "start" : "middle";
    const double inset = anchor == "end" ? -8 : anchor == "start" ? 8 : 0;
    plot.TextPx(panel.MapX(x) + inset,
                panel.MapY(y) + (y > 0 ? 15 : -8) - (anchor == "middle" ? 0 : (y > 0 ? 10 : -11)),
                affect.name,
                anchor,
                "label halo");
  }
  return plot;
}

SvgPlot LdsPlot(const LabelCurves& curves) {
  const std::size_t bins = curves.centers.size();
  struct Column {
    const char* name;
    const LabelCurve* density;
    SvgRole role;
  };
  std::vector<Column> columns;
  if (curves.valence) columns.push_back({"valence", &*curves.valence, SvgRole::kValence});
  if (curves.arousal) columns.push_back({"arousal", &*curves.arousal, SvgRole::kArousal});
  for (const Column& column : columns) {
    if (column.density->counts.size() != bins || column.density->smoothed.size() != bins ||
        column.density->weights.size() != bins) {
      throw Error(ErrorCode::kInvalidArgument,
                  std::string("LDS of ") + column.name + ": counts, smoothed and weights hold " +
                      std::to_string(column.density->counts.size()) + ", " +
                      std::to_string(column.density->smoothed.size()) + " and " +
                      std::to_string(column.density->weights.size()) + " values for " +
                      std::to_string(bins) + " bin centres; give one value per bin");
    }
  }
  constexpr double kColumnWidth = 470;
  SvgPlot plot(std::max<double>(1, static_cast<double>(columns.size())) * kColumnWidth + 10,
               560,
               "Label distribution smoothing",
               "Label counts, their smoothed density and the loss weights over the label value.");
  const double bar_width =
      bins > 1 ? (curves.centers.back() - curves.centers.front()) / static_cast<double>(bins - 1)
               : 0.1;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const Column& column = columns[c];
    const LabelCurve& density = *column.density;
    const double left = 66 + static_cast<double>(c) * kColumnWidth;
    const auto panel_at =
        [&](double top, double height, double high, const std::string& y_label, bool last) {
          SvgPanel panel;
          panel.left = left;
          panel.top = top;
          panel.width = kColumnWidth - 84;
          panel.height = height;
          panel.x = LabelAxis(last ? column.name : "");
          panel.x.show_labels = last;
          panel.y.label = y_label;
          panel.y.low = 0;
          panel.y.high = high > 0 ? high * 1.06 : 1;
          return panel;
        };
    plot.TextPx(left, 16, column.name, "start", "head");
    std::vector<std::string> texts(bins);
    for (std::size_t b = 0; b < bins; ++b) {
      texts[b] = std::string(column.name) + " " + FormatFixed(curves.centers[b], 2) + ": " +
                 GroupDigits(std::llround(density.counts[b])) + " frames, smoothed " +
                 FormatFixed(density.smoothed[b], 1) + ", weight " +
                 FormatFixed(density.weights[b], 3);
    }
    const SvgPanel counts =
        panel_at(28, 140, LargestFinite(density.counts), "frames per bin", false);
    plot.Axes(counts);
    plot.Bars(counts, curves.centers, density.counts, bar_width, column.role, texts);
    const SvgPanel smoothed =
        panel_at(196, 140, LargestFinite(density.smoothed), "smoothed frames per bin", false);
    plot.Axes(smoothed);
    plot.Line(smoothed, curves.centers, density.smoothed, column.role, 2);
    // Bins without labels have weight 0: a gap, not a weight.
    std::vector<double> weights = density.weights;
    for (double& weight : weights) {
      if (!(weight > 0)) weight = std::nan("");
    }
    const SvgPanel weight_panel = panel_at(364, 140, LargestFinite(weights), "loss weight", true);
    plot.Axes(weight_panel);
    plot.Line(weight_panel, {-1, 1}, {1, 1}, SvgRole::kMuted, 1, "3 3");
    plot.Line(weight_panel, curves.centers, weights, SvgRole::kWeight, 1.6);
  }
  return plot;
}

}  // namespace circumplex
