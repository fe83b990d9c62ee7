// SPDX-License-Identifier: Apache-2.0
#include "report/tables.h"

#include <cmath>

#include "core/csv.h"

namespace circumplex::page {
namespace {

const std::string kDash = "\xE2\x80\x93";   // en dash
const std::string kMinus = "\xE2\x88\x92";  // as wide as the digits

// A longer table scrolls in its own box.
constexpr std::size_t kTallPairs = 14;

bool Known(const std::optional<double>& value) { return value && std::isfinite(*value); }

std::string NumericCell(const std::string& markup) { return "<td class=\"n\">" + markup + "</td>"; }

}  // namespace

std::string Number(double value, int decimals) {
  std::string text = FormatFixed(value, decimals);
  const bool zero = text.find_first_of("123456789") == std::string::npos;
  if (!text.empty() && text[0] == '-') text = (zero ? "" : kMinus) + text.substr(1);
  return text;
}

std::string NumberOrUndefined(const std::optional<double>& value, int decimals) {
  if (Known(value)) return Number(*value, decimals);
  return "<span class=\"undef\">" + FormatOrUndefined(value, decimals) + "</span>";
}

std::string Range(const Score& score) {
  if (!Known(score.low) || !Known(score.high)) return "";
  return Number(*score.low, 3) + " to " + Number(*score.high, 3);
}

std::string ScoreCell(const Score& score) {
  const std::string range = Range(score);
  return NumericCell(NumberOrUndefined(score.value) +
                     (range.empty() ? "" : "<small>" + range + "</small>"));
}

std::string NumberCell(const std::optional<double>& value, int decimals) {
  return NumericCell(NumberOrUndefined(value, decimals));
}

std::string OptionalCell(const std::optional<double>& value, int decimals) {
  return NumericCell(Known(value) ? Number(*value, decimals) : kDash);
}

std::string CountCell(std::int64_t count) { return NumericCell(GroupDigits(count)); }

std::string TextCell(const std::string& text, bool fits_on_a_line) {
  return std::string(fits_on_a_line ? "<td class=\"fit\">" : "<td>") +
         (text.empty() ? kDash : EscapeMarkup(text)) + "</td>";
}

std::string RowHead(const std::string& text, const std::string& note, const std::string& markup) {
  return "<th scope=\"row\">" + EscapeMarkup(text) + markup +
         (note.empty() ? "" : "<small>" + EscapeMarkup(note) + "</small>") + "</th>";
}

Table::Table(const std::vector<Head>& heads, const std::string& caption)
    : heads_(heads), caption_(caption) {}

Table& Table::Sortable() {
  table_class_ = " class=\"sortable\"";
  return *this;
}

Table& Table::Tall() {
  box_class_ = "scroll tall";
  return *this;
}

void Table::Row(const std::string& markup, bool chosen) {
  rows_ += (chosen ? "<tr class=\"chosen\">" : "<tr>") + markup + "</tr>";
}

std::string Table::Html() const {
  std::string html = "<div class=\"" + box_class_ + "\"><table" + table_class_ + ">";
  if (!caption_.empty()) html += "<caption>" + EscapeMarkup(caption_) + "</caption>";
  html += "<thead><tr>";
  for (const Head& head : heads_) {
    html += std::string("<th scope=\"col\"") + (head.numeric ? " class=\"n\">" : ">") +
            EscapeMarkup(head.text) + "</th>";
  }
  return html + "</tr></thead><tbody>" + rows_ + "</tbody></table></div>";
}

std::string PairTable(const std::vector<std::pair<std::string, std::string>>& pairs,
                      const std::string& key,
                      const std::string& value) {
  Table table(std::vector<Head>{{key}, {value}});
  if (pairs.size() > kTallPairs) table.Tall();
  for (const auto& [name, text] : pairs) table.Row(RowHead(name) + TextCell(text));
  return table.Html();
}

std::string Figure(const SvgPlot& plot, const std::string& caption) {
  return "<figure>" + plot.Fragment() + "<figcaption>" + EscapeMarkup(caption) +
         "</figcaption></figure>";
}

}  // namespace circumplex::page
