// SPDX-License-Identifier: Apache-2.0
#include "report/svg.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "report/plots.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

SvgPanel UnitPanel() {
  SvgPanel panel;
  panel.left = 10;
  panel.top = 20;
  panel.width = 200;
  panel.height = 100;
  return panel;
}

TEST(Escape, MarkupAndControlCharacters) {
  EXPECT_EQ(EscapeMarkup("<a b=\"c\">'&"), "&lt;a b=&quot;c&quot;&gt;&#39;&amp;");
  EXPECT_EQ(EscapeMarkup(std::string("x\0y\x1b", 4)), "x\xEF\xBF\xBDy\xEF\xBF\xBD");
  EXPECT_EQ(EscapeMarkup("tab\tline\n\xC3\xA9"), "tab\tline\n\xC3\xA9");
}

TEST(GroupDigits, Thousands) {
  EXPECT_EQ(GroupDigits(0), "0");
  EXPECT_EQ(GroupDigits(999), "999");
  EXPECT_EQ(GroupDigits(1000), "1,000");
  EXPECT_EQ(GroupDigits(2696349), "2,696,349");
  EXPECT_EQ(GroupDigits(-100), "-100");
  EXPECT_EQ(GroupDigits(-1234), "-1,234");
}

TEST(RoundTicks, CoverTheIntervalWithRoundSteps) {
  const auto expect = [](double low, double high, const std::vector<double>& ticks) {
    const auto actual = RoundTicks(low, high);
    ASSERT_EQ(actual.size(), ticks.size()) << low << " " << high;
    for (std::size_t i = 0; i < ticks.size(); ++i) EXPECT_NEAR(actual[i], ticks[i], 1e-12);
  };
  expect(0, 1, {0, 0.2, 0.4, 0.6, 0.8, 1.0});
  expect(-1, 1, {-1, -0.5, 0, 0.5, 1});
  expect(0, 17.3, {0, 5, 10, 15});
  expect(3, 3, {3});
}

TEST(Panel, MapsCornersToPixels) {
  const SvgPanel panel = UnitPanel();
  EXPECT_DOUBLE_EQ(panel.MapX(-1), 10);
  EXPECT_DOUBLE_EQ(panel.MapX(1), 210);
  EXPECT_DOUBLE_EQ(panel.MapY(-1), 120);
  EXPECT_DOUBLE_EQ(panel.MapY(1), 20);
  EXPECT_DOUBLE_EQ(panel.MapY(0), 70);
}

TEST(Plot, LineHasOneMovePerUnbrokenRunAndClampsToThePanel) {
  SvgPlot plot(220, 140, "t", "d");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  plot.Line(UnitPanel(), {-1, 0, 0.5, 1}, {0, 1, nan, 7}, SvgRole::kValence, 2);
  const std::string svg = plot.Fragment();
  EXPECT_NE(svg.find("d=\"M10 70L110 20M210 20\""), std::string::npos) << svg;
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(Plot, HeatMapDrawsOnlyPositiveCellsWithRowZeroAtTheBottom) {
  SvgPlot plot(220, 140, "t", "d");
  plot.HeatMap(UnitPanel(), {9, 0, 0, 1}, 2, 2, SvgRole::kValence);
  const std::string svg = plot.Fragment();
  EXPECT_NE(svg.find("<rect x=\"10\" y=\"70\" width=\"100\" height=\"50\" fill-opacity=\"1.00\"/>"),
            std::string::npos)
      << svg;
  // log(2) / log(10) = 0.30103: 0.08 + 0.92 * 0.30103 = 0.357.
  EXPECT_NE(
      svg.find("<rect x=\"110\" y=\"20\" width=\"100\" height=\"50\" fill-opacity=\"0.36\"/>"),
      std::string::npos)
      << svg;
  std::size_t count = 0;
  for (std::size_t at = svg.find("<rect"); at != std::string::npos; at = svg.find("<rect", at + 1))
    ++count;
  EXPECT_EQ(count, 2u);
}

TEST(Plot, BarsStandOnTheAxis) {
  SvgPlot plot(220, 140, "t", "d");
  SvgPanel panel = UnitPanel();
  panel.y.low = 0;
  panel.y.high = 4;
  plot.Bars(panel, {0}, {1}, 0.2, SvgRole::kArousal, {"a < b"});
  EXPECT_NE(
      plot.Fragment().find(
          "<rect x=\"100\" y=\"95\" width=\"20\" height=\"25\"><title>a &lt; b</title></rect>"),
      std::string::npos)
      << plot.Fragment();
}

TEST(Plot, StandaloneCarriesNamespaceStyleAndSize) {
  SvgPlot plot(220, 140, "A & B", "d");
  const std::string svg = plot.Standalone();
  EXPECT_EQ(svg.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\"", 0), 0u);
  EXPECT_NE(svg.find("width=\"220\" height=\"140\""), std::string::npos);
  EXPECT_NE(svg.find("prefers-color-scheme: dark"), std::string::npos);
  EXPECT_NE(svg.find("<title>A &amp; B</title>"), std::string::npos);
  EXPECT_EQ(plot.Fragment().find("<style>"), std::string::npos);
}

TEST(Plots, LdsNeedsOneValuePerBin) {
  LabelCurves lds;
  lds.centers = {-1, 0, 1};
  lds.valence = LabelCurve{{1, 2, 3}, {1, 2}, {1, 1, 1}};
  const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [&] { LdsPlot(lds); });
  EXPECT_NE(message.find("valence"), std::string::npos);
  EXPECT_NE(message.find("3, 2 and 3 values for 3"), std::string::npos) << message;
}

TEST(Plots, LdsLeavesOutTheWeightOfEmptyBins) {
  LabelCurves lds;
  lds.centers = {-1, 0, 1};
  lds.arousal = LabelCurve{{5, 0, 5}, {2, 1, 2}, {1, 0, 1}};
  const std::string svg = LdsPlot(lds).Fragment();
  // Two single points, no line between them.
  const std::size_t line = svg.rfind("class=\"l sw\"");
  ASSERT_NE(line, std::string::npos);
  EXPECT_EQ(svg.substr(line).find('L'), std::string::npos) << svg.substr(line);
}

TEST(Plots, HistogramCellsNameTheirRange) {
  SquareHistogram histogram(4);
  histogram.Add(-0.9, 0.9);
  histogram.Add(-5, 5);
  const std::string svg = LabelHistogramPlot(histogram, "labels").Fragment();
  EXPECT_NE(svg.find("<title>valence -1.00 to -0.50, arousal 0.50 to 1.00: 2 frames</title>"),
            std::string::npos)
      << svg;
}

}  // namespace
}  // namespace circumplex
