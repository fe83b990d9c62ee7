// SPDX-License-Identifier: Apache-2.0
#include "report/svg.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/csv.h"
#include "report/embedded.h"

namespace circumplex {
namespace {

// Beside the palette, which the page has too.
constexpr const char kStandaloneStyle[] =
    "svg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
    "background:var(--surface)}";

char RoleLetter(SvgRole role) {
  switch (role) {
    case SvgRole::kValence:
      return 'v';
    case SvgRole::kArousal:
      return 'a';
    case SvgRole::kWeight:
      return 'w';
    case SvgRole::kInk:
      return 'i';
    case SvgRole::kMuted:
      return 'm';
  }
  return 'i';
}

std::string Px(double value) {
  // A tenth of a pixel is finer than a screen shows and keeps files small.
  std::string text = FormatFixed(std::round(value * 10) / 10, 1);
  if (text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

double Clamp(double value, double a, double b) {
  return std::min(std::max(value, std::min(a, b)), std::max(a, b));
}

int DecimalsNeeded(const std::vector<double>& ticks) {
  for (int decimals = 0; decimals < 6; ++decimals) {
    const double scale = std::pow(10.0, decimals);
    const bool exact = std::all_of(ticks.begin(), ticks.end(), [&](double tick) {
      return std::abs(tick * scale - std::round(tick * scale)) < 1e-6;
    });
    if (exact) return decimals;
  }
  return 6;
}

std::string TickText(double tick, int decimals) {
  if (std::abs(tick) >= 1e6) return FormatShortest(tick / 1e6) + "M";
  if (std::abs(tick) >= 1e4) return FormatShortest(tick / 1e3) + "k";
  std::string text = FormatFixed(tick == 0 ? 0 : tick, decimals);
  // A true minus sign, as wide as the digits.
  if (!text.empty() && text[0] == '-') text = "\xE2\x88\x92" + text.substr(1);
  return text;
}

}  // namespace

std::string EscapeMarkup(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool forbidden = (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F;
        if (forbidden) {
          escaped += "\xEF\xBF\xBD";
        } else {
          escaped += c;
        }
      }
    }
  }
  return escaped;
}

std::string GroupDigits(long long value) {
  std::string digits = std::to_string(value);
  const int first = value < 0 ? 1 : 0;
  for (int i = static_cast<int>(digits.size()) - 3; i > first; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

std::vector<double> RoundTicks(double low, double high) {
  if (!(high > low)) return {low};
  const double raw = (high - low) / 5;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= raw * (1 - 1e-9)) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + step * 1e-9; ++k)
    ticks.push_back(k * step);
  return ticks;
}

SvgPlot::SvgPlot(double width_px,
                 double height_px,
                 const std::string& title,
                 const std::string& description)
    : width_(width_px), height_(height_px), title_(title), description_(description) {}

void SvgPlot::Axes(const SvgPanel& panel) {
  const double right = panel.left + panel.width, bottom = panel.top + panel.height;
  const auto x_ticks =
      panel.x.ticks.empty() ? RoundTicks(panel.x.low, panel.x.high) : panel.x.ticks;
  const auto y_ticks =
      panel.y.ticks.empty() ? RoundTicks(panel.y.low, panel.y.high) : panel.y.ticks;
  const int x_decimals = panel.x.decimals >= 0 ? panel.x.decimals : DecimalsNeeded(x_ticks);
  const int y_decimals = panel.y.decimals >= 0 ? panel.y.decimals : DecimalsNeeded(y_ticks);
  std::string grid;
  for (const double tick : x_ticks) {
    grid += "M" + Px(panel.MapX(tick)) + " " + Px(panel.top) + "V" + Px(bottom);
  }
  for (const double tick : y_ticks) {
    grid += "M" + Px(panel.left) + " " + Px(panel.MapY(tick)) + "H" + Px(right);
  }
  if (panel.grid) marks_ += "<path class=\"grid\" d=\"" + grid + "\"/>";
  marks_ += "<path class=\"axis\" d=\"M" + Px(panel.left) + " " + Px(panel.top) + "V" + Px(bottom) +
            "H" + Px(right) + "\"/>";
  if (panel.x.show_labels) {
    for (const double tick : x_ticks) {
      TextPx(panel.MapX(tick), bottom + 15, TickText(tick, x_decimals), "middle");
    }
  }
  if (panel.y.show_labels) {
    for (const double tick : y_ticks) {
      TextPx(panel.left - 6, panel.MapY(tick) + 4, TickText(tick, y_decimals), "end");
    }
  }
  if (!panel.x.label.empty()) {
    TextPx(panel.left + panel.width / 2,
           bottom + (panel.x.show_labels ? 33 : 18),
           panel.x.label,
           "middle",
           "label");
  }
  if (!panel.y.label.empty()) {
    TextPx(panel.left - (panel.y.show_labels ? 42 : 12),
           panel.top + panel.height / 2,
           panel.y.label,
           "middle",
           "label",
           -90);
  }
}

void SvgPlot::Line(const SvgPanel& panel,
                   const std::vector<double>& x,
                   const std::vector<double>& y,
                   SvgRole role,
                   double width_px,
                   const std::string& dash) {
  CIRCUMPLEX_CHECK(x.size() == y.size(), "a line needs as many x as y");
  std::string path;
  bool pen_down = false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) {
      pen_down = false;
      continue;
    }
    const double px = Clamp(panel.MapX(x[i]), panel.left, panel.left + panel.width);
    const double py = Clamp(panel.MapY(y[i]), panel.top, panel.top + panel.height);
    path += (pen_down ? "L" : "M") + Px(px) + " " + Px(py);
    pen_down = true;
  }
  if (path.empty()) return;
  marks_ += std::string("<path class=\"l s") + RoleLetter(role) + "\" stroke-width=\"" +
            Px(width_px) + "\"" +
            (dash.empty() ? "" : " stroke-dasharray=\"" + EscapeMarkup(dash) + "\"") + " d=\"" +
            path + "\"/>";
}

