// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace circumplex {

/// Escapes &, <, >, " and ' for HTML and XML text and attributes; control characters that neither
/// allows become U+FFFD.
std::string EscapeMarkup(std::string_view text);

/// Thousands separated for tables: 1234567 -> "1,234,567".
std::string GroupDigits(long long value);

/// What a mark stands for; decides its colour in both schemes.
enum class SvgRole { kValence, kArousal, kInk, kMuted, kWeight };

struct SvgAxis {
  std::string label;
  double low = -1, high = 1;
  std::vector<double> ticks;  ///< Empty: four to six round values are chosen.
  int decimals = -1;          ///< Of tick labels; -1 = as few as the ticks need.
  bool show_labels = true;
};

/// A plot area: its place [px] and its axes.
struct SvgPanel {
  double left = 0, top = 0, width = 100, height = 100;
  SvgAxis x, y;
  bool grid = true;

  double MapX(double value) const { return left + (value - x.low) / (x.high - x.low) * width; }
  double MapY(double value) const {
    return top + height - (value - y.low) / (y.high - y.low) * height;
  }
};

/// Four to six round ticks that cover [low, high]; a single one if the interval is empty.
std::vector<double> RoundTicks(double low, double high);

/// Writes a static plot as SVG. Coordinates of marks are in the panel's units; what falls outside a
/// panel is clamped to its border. Values that are not finite leave a gap. One thread per object.
class SvgPlot {
 public:
  /// @param title  Read out by screen readers; @param description likewise, one sentence.
  SvgPlot(double width_px,
          double height_px,
          const std::string& title,
          const std::string& description);

  /// Grid, axes, ticks and labels of `panel`.
  void Axes(const SvgPanel& panel);
  /// Lengths must be equal. `dash` e.g. "5 4" or empty.
  void Line(const SvgPanel& panel,
            const std::vector<double>& x,
            const std::vector<double>& y,
            SvgRole role,
            double width_px = 2,
            const std::string& dash = "");
  /// Bars from the x axis's low end of y; `tooltips` is empty or one text per bar.
  void Bars(const SvgPanel& panel,
            const std::vector<double>& centers,
            const std::vector<double>& heights,
            double bar_width,
            SvgRole role,
            const std::vector<std::string>& tooltips = {});
  /// rows x columns cells over the panel, row 0 lowest; opacity grows with log(1 + value).
  void HeatMap(const SvgPanel& panel,
               const std::vector<double>& values,
               int rows,
               int columns,
               SvgRole role,
               const std::vector<std::string>& tooltips = {});
  void Circle(
      const SvgPanel& panel, double x, double y, double radius_px, SvgRole role, bool filled);
  /// `anchor` is "start", "middle" or "end"; x and y in px.
  void TextPx(double x,
              double y,
              const std::string& text,
              const std::string& anchor = "start",
              const std::string& css_class = "tick",
              double rotate_degrees = 0);

  /// Element for a page that has the page's style sheet.
  std::string Fragment() const;
  /// A file of its own: XML namespace, colours for both schemes and background included.
  std::string Standalone() const;

 private:
  std::string Body() const;
  double width_, height_;
  std::string title_, description_, marks_;
};

}  // namespace circumplex
