// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "circumplex/evaluation.h"

namespace circumplex {

/// CCC of both targets and their mean.
struct VaScores {
  Score valence, arousal, mean;
};

/// One row of the ablation: a configuration and what it scored.
struct AblationRow {
  std::string name;
  std::string note;     ///< What differs; may be empty.
  bool chosen = false;  ///< The configuration this run uses.
  VaScores ccc;
};

/// One epoch of one network. An empty member is a gap in its curve.
struct ReportEpoch {
  std::string network;  ///< "fold 0", with its seed and target where a fold has several networks.
  int epoch = 0;        ///< From 0, as in metrics.jsonl; the page counts from 1.
  std::optional<double> train_loss, val_loss, ccc_valence, ccc_arousal, lr, seconds;
};

/// Label density of one target over the bins of [-1, 1] (paper Fig. 3).
struct ReportDensity {
  std::vector<double> counts, smoothed, weights;  ///< One value per bin each; see LdsDensity.
};
struct ReportLds {
  std::vector<double> centers;  ///< Bin centres in [-1, 1].
  std::optional<ReportDensity> valence, arousal;
};

/// One clip's annotation and prediction, frame by frame; NaN = nothing known at that frame.
struct ReportTrack {
  std::string trial;
  std::vector<double> time_s;  ///< Ascending.
  std::vector<double> valence, arousal, predicted_valence, predicted_arousal;
};

struct StageSpeed {
  std::string stage;
  double frames_per_second = 0;
  std::string note;  ///< Machine, batch, threads; may be empty.
};

/// What a run scored for a row of the paper's tables.
struct OwnRow {
  std::string name;  ///< What was trained, e.g. "preset paper".
  VaScores ccc;
  std::string protocol;  ///< Folds, calibration, smoothing, and what was scored.
};

/// A row of the paper's tables, with ours beside it where a run measured the same thing.
struct PaperRow {
  std::string table, method;
  std::optional<double> valence, arousal, mean;  ///< The paper's figures.
  std::string protocol;                          ///< What they were measured on.
  std::string footnote;                          ///< What a reader must know of the figures.
  std::vector<OwnRow> ours;
};

/// The rows of the paper's Tables I and II and of its section IV-D, without ours. The protocols are
/// the ones the paper names or its released code implies; only the row of IV-D is a two-stream
/// model.
std::vector<PaperRow> PaperTables();

/// A claim put to the test: one score of two variants, paired over the scored videos.
struct ClaimRow {
  std::string claim;
  std::string metric;  ///< E.g. "CCC arousal".
  std::string better;  ///< The variant that the claim says is better.
  std::string other;   ///< The one it is compared with.
  std::optional<double> better_value, other_value;
  Score difference;     ///< better minus other, with its paired 95 % interval.
  std::string verdict;  ///< "holds", "not significant", "does not hold" or "undefined".
};

/// Everything one page shows. What is empty is left out of the page.
struct RunReport {
  std::string title = "Circumplex run";
  std::string data;    ///< One sentence: what was scored, e.g. "Synthetic set, 24 videos".
  std::string preset;  ///< "paper", "released", "ours".
  std::vector<std::string> notes;  ///< Sentences shown before any number.
  std::vector<std::pair<std::string, std::string>> settings, environment;  ///< Key, value.
  std::string config_text;                                 ///< config.toml, verbatim.
  std::vector<std::pair<std::string, std::string>> folds;  ///< Fold, what it holds.
  std::vector<PaperRow> paper;
  std::vector<AblationRow> ablation;
  std::vector<ClaimRow> claims;
  std::vector<ReportEpoch> epochs;
  std::optional<EvaluationResult> evaluation;
  SquareHistogram label_histogram;  ///< Paper Fig. 1: x = valence, y = arousal.
  ReportLds lds;
  std::vector<ReportTrack> tracks;
  std::vector<StageSpeed> speeds;
};

/// One HTML page that opens from disk: styles, data and Chart.js are inside it, nothing is fetched
/// (its content security policy forbids it). Tables and static plots show without JavaScript; light
/// and dark scheme. All text is escaped. Equal reports give equal bytes.
/// @throws Error kInvalidArgument if the lengths inside a track or a density differ (names it).
/// Cost: 200 kB for the chart library, plus about 40 bytes per track frame.
std::string RenderHtml(const RunReport& report);
/// Atomic.
void WriteReport(const std::filesystem::path& path, const RunReport& report);

/// Builds the report of a run folder from the files that are there:
///
/// - config.toml: verbatim, and its `key = value` lines for the settings and notes.
/// - environment.json: an object; nested keys are joined with dots.
/// - folds.csv: columns `trial`, `fold`, maybe `role`; how many trials each fold validates on, -1 =
///   none.
/// - metrics.jsonl: one object per line with fold, epoch and, if known, train_loss, val_loss,
///   ccc_valence, ccc_arousal, lr, seconds.
/// - results.json: an object of the members below, all of them optional:
///
///     {"title": text, "data": text, "notes": [text],
///      "ablation": [{"name", "note", "chosen": bool, "ccc": CCC}],
///      "evaluation": what ToJson(EvaluationResult) writes,
///      "tracks": [{"trial", "time_s": [], "valence": [], "arousal": [],
///                  "predicted_valence": [], "predicted_arousal": []}],
///      "speeds": [{"stage", "frames_per_second", "note"}],
///      "label_histogram": {"bins": n, "counts": [[n numbers] per arousal bin, lowest first]},
///      "lds": {"centers": [], "valence": {"counts": [], "smoothed": [], "weights": []},
///              "arousal": the same},
///      "claims": [{"claim", "metric", "better", "other", "better_value", "other_value",
///                  "difference": {"value", "low", "high"}, "verdict"}],
///      "paper": [{"table", "method", "name", "ccc": CCC, "protocol"}]}
///
///     CCC = {"valence": {"value", "low", "high"}, "arousal": the same, "mean": the same}
///
/// A number may be null (unknown, undefined). `paper` puts our figures beside the rows of
/// PaperTables() of the same table and method, several for a row if need be; with an empty list the
/// paper's tables show alone, without the key not at all. A last line of metrics.jsonl without a
/// line break that does not parse is left out: a killed run may leave one.
///
/// @throws Error kNotFound if `folder` does not exist or holds none of these files; kBadData with
///   file:line (or file and key) and what should be there.
RunReport ReadRunFolder(const std::filesystem::path& folder);

}  // namespace circumplex