void SvgPlot::Bars(const SvgPanel& panel,
                   const std::vector<double>& centers,
                   const std::vector<double>& heights,
                   double bar_width,
                   SvgRole role,
                   const std::vector<std::string>& tooltips) {
  CIRCUMPLEX_CHECK(
      centers.size() == heights.size() && (tooltips.empty() || tooltips.size() == heights.size()),
      "bars need as many centres and tooltips as heights");
  marks_ += std::string("<g class=\"f") + RoleLetter(role) + "\" fill-opacity=\"0.35\">";
  const double base = panel.top + panel.height;
  for (std::size_t i = 0; i < centers.size(); ++i) {
    if (!std::isfinite(centers[i]) || !std::isfinite(heights[i])) continue;
    const double left =
        Clamp(panel.MapX(centers[i] - bar_width / 2), panel.left, panel.left + panel.width);
    const double right =
        Clamp(panel.MapX(centers[i] + bar_width / 2), panel.left, panel.left + panel.width);
    const double top = Clamp(panel.MapY(heights[i]), panel.top, base);
    if (base - top < 0.05 || right <= left) continue;
    marks_ += "<rect x=\"" + Px(left) + "\" y=\"" + Px(top) + "\" width=\"" + Px(right - left) +
              "\" height=\"" + Px(base - top) + "\"";
    marks_ += tooltips.empty() ? "/>" : "><title>" + EscapeMarkup(tooltips[i]) + "</title></rect>";
  }
  marks_ += "</g>";
}

