// SPDX-License-Identifier: Apache-2.0
#include "run/results_file.h"

#include <algorithm>

#include "core/files.h"
#include "core/json.h"
#include "evaluation/evaluation_json.h"
#include "run/paper_figures.h"

namespace circumplex {
namespace fs = std::filesystem;

CIRCUMPLEX_JSON_OBJECT(AblationRow, name, note, chosen, ccc);
CIRCUMPLEX_JSON_OBJECT(
    ClaimRow, claim, metric, better, other, better_value, other_value, difference, verdict);
CIRCUMPLEX_JSON_OBJECT(ClipScores,
                       trial,
                       rate_assumed,
                       time_s,
                       valence,
                       arousal,
                       predicted_valence,
                       predicted_arousal);
CIRCUMPLEX_JSON_OBJECT(StageSpeed, stage, frames_per_second, note);
CIRCUMPLEX_JSON_OBJECT(LabelCurve, counts, smoothed, weights);
CIRCUMPLEX_JSON_OBJECT(LabelCurves, centers, valence, arousal);
CIRCUMPLEX_JSON_OBJECT(OwnRow, table, method, name, ccc, protocol);
CIRCUMPLEX_JSON_SPARSE_OBJECT(RunResults,
                              title,
                              data,
                              notes,
                              ablation,
                              claims,
                              evaluation,
                              tracks,
                              speeds,
                              label_histogram,
                              lds,
                              paper);

namespace {

void RequireLengths(const Json& object,
                    const std::vector<const char*>& keys,
                    std::size_t expected) {
  for (const char* key : keys) {
    const Json& values = object.at(key);
    if (values.size() == expected) continue;
    RefuseJson(values, std::to_string(expected) + " values, not " + std::to_string(values.size()));
  }
}

// What must hold between the members.
void RequireSound(const Json& json, const RunResults& results) {
  for (std::size_t i = 0; i < results.tracks.size(); ++i) {
    RequireLengths(json.at("tracks").at(i),
                   {"valence", "arousal", "predicted_valence", "predicted_arousal"},
                   results.tracks[i].time_s.size());
  }
  const auto curve = [&](const char* target, const std::optional<LabelCurve>& of) {
    if (!of) return;
    RequireLengths(
        json.at("lds").at(target), {"counts", "smoothed", "weights"}, results.lds.centers.size());
  };
  curve("valence", results.lds.valence);
  curve("arousal", results.lds.arousal);
  for (std::size_t i = 0; i < results.speeds.size(); ++i) {
    if (results.speeds[i].frames_per_second >= 0) continue;
    RefuseJson(json.at("speeds").at(i).at("frames_per_second"), "a number >= 0");
  }
  if (!results.paper) return;
  for (std::size_t i = 0; i < results.paper->size(); ++i) {
    const OwnRow& own = (*results.paper)[i];
    const std::vector<PaperRow>& rows = PaperTables();
    if (std::any_of(rows.begin(), rows.end(), [&](const PaperRow& row) {
          return row.table == own.table && row.method == own.method;
        })) {
      continue;
    }
    std::string known;
    for (const PaperRow& row : rows) known += " '" + row.table + " / " + row.method + "'";
    RefuseJson(json.at("paper").at(i), "one of the paper's rows (table / method):" + known);
  }
}

struct CheckedResults : RunResults {};

void from_json(const Json& json, CheckedResults& results) {
  from_json(json, static_cast<RunResults&>(results));
  RequireSound(json, results);
}

fs::path ResultsPath(const fs::path& folder) { return folder / "results.json"; }

}  // namespace

RunResults ReadResults(const fs::path& folder) {
  const fs::path path = ResultsPath(folder);
  if (!PathExists(path)) return {};
  return FromJson<CheckedResults>(ParseJson(ReadFile(path), path.string()), path.string());
}

void WriteResults(const fs::path& folder, const RunResults& results) {
  WriteFileAtomically(ResultsPath(folder), FormatJson(results, 1) + "\n");
}

}  // namespace circumplex
