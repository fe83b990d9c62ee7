// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "core/csv.h"
#include "report/sections/sections.h"
#include "report/tables.h"
#include "run/paper_figures.h"

namespace circumplex::page {
namespace {

/// The mean's interval as a bar on a scale shared by all rows.
std::string Forest(const Score& score, double low, double high) {
  if (!score.value || !std::isfinite(*score.value)) return "";
  const auto map = [&](double value) { return 4 + 182 * (value - low) / (high - low); };
  const auto px = [](double value) { return FormatFixed(value, 1); };
  std::string text = "CCC mean " + FormatFixed(*score.value, 3);
  std::string svg = "<path class=\"grid\" d=\"M4 11H186\"/>";
  if (low < 0 && high > 0) svg += "<path class=\"axis\" d=\"M" + px(map(0)) + " 3V19\"/>";
  if (const std::string range = Range(score); !range.empty()) {
    text += ", interval " + range;
    svg += "<path class=\"l sv\" stroke-width=\"3\" d=\"M" + px(map(*score.low)) + " 11H" +
           px(map(*score.high)) + "\"/>";
  }
  svg += "<circle class=\"fv\" cx=\"" + px(map(*score.value)) + "\" cy=\"11\" r=\"5\"/>";
  return "<svg class=\"forest\" viewBox=\"0 0 190 22\" role=\"img\" aria-label=\"" + text + "\">" +
         svg + "</svg>";
}

/// Lowest and highest of all values and ends of intervals, 0 to 0.1 at least.
std::pair<double, double> ScaleOf(const std::vector<AblationRow>& rows) {
  double low = 0, high = 0.1;
  for (const AblationRow& row : rows) {
    for (const auto& value : {row.ccc.mean.value, row.ccc.mean.low, row.ccc.mean.high}) {
      if (!value || !std::isfinite(*value)) continue;
      low = std::min(low, *value);
      high = std::max(high, *value);
    }
  }
  return {low, high};
}

std::optional<double> Minus(const std::optional<double>& a, const std::optional<double>& b) {
  if (!a || !b) return {};
  return *a - *b;
}

// One model scored in several ways has one protocol, which stands once beside them all.
std::string ProtocolCell(const std::vector<const OwnRow*>& rows, std::size_t i) {
  if (i > 0 && rows[i - 1]->protocol == rows[i]->protocol) return "";
  std::size_t end = i + 1;
  while (end < rows.size() && rows[end]->protocol == rows[i]->protocol) ++end;
  return "<td rowspan=\"" + std::to_string(end - i) + "\">" + EscapeMarkup(rows[i]->protocol) +
         "</td>";
}

}  // namespace

std::string Ablation(const RunContents& run) {
  const std::vector<AblationRow>& rows = run.results.ablation;
  if (rows.empty()) return "";
  const auto [low, high] = ScaleOf(rows);
  const auto chosen =
      std::find_if(rows.begin(), rows.end(), [](const AblationRow& row) { return row.chosen; });
  std::vector<Head> heads = {
      {"Configuration"}, {"CCC valence", true}, {"CCC arousal", true}, {"CCC mean", true}};
  if (chosen != rows.end()) heads.push_back({"Mean minus this run's", true});
  heads.push_back({"Mean and interval, CCC " + Number(low, 2) + " to " + Number(high, 2)});
  Table table(heads);
  for (const AblationRow& row : rows) {
    std::string cells =
        RowHead(row.name, row.note, row.chosen ? "<span class=\"tag\">this run</span>" : "") +
        ScoreCell(row.ccc.valence) + ScoreCell(row.ccc.arousal) + ScoreCell(row.ccc.mean);
    if (chosen != rows.end()) {
      cells += OptionalCell(
          row.chosen ? std::nullopt : Minus(row.ccc.mean.value, chosen->ccc.mean.value), 3);
    }
    table.Row(cells + "<td>" + Forest(row.ccc.mean, low, high) + "</td>", row.chosen);
  }
  return table.Html();
}

std::string Claims(const RunContents& run) {
  if (run.results.claims.empty()) return "";
  Table table(
      {{"Claim"}, {"Score"}, {"First", true}, {"Second", true}, {"Difference", true}, {"Verdict"}});
  for (const ClaimRow& row : run.results.claims) {
    table.Row(RowHead(row.claim, row.better + " against " + row.other) +
              TextCell(row.metric, true) + NumberCell(row.better_value) +
              OptionalCell(row.other_value, 3) + ScoreCell(row.difference) +
              "<td class=\"fit\"><b>" + EscapeMarkup(row.verdict) + "</b></td>");
  }
  return table.Html();
}

std::string Paper(const RunContents& run) {
  if (!run.results.paper) return "";
  Table table({{"Paper"},
               {"Method"},
               {"CCC valence", true},
               {"CCC arousal", true},
               {"CCC mean", true},
               {"Measured on"}});
  std::string footnotes;
  int number = 0;
  for (const PaperRow& row : PaperTables()) {
    std::string mark;
    if (!row.footnote.empty()) {
      mark = "<sup>" + std::to_string(++number) + "</sup>";
      footnotes += "<li>" + EscapeMarkup(row.footnote) + "</li>";
    }
    table.Row(TextCell(row.table, true) + RowHead(row.method, "", mark) +
              OptionalCell(row.valence, 3) + OptionalCell(row.arousal, 3) +
              OptionalCell(row.mean, 3) + TextCell(row.protocol));
    std::vector<const OwnRow*> ours;
    for (const OwnRow& own : *run.results.paper) {
      if (own.table == row.table && own.method == row.method) ours.push_back(&own);
    }
    for (std::size_t i = 0; i < ours.size(); ++i) {
      table.Row(TextCell("this run", true) + RowHead(ours[i]->name) +
                    ScoreCell(ours[i]->ccc.valence) + ScoreCell(ours[i]->ccc.arousal) +
                    ScoreCell(ours[i]->ccc.mean) + ProtocolCell(ours, i),
                true);
    }
  }
  return table.Html() + "<ol class=\"footnotes\">" + footnotes + "</ol>";
}

}  // namespace circumplex::page