void SvgPlot::HeatMap(const SvgPanel& panel,
                      const std::vector<double>& values,
                      int rows,
                      int columns,
                      SvgRole role,
                      const std::vector<std::string>& tooltips) {
  CIRCUMPLEX_CHECK(rows > 0 && columns > 0 &&
                       values.size() == static_cast<std::size_t>(rows) * columns &&
                       (tooltips.empty() || tooltips.size() == values.size()),
                   "a heat map needs rows * columns values and tooltips");
  double largest = 0;
  for (const double value : values) {
    if (std::isfinite(value)) largest = std::max(largest, value);
  }
  if (largest <= 0) return;
  // Edges are rounded before they are subtracted, so that neighbours share them without a seam.
  const auto edge_x = [&](int column) {
    return std::round((panel.left + column * panel.width / columns) * 10) / 10;
  };
  const auto edge_y = [&](int row) {
    return std::round((panel.top + (rows - row) * panel.height / rows) * 10) / 10;
  };
  marks_ += std::string("<g class=\"f") + RoleLetter(role) + "\" shape-rendering=\"crispEdges\">";
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const std::size_t index = static_cast<std::size_t>(row) * columns + column;
      const double value = values[index];
      if (!(value > 0) || !std::isfinite(value)) continue;
      // The faintest cell stays visible: rare labels are what such a plot is looked at for.
      const double opacity = 0.08 + 0.92 * std::log1p(value) / std::log1p(largest);
      marks_ += "<rect x=\"" + Px(edge_x(column)) + "\" y=\"" + Px(edge_y(row + 1)) +
                "\" width=\"" + Px(edge_x(column + 1) - edge_x(column)) + "\" height=\"" +
                Px(edge_y(row) - edge_y(row + 1)) + "\" fill-opacity=\"" + FormatFixed(opacity, 2) +
                "\"";
      marks_ +=
          tooltips.empty() ? "/>" : "><title>" + EscapeMarkup(tooltips[index]) + "</title></rect>";
    }
  }
  marks_ += "</g>";
}

void SvgPlot::Circle(
    const SvgPanel& panel, double x, double y, double radius_px, SvgRole role, bool filled) {
  marks_ += "<circle cx=\"" + Px(panel.MapX(x)) + "\" cy=\"" + Px(panel.MapY(y)) + "\" r=\"" +
            Px(radius_px) + "\" " +
            (filled ? std::string("class=\"f") + RoleLetter(role) + "\""
                    : std::string("class=\"l s") + RoleLetter(role) + "\" stroke-width=\"1\"") +
            "/>";
}

void SvgPlot::TextPx(double x,
                     double y,
                     const std::string& text,
                     const std::string& anchor,
                     const std::string& css_class,
                     double rotate_degrees) {
  marks_ += "<text class=\"" + EscapeMarkup(css_class) + "\" x=\"" + Px(x) + "\" y=\"" + Px(y) +
            "\" text-anchor=\"" + EscapeMarkup(anchor) + "\"";
  if (rotate_degrees != 0)
    marks_ += " transform=\"rotate(" + Px(rotate_degrees) + " " + Px(x) + " " + Px(y) + ")\"";
  marks_ += ">" + EscapeMarkup(text) + "</text>";
}

std::string SvgPlot::Body() const {
  return "<title>" + EscapeMarkup(title_) + "</title><desc>" + EscapeMarkup(description_) +
         "</desc>" + marks_ + "</svg>";
}

std::string SvgPlot::Fragment() const {
  return "<svg role=\"img\" viewBox=\"0 0 " + Px(width_) + " " + Px(height_) + "\" aria-label=\"" +
         EscapeMarkup(title_) + "\">" + Body();
}

std::string SvgPlot::Standalone() const {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"" + Px(width_) +
         "\" height=\"" + Px(height_) + "\" viewBox=\"0 0 " + Px(width_) + " " + Px(height_) +
         "\"><style>" + std::string(kPalette) + kStandaloneStyle +
         "</style><rect width=\"100%\" height=\"100%\" style=\"fill:var(--surface)\"/>" + Body() +
         "\n";
}

}  // namespace circumplex
