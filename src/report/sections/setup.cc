// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "config/toml.h"
#include "core/csv.h"
#include "report/sections/sections.h"
#include "report/tables.h"

namespace circumplex::page {

std::string Speed(const RunContents& run) {
  const std::vector<StageSpeed>& speeds = run.results.speeds;
  if (speeds.empty()) return "";
  double fastest = 0;
  for (const StageSpeed& speed : speeds) fastest = std::max(fastest, speed.frames_per_second);
  // A bar alone has nothing to be compared with.
  const bool bars = speeds.size() > 1;
  std::vector<Head> heads = {
      {"Stage"}, {"Frames per second", true}, {"Milliseconds per frame", true}};
  if (bars) heads.push_back({"log(1 + frames per second)"});
  Table table(heads);
  for (const StageSpeed& speed : speeds) {
    const double fps = speed.frames_per_second;
    std::string cells = RowHead(speed.stage, speed.note) + "<td class=\"n\">" +
                        (fps >= 100 ? GroupDigits(std::llround(fps)) : Number(fps, 1)) + "</td>" +
                        OptionalCell(fps > 0 ? std::optional<double>(1000 / fps) : std::nullopt, 2);
    if (bars) {
      // Stages differ by orders of magnitude; log lengths keep the slow ones visible.
      const double share = fps > 0 && fastest > 0 ? std::log1p(fps) / std::log1p(fastest) : 0;
      cells +=
          "<td class=\"barcell\"><span class=\"bar\" style=\"width:" + FormatFixed(share * 100, 1) +
          "%\"></span></td>";
    }
    table.Row(cells);
  }
  return table.Html();
}

std::string Setup(const RunContents& run) {
  std::string html;
  if (run.options) {
    html += "<h3>Settings</h3>" + PairTable(ListRunOptions(*run.options), "Key", "Value");
  }
  if (!run.fold_trials.empty()) {
    std::vector<std::pair<std::string, std::string>> folds;
    for (const auto& [fold, trials] : run.fold_trials) {
      folds.emplace_back(std::to_string(fold),
                         std::to_string(trials) + (trials == 1 ? " trial" : " trials"));
    }
    html += "<h3>Folds</h3>" + PairTable(folds, "Fold", "Validates on");
  }
  if (!run.environment.empty())
    html += "<h3>Environment</h3>" + PairTable(run.environment, "Key", "Value");
  if (!run.config_text.empty()) {
    html += "<details><summary>config.toml</summary><pre>" + EscapeMarkup(run.config_text) +
            "</pre></details>";
  }
  return html;
}

}  // namespace circumplex::page
