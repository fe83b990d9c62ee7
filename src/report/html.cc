// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/csv.h"
#include "core/files.h"
#include "report/embedded.h"
#include "report/plots.h"
#include "report/report.h"
#include "report/svg.h"

namespace circumplex {
namespace {

using Json = nlohmann::json;

// Points of a clip beyond this are thinned: a screen is narrower, and pages stay openable.
constexpr std::size_t kMaxTrackPoints = 3000;

const std::string kDash = "\xE2\x80\x93";   // en dash
const std::string kMinus = "\xE2\x88\x92";  // as wide as the digits

std::string Number(double value, int decimals) {
  std::string text = FormatFixed(value, decimals);
  const bool zero = text.find_first_of("123456789") == std::string::npos;
  if (!text.empty() && text[0] == '-') text = (zero ? "" : kMinus) + text.substr(1);
  return text;
}

std::string NumberOrUndefined(const std::optional<double>& value, int decimals = 3) {
  if (!value || !std::isfinite(*value)) return "<span class=\"undef\">undefined</span>";
  return Number(*value, decimals);
}

bool HasInterval(const Score& score) {
  return score.low && score.high && std::isfinite(*score.low) && std::isfinite(*score.high);
}

std::string ScoreCell(const Score& score) {
  std::string cell = "<td class=\"n\">" + NumberOrUndefined(score.value);
  if (HasInterval(score))
    cell += "<small>" + Number(*score.low, 3) + " to " + Number(*score.high, 3) + "</small>";
  return cell + "</td>";
}

std::string NumberCell(const std::optional<double>& value, int decimals = 3) {
  return "<td class=\"n\">" + NumberOrUndefined(value, decimals) + "</td>";
}

/// A number that a table may lack, such as a loss that was not logged.
std::string OptionalCell(const std::optional<double>& value, int decimals) {
  return "<td class=\"n\">" + (value && std::isfinite(*value) ? Number(*value, decimals) : kDash) +
         "</td>";
}

std::string CountCell(std::int64_t count) {
  return "<td class=\"n\">" + GroupDigits(count) + "</td>";
}

struct Head {
  const char* text;
  bool numeric;
};

std::string TableStart(const std::vector<Head>& heads,
                       const std::string& caption,
                       bool sortable = false) {
  std::string html = sortable ? "<table class=\"sortable\">" : "<table>";
  if (!caption.empty()) html += "<caption>" + EscapeMarkup(caption) + "</caption>";
  html += "<thead><tr>";
  for (const Head& head : heads) {
    html += std::string("<th scope=\"col\"") + (head.numeric ? " class=\"n\">" : ">") +
            EscapeMarkup(head.text) + "</th>";
  }
  return html + "</tr></thead><tbody>";
}

const std::string kTableEnd = "</tbody></table>";

std::string RowHead(const std::string& text,
                    const std::string& note = "",
                    const std::string& markup = "") {
  return "<th scope=\"row\">" + EscapeMarkup(text) + markup +
         (note.empty() ? "" : "<small>" + EscapeMarkup(note) + "</small>") + "</th>";
}

/// The sections of the page and their links.
class Page {
 public:
  void Section(const std::string& id,
               const std::string& name,
               const std::string& lead,
               const std::string& body) {
    links_ += "<li><a href=\"#" + id + "\">" + EscapeMarkup(name) + "</a></li>";
    sections_ += "<section id=\"" + id + "\"><h2>" + EscapeMarkup(name) + "</h2>" +
                 (lead.empty() ? "" : "<p class=\"lead\">" + EscapeMarkup(lead) + "</p>") + body +
                 "</section>\n";
  }
  bool HasLinks() const { return !links_.empty(); }
  const std::string& links() const { return links_; }
  const std::string& sections() const { return sections_; }

 private:
  std::string links_, sections_;
};

std::string Figure(const SvgPlot& plot, const std::string& caption, bool narrow = true) {
  return std::string("<figure") + (narrow ? " class=\"narrow\">" : ">") + plot.Fragment() +
         "<figcaption>" + EscapeMarkup(caption) + "</figcaption></figure>";
}

// --------------------------------------------------------------------------------------- summary

std::string ScoreCard(const std::string& css,
                      const std::string& what,
                      const Score& score,
                      const TargetAgreement* more) {
  std::string html =
      "<div class=\"card" + css + "\"><p class=\"what\">" + EscapeMarkup(what) + "</p>";
  const bool defined = score.value && std::isfinite(*score.value);
  html += defined ? "<p class=\"big\">" + Number(*score.value, 3) + "</p>"
                  : "<p class=\"big word\">undefined</p>";
  if (HasInterval(score)) {
    html += "<p class=\"range\">95 % interval " + Number(*score.low, 3) + " to " +
            Number(*score.high, 3) + "</p>";
  } else {
    html += "<p class=\"range\">no interval</p>";
  }
  if (more) {
    html += "<dl><dt>Pearson correlation</dt><dd>" + NumberOrUndefined(more->pearson) +
            "</dd><dt>Root mean squared error</dt><dd>" + NumberOrUndefined(more->rmse) +
            "</dd><dt>Sign agreement</dt><dd>" +
            (more->sign_agreement ? Number(*more->sign_agreement * 100, 1) + " %"
                                  : NumberOrUndefined({})) +
            "</dd></dl>";
  }
  return html + "</div>";
}

std::string MeanCard(const Score& score, const EvaluationResult* evaluation) {
  std::string html = ScoreCard("", "CCC, mean of valence and arousal", score, nullptr);
  if (evaluation) {
    html.resize(html.size() - 6);  // "</div>"
    html += "<dl><dt>Videos</dt><dd>" +
            GroupDigits(static_cast<long long>(evaluation->videos.size())) +
            "</dd><dt>Frames scored</dt><dd>" + GroupDigits(evaluation->rows.used) +
            "</dd><dt>Rows not annotated</dt><dd>" + GroupDigits(evaluation->rows.not_annotated) +
            "</dd></dl></div>";
  }
  return html;
}

std::string Summary(const RunReport& report) {
  std::string html;
  const auto chosen = std::find_if(report.ablation.begin(),
                                   report.ablation.end(),
                                   [](const AblationRow& row) { return row.chosen; });
  if (report.evaluation) {
    const EvaluationResult& e = *report.evaluation;
    html += "<div class=\"cards\">" + MeanCard(e.ccc_mean, &e) +
            ScoreCard(" v", "CCC, valence", e.ccc_valence, &e.pooled.valence) +
            ScoreCard(" a", "CCC, arousal", e.ccc_arousal, &e.pooled.arousal) + "</div>";
  } else if (chosen != report.ablation.end()) {
    html += "<div class=\"cards\">" + MeanCard(chosen->ccc.mean, nullptr) +
            ScoreCard(" v", "CCC, valence", chosen->ccc.valence, nullptr) +
            ScoreCard(" a", "CCC, arousal", chosen->ccc.arousal, nullptr) + "</div>";
  }
  std::vector<std::string> notes = report.notes;
  if (report.evaluation) {
    notes.insert(
        notes.end(), report.evaluation->warnings.begin(), report.evaluation->warnings.end());
  }
  if (!notes.empty()) {
    html += "<div class=\"notes\" role=\"note\"><h2>Read this with the numbers</h2><ul>";
    for (const std::string& note : notes) html += "<li>" + EscapeMarkup(note) + "</li>";
    html += "</ul></div>";
  }
  return html;
}

std::string Chips(const RunReport& report) {
  std::string html;
  const auto chip = [&](const std::string& key, const std::string& value) {
    html += "<li><span>" + EscapeMarkup(key) + "</span><b>" + EscapeMarkup(value) + "</b></li>";
  };
  if (!report.preset.empty()) chip("preset", report.preset);
  std::map<std::string, std::string> settings(report.settings.begin(), report.settings.end());
  if (settings.count("appearance.enabled") && settings.count("motion.enabled")) {
    const bool appearance = settings["appearance.enabled"] == "true",
               motion = settings["motion.enabled"] == "true";
    chip("streams",
         appearance && motion ? "appearance + motion"
         : appearance         ? "appearance"
                              : "motion");
  }
  // What a reported score has to name beside the preset.
  static const std::pair<const char*, const char*> kNamed[] = {
      {"regressor.recurrence", "GRU along"},
      {"training.fold_rule", "folds by"},
      {"training.folds", "folds"},
      {"inference.spread_matching", "spread matching"},
      {"inference.smoothing", "smoothing"},
      {"inference.gap_fill", "missing frames"}};
  for (const auto& [key, name] : kNamed) {
    const auto setting = settings.find(key);
    if (setting == settings.end()) continue;
    const std::string& value = setting->second;
    chip(name, value == "false" ? "off" : value == "true" ? "on" : value);
  }
  return html.empty() ? html : "<ul class=\"chips\">" + html + "</ul>";
}

// ---------------------------------------------------------------------------------------- tables

std::string PaperSection(const std::vector<PaperRow>& rows) {
  std::string html = "<div class=\"scroll\">" + TableStart({{"Paper", false},
                                                            {"Method", false},
                                                            {"CCC valence", true},
                                                            {"CCC arousal", true},
                                                            {"CCC mean", true},
                                                            {"Measured on", false}},
                                                           "");
  std::string footnotes;
  int number = 0;
  for (const PaperRow& row : rows) {
    std::string mark;
    if (!row.footnote.empty()) {
      mark = "<sup>" + std::to_string(++number) + "</sup>";
      footnotes += "<li>" + EscapeMarkup(row.footnote) + "</li>";
    }
    html += "<tr><td class=\"fit\">" + EscapeMarkup(row.table) + "</td>" +
            RowHead(row.method, "", mark) + OptionalCell(row.valence, 3) +
            OptionalCell(row.arousal, 3) + OptionalCell(row.mean, 3) + "<td>" +
            EscapeMarkup(row.protocol) + "</td></tr>";
    for (std::size_t i = 0; i < row.ours.size(); ++i) {
      const OwnRow& own = row.ours[i];
      html += "<tr class=\"chosen\"><td class=\"fit\">this run</td>" + RowHead(own.name) +
              ScoreCell(own.ccc.valence) + ScoreCell(own.ccc.arousal) + ScoreCell(own.ccc.mean);
      // One model scored in several ways has one protocol, which stands once beside them all.
      if (i == 0 || row.ours[i - 1].protocol != own.protocol) {
        std::size_t end = i + 1;
        while (end < row.ours.size() && row.ours[end].protocol == own.protocol) ++end;
        html += "<td rowspan=\"" + std::to_string(end - i) + "\">" + EscapeMarkup(own.protocol) +
                "</td>";
      }
      html += "</tr>";
    }
  }
  html += kTableEnd + "</div>";
  if (!footnotes.empty()) html += "<ol class=\"footnotes\">" + footnotes + "</ol>";
  return html;
}

std::string ClaimsSection(const std::vector<ClaimRow>& rows) {
  std::string html = "<div class=\"scroll\">" + TableStart({{"Claim", false},
                                                            {"Score", false},
                                                            {"First", true},
                                                            {"Second", true},
                                                            {"Difference", true},
                                                            {"Verdict", false}},
                                                           "");
  for (const ClaimRow& row : rows) {
    html += "<tr>" + RowHead(row.claim, row.better + " against " + row.other) +
            "<td class=\"fit\">" + EscapeMarkup(row.metric) + "</td>" +
            NumberCell(row.better_value) + OptionalCell(row.other_value, 3) +
            ScoreCell(row.difference) + "<td class=\"fit\"><b>" + EscapeMarkup(row.verdict) +
            "</b></td></tr>";
  }
  return html + kTableEnd + "</div>";
}

/// The mean's interval as a bar on a scale shared by all rows.
std::string Forest(const Score& score, double low, double high) {
  if (!score.value || !std::isfinite(*score.value)) return "";
  const auto map = [&](double value) { return 4 + 182 * (value - low) / (high - low); };
  const auto px = [](double value) { return FormatFixed(value, 1); };
  std::string text = "CCC mean " + FormatFixed(*score.value, 3);
  std::string svg = "<path class=\"grid\" d=\"M4 11H186\"/>";
  if (low < 0 && high > 0) svg += "<path class=\"axis\" d=\"M" + px(map(0)) + " 3V19\"/>";
  if (HasInterval(score)) {
    text += ", interval " + FormatFixed(*score.low, 3) + " to " + FormatFixed(*score.high, 3);
    svg += "<path class=\"l sv\" stroke-width=\"3\" d=\"M" + px(map(*score.low)) + " 11H" +
           px(map(*score.high)) + "\"/>";
  }
  svg += "<circle class=\"fv\" cx=\"" + px(map(*score.value)) + "\" cy=\"11\" r=\"5\"/>";
  return "<svg class=\"forest\" viewBox=\"0 0 190 22\" role=\"img\" aria-label=\"" + text + "\">" +
         svg + "</svg>";
}

std::string AblationSection(const std::vector<AblationRow>& rows) {
  double low = 0, high = 0.1;
  for (const AblationRow& row : rows) {
    for (const auto& value : {row.ccc.mean.value, row.ccc.mean.low, row.ccc.mean.high}) {
      if (!value || !std::isfinite(*value)) continue;
      low = std::min(low, *value);
      high = std::max(high, *value);
    }
  }
  std::string html = "<div class=\"scroll\">" + TableStart({{"Configuration", false},
                                                            {"CCC valence", true},
                                                            {"CCC arousal", true},
                                                            {"CCC mean", true},
                                                            {"Mean and interval", false}},
                                                           "");
  for (const AblationRow& row : rows) {
    html += std::string(row.chosen ? "<tr class=\"chosen\">" : "<tr>") +
            RowHead(row.name, row.note, row.chosen ? "<span class=\"tag\">this run</span>" : "") +
            ScoreCell(row.ccc.valence) + ScoreCell(row.ccc.arousal) + ScoreCell(row.ccc.mean) +
            "<td>" + Forest(row.ccc.mean, low, high) + "</td></tr>";
  }
  return html + kTableEnd + "</div><p class=\"lead\">The last column spans CCC " + Number(low, 2) +
         " to " + Number(high, 2) + ".</p>";
}

std::optional<double> EpochMean(const ReportEpoch& epoch) {
  // A network of one target has no other to average with.
  if (!epoch.ccc_arousal) return epoch.ccc_valence;
  if (!epoch.ccc_valence) return epoch.ccc_arousal;
  return (*epoch.ccc_valence + *epoch.ccc_arousal) / 2;
}

std::string TrainingSection(const std::vector<ReportEpoch>& epochs) {
  std::vector<std::pair<std::string, std::vector<const ReportEpoch*>>> networks;
  for (const ReportEpoch& epoch : epochs) {
    auto found = std::find_if(networks.begin(), networks.end(), [&epoch](const auto& network) {
      return network.first == epoch.network;
    });
    if (found == networks.end()) found = networks.insert(found, {epoch.network, {}});
    found->second.push_back(&epoch);
  }
  std::string html =
      "<div class=\"plots js-only\"><div class=\"plots\">"
      "<figure><div class=\"canvas\"><canvas id=\"chart-ccc\" role=\"img\" aria-label=\"Validation "
      "CCC by epoch\"></canvas></div></figure>"
      "<figure><div class=\"canvas\"><canvas id=\"chart-loss\" role=\"img\" aria-label=\"Loss by "
      "epoch\"></canvas></div></figure>"
      "</div></div>";
  if (networks.size() > 1) {
    html += "<p class=\"lead js-only\">Thin lines are single networks.</p>";
  }
  html += "<div class=\"scroll\">" +
          TableStart({{"Network", false},
                      {"Epochs", true},
                      {"Best epoch", true},
                      {"CCC valence", true},
                      {"CCC arousal", true},
                      {"CCC mean", true},
                      {"Seconds per epoch", true}},
                     "Each network's epoch with the largest mean CCC on its validation videos");
  std::string all;
  for (const auto& [network, members] : networks) {
    const ReportEpoch* best = nullptr;
    double seconds = 0;
    int timed = 0;
    for (const ReportEpoch* epoch : members) {
      if (EpochMean(*epoch) && (!best || *EpochMean(*epoch) > *EpochMean(*best))) best = epoch;
      if (epoch->seconds) {
        seconds += *epoch->seconds;
        ++timed;
      }
      all += "<tr>" + RowHead(network) + CountCell(epoch->epoch + 1) +
             OptionalCell(epoch->train_loss, 5) + OptionalCell(epoch->val_loss, 5) +
             OptionalCell(epoch->ccc_valence, 4) + OptionalCell(epoch->ccc_arousal, 4) +
             "<td class=\"n\">" + (epoch->lr ? EscapeMarkup(FormatShortest(*epoch->lr)) : kDash) +
             "</td>" + OptionalCell(epoch->seconds, 1) + "</tr>";
    }
    html += "<tr>" + RowHead(network) + CountCell(static_cast<std::int64_t>(members.size()));
    html += best ? CountCell(best->epoch + 1) : "<td class=\"n\">" + kDash + "</td>";
    html += OptionalCell(best ? best->ccc_valence : std::nullopt, 3) +
            OptionalCell(best ? best->ccc_arousal : std::nullopt, 3) +
            OptionalCell(best ? EpochMean(*best) : std::nullopt, 3) +
            OptionalCell(timed ? std::optional<double>(seconds / timed) : std::nullopt, 1) +
            "</tr>";
  }
  html += kTableEnd + "</div><details><summary>Every epoch</summary><div class=\"scroll tall\">" +
          TableStart({{"Network", false},
                      {"Epoch", true},
                      {"Training loss", true},
                      {"Validation loss", true},
                      {"CCC valence", true},
                      {"CCC arousal", true},
                      {"Learning rate", true},
                      {"Seconds", true}},
                     "") +
          all + kTableEnd + "</div></details>";
  return html;
}

std::string GroupRow(const GroupScores& group) {
  const auto percent = [](const std::optional<double>& value) {
    return value ? std::optional<double>(*value * 100) : std::nullopt;
  };
  return "<tr>" + RowHead(group.name) + CountCell(group.used) + CountCell(group.rows) +
         NumberCell(group.valence.ccc) + NumberCell(group.arousal.ccc) +
         NumberCell(group.mean_ccc) + NumberCell(group.valence.pearson) +
         NumberCell(group.arousal.pearson) + NumberCell(group.valence.rmse) +
         NumberCell(group.arousal.rmse) + NumberCell(percent(group.valence.sign_agreement), 1) +
         NumberCell(percent(group.arousal.sign_agreement), 1) + "</tr>";
}

const std::vector<Head> kGroupHeads = {{"", false},
                                       {"Frames", true},
                                       {"Rows", true},
                                       {"CCC V", true},
                                       {"CCC A", true},
                                       {"CCC mean", true},
                                       {"PCC V", true},
                                       {"PCC A", true},
                                       {"RMSE V", true},
                                       {"RMSE A", true},
                                       {"Sign V, %", true},
                                       {"Sign A, %", true}};

std::string GroupTable(const char* name,
                       const std::vector<GroupScores>& groups,
                       const std::string& caption,
                       bool sortable) {
  std::vector<Head> heads = kGroupHeads;
  heads[0].text = name;
  std::string html = TableStart(heads, caption, sortable);
  for (const GroupScores& group : groups) html += GroupRow(group);
  return html + kTableEnd;
}

std::string RegionTable(const std::vector<RegionErrors>& regions, const std::string& caption) {
  std::string html = "<div class=\"scroll\">" + TableStart({{"Labels", false},
                                                            {"Bins", true},
                                                            {"Frames", true},
                                                            {"MAE", true},
                                                            {"RMSE", true},
                                                            {"Bias", true},
                                                            {"Geom. mean", true}},
                                                           caption);
  for (const RegionErrors& region : regions) {
    html += "<tr>" + RowHead(region.name) + CountCell(region.bins) + CountCell(region.frames) +
            ScoreCell(region.mae) + NumberCell(region.rmse) + NumberCell(region.bias) +
            NumberCell(region.geometric_mean) + "</tr>";
  }
  return html + kTableEnd + "</div>";
}

std::string AgreementSection(const EvaluationResult& e) {
  std::string html;
  if (!e.valence_agreement.empty() && !e.arousal_agreement.empty()) {
    html += "<div class=\"plots\">" +
            Figure(AgreementPlot(e.valence_agreement, "valence", SvgRole::kValence),
                   "Valence; shade is log frames per cell.") +
            Figure(AgreementPlot(e.arousal_agreement, "arousal", SvgRole::kArousal),
                   "Arousal; shade is log frames per cell.") +
            "</div>";
  }
  if (!e.predicted_plane.empty()) {
    html += "<h3>On the circumplex</h3><div class=\"plots\">" +
            Figure(CircumplexPlot(e.predicted_plane, "Predictions on the circumplex"),
                   "Predicted frames.");
    if (!e.annotated_plane.empty()) {
      html += Figure(CircumplexPlot(e.annotated_plane, "Annotations on the circumplex"),
                     "Annotated frames.");
    }
    html += "</div>";
  }
  std::vector<GroupScores> groups = {e.pooled};
  if (e.cropped_only) groups.push_back(*e.cropped_only);
  html += "<h3>All frames together</h3><div class=\"scroll\">" +
          GroupTable("Frames counted", groups, "", false) + "</div>";
  if (!e.folds.empty()) {
    html += "<h3>By fold</h3><div class=\"scroll\">" + GroupTable("Fold", e.folds, "", false) +
            "</div><p class=\"lead\">Mean over " + std::to_string(e.fold_mean.folds) +
            (e.fold_mean.folds == 1 ? " fold" : " folds") + ": CCC " +
            NumberOrUndefined(e.fold_mean.ccc_valence) + " valence, " +
            NumberOrUndefined(e.fold_mean.ccc_arousal) + " arousal, " +
            NumberOrUndefined(e.fold_mean.mean_ccc) + " mean.</p>";
  }
  if (!e.valence_regions.empty() || !e.arousal_regions.empty()) {
    html += std::string("<h3>By how frequent the label is ") +
            (e.region_density == RegionDensity::kTraining ? "in training" : "among those scored") +
            "</h3><div class=\"columns\">" + RegionTable(e.valence_regions, "Valence") +
            RegionTable(e.arousal_regions, "Arousal") + "</div>";
  }
  return html;
}

std::string VideoSection(const EvaluationResult& e) {
  std::string html =
      "<div class=\"scroll tall\">" + GroupTable("Video", e.videos, "", true) + "</div>";
  const auto list = [&](const char* what, const std::vector<std::string>& names) {
    if (names.empty()) return;
    html += "<details><summary>" + std::string(what) + " (" + std::to_string(names.size()) +
            ")</summary><p>";
    for (std::size_t i = 0; i < names.size(); ++i) html += (i ? ", " : "") + EscapeMarkup(names[i]);
    html += "</p></details>";
  };
  list("Annotated trials without a prediction", e.missing_trials);
  list("Predicted trials without an annotation", e.unused_predictions);
  return html;
}

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
  std::string html = "<div class=\"scroll\">" +
                     TableStart({{"Quadrant", false}, {"Frames", true}, {"Share, %", true}},
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
    html += "<tr>" + RowHead(quadrant.name) + CountCell(count) +
            NumberCell(100.0 * static_cast<double>(count) / static_cast<double>(total), 1) +
            "</tr>";
  }
  return html + kTableEnd + "</div>";
}

std::string TrackSection(const std::vector<ReportTrack>& tracks) {
  std::string html =
      "<p class=\"no-js\">The clips are drawn by JavaScript, which is off.</p><div "
      "class=\"js-only\"><label>Clip <select id=\"clip\">";
  for (const ReportTrack& track : tracks)
    html += "<option>" + EscapeMarkup(track.trial) + "</option>";
  return html +
         "</select></label><div class=\"tracks\"><div>"
         "<div class=\"canvas wide\"><canvas id=\"chart-valence\" role=\"img\" "
         "aria-label=\"Valence over time\"></canvas></div>"
         "<div class=\"canvas wide\"><canvas id=\"chart-arousal\" role=\"img\" "
         "aria-label=\"Arousal over time\"></canvas></div>"
         "</div><figure><div class=\"canvas square\"><canvas id=\"chart-plane\" role=\"img\" "
         "aria-label=\"Path on the valence-arousal plane\"></canvas></div>"
         "<figcaption>The same clip as a path on the plane.</figcaption></figure></div></div>";
}

std::string SpeedSection(const std::vector<StageSpeed>& speeds) {
  double fastest = 0;
  for (const StageSpeed& speed : speeds) fastest = std::max(fastest, speed.frames_per_second);
  std::string html = "<div class=\"scroll\">" + TableStart({{"Stage", false},
                                                            {"Frames per second", true},
                                                            {"Milliseconds per frame", true},
                                                            {"", false}},
                                                           "");
  for (const StageSpeed& speed : speeds) {
    const double fps = speed.frames_per_second;
    html += "<tr>" + RowHead(speed.stage, speed.note) + "<td class=\"n\">" +
            (fps >= 100 ? GroupDigits(std::llround(fps)) : Number(fps, 1)) + "</td>" +
            OptionalCell(fps > 0 ? std::optional<double>(1000 / fps) : std::nullopt, 2) +
            "<td class=\"barcell\">";
    // Stages differ by orders of magnitude; log lengths keep the slow ones visible.
    const double share = fps > 0 && fastest > 0 ? std::log1p(fps) / std::log1p(fastest) : 0;
    html += "<span class=\"bar\" style=\"width:" + FormatFixed(share * 100, 1) +
            "%\"></span></td></tr>";
  }
  return html + kTableEnd + "</div>";
}

std::string PairTable(const std::vector<std::pair<std::string, std::string>>& pairs,
                      const char* key,
                      const char* value) {
  // A whole configuration is long; it scrolls in its own box.
  std::string html = std::string("<div class=\"scroll") + (pairs.size() > 14 ? " tall\">" : "\">") +
                     TableStart({{key, false}, {value, false}}, "");
  for (const auto& [name, text] : pairs) {
    html += "<tr>" + RowHead(name) + "<td>" + (text.empty() ? kDash : EscapeMarkup(text)) +
            "</td></tr>";
  }
  return html + kTableEnd + "</div>";
}

// ------------------------------------------------------------------------------------------ data

Json Rounded(const std::vector<double>& values, std::size_t step, double scale) {
  Json array = Json::array();
  for (std::size_t i = 0; i < values.size(); i += step) {
    if (std::isfinite(values[i])) {
      array.push_back(std::round(values[i] * scale) / scale);
    } else {
      array.push_back(nullptr);
    }
  }
  return array;
}

Json OptionalJson(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

std::string PageData(const RunReport& report) {
  Json data = Json::object();
  if (!report.epochs.empty()) {
    Json& epochs = data["epochs"] = Json::array();
    for (const ReportEpoch& epoch : report.epochs) {
      epochs.push_back({{"network", epoch.network},
                        {"epoch", epoch.epoch},
                        {"train_loss", OptionalJson(epoch.train_loss)},
                        {"val_loss", OptionalJson(epoch.val_loss)},
                        {"ccc_valence", OptionalJson(epoch.ccc_valence)},
                        {"ccc_arousal", OptionalJson(epoch.ccc_arousal)}});
    }
  }
  if (!report.tracks.empty()) {
    Json& tracks = data["tracks"] = Json::array();
    for (const ReportTrack& track : report.tracks) {
      const std::size_t step = (track.time_s.size() + kMaxTrackPoints - 1) / kMaxTrackPoints;
      const std::size_t keep_every = std::max<std::size_t>(1, step);
      tracks.push_back({{"t", Rounded(track.time_s, keep_every, 1e3)},
                        {"a_valence", Rounded(track.valence, keep_every, 1e4)},
                        {"a_arousal", Rounded(track.arousal, keep_every, 1e4)},
                        {"p_valence", Rounded(track.predicted_valence, keep_every, 1e4)},
                        {"p_arousal", Rounded(track.predicted_arousal, keep_every, 1e4)}});
    }
  }
  const std::string text = data.dump(-1, ' ', false, Json::error_handler_t::replace);
  // "</script>" inside a string would end the element.
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

void RequireEqualLengths(const RunReport& report) {
  for (const ReportTrack& track : report.tracks) {
    const std::size_t rows = track.time_s.size();
    if (track.valence.size() != rows || track.arousal.size() != rows ||
        track.predicted_valence.size() != rows || track.predicted_arousal.size() != rows) {
      throw Error(
          ErrorCode::kInvalidArgument,
          "track '" + track.trial + "' has " + std::to_string(rows) + " times, but " +
              std::to_string(track.valence.size()) + " valence, " +
              std::to_string(track.arousal.size()) + " arousal, " +
              std::to_string(track.predicted_valence.size()) + " predicted valence and " +
              std::to_string(track.predicted_arousal.size()) +
              " predicted arousal values; give one value per time, NaN where nothing is known");
    }
  }
}

}  // namespace

std::vector<PaperRow> PaperTables() {
  const std::string official = "official validation set of Aff-Wild2";
  const std::string merged =
      "five folds of merged training and validation videos, mean over the folds of each fold's "
      "best "
      "epoch";
  const std::string unstated = "not stated; not the protocol of Table I";
  const std::string reselected = "reselected validation set (arXiv:2105.01502)";
  const std::string about_merged =
      "Folds are scored on the epoch that did best on them, and the released code stretches the "
      "predictions to the spread of the training labels before it scores. Its folds are slices of "
      "a "
      "list of names that holds first-generation Aff-Wild videos beside Aff-Wild2, which contains "
      "them too, so validation videos have duplicates in training. All three make the figure "
      "larger "
      "than an official validation score. The one independent score of the team is that of the "
      "ABAW2 "
      "test set: 0.397 valence, 0.498 arousal, 0.447 mean.";
  const std::string about_lds =
      "Nominally the model of Table I with the same LDS, but arousal is lower by 0.10: another way "
      "of "
      "scoring, such as raw predictions, one fold or one split. Compare it with the other row of "
      "Table II only: LDS adds 0.001 to valence, 0.013 to arousal, 0.008 to the mean. Its valence "
      "equals Table I's mean, which may be a slip of copying.";
  const std::string about_text =
      "A figure of an earlier report on another model (MIMAMO-Net, two streams, without LDS). It "
      "is "
      "the only two-stream figure of the paper: both tables say spatial.";
  return {
      {"Table I",
       "VGG-Face (baseline)",
       0.230,
       0.210,
       0.220,
       official,
       "The organisers' baseline, cited; other reports print the two targets the other way round.",
       {}},
      {"Table I",
       "Affective Process",
       0.438,
       0.498,
       0.468,
       official,
       "Cited from arXiv:2103.13372.",
       {}},
      {"Table I", "Ours (spatial)", 0.591, 0.617, 0.604, merged, about_merged, {}},
      {"Table II", "Ours (spatial) without LDS", 0.603, 0.502, 0.552, unstated, "", {}},
      {"Table II", "Ours (spatial) with LDS", 0.604, 0.515, 0.560, unstated, about_lds, {}},
      {"Section IV-D", "Two-stream", 0.415, 0.511, {}, reselected, about_text, {}},
  };
}

std::string RenderHtml(const RunReport& report) {
  RequireEqualLengths(report);
  Page page;
  if (!report.paper.empty()) {
    page.Section("paper",
                 "Beside the paper",
                 "Rows are comparable only where they were measured on the same videos: read the "
                 "last column first.",
                 PaperSection(report.paper));
  }
  if (!report.ablation.empty()) {
    page.Section("ablation",
                 "Ablation",
                 "One thing changed at a time; small print is the 95 % interval.",
                 AblationSection(report.ablation));
  }
  if (!report.claims.empty()) {
    page.Section(
        "claims",
        "Claims put to the test",
        "Difference is first minus second on the same resampled videos, small print its 95 "
        "% interval; of errors (MAE) a negative one is a gain. The interval does not cover "
        "what another training seed would change. Of shuffled labels it is over the folds, each "
        "with its own order (Student's t).",
        ClaimsSection(report.claims));
  }
  if (report.evaluation) {
    page.Section("agreement",
                 "Agreement",
                 "CCC: concordance correlation, PCC: Pearson correlation, RMSE: root mean squared "
                 "error in label units "
                 "(the range is 2), sign: share of frames on the same side of 0. Labels are many, "
                 "medium or few by the "
                 "frames in their bin of width 0.1.",
                 AgreementSection(*report.evaluation));
  }
  if (!report.tracks.empty()) {
    page.Section(
        "tracks", "Clips", "Annotation and prediction over time.", TrackSection(report.tracks));
  }
  if (!report.epochs.empty()) {
    page.Section("training", "Training", "", TrainingSection(report.epochs));
  }
  const bool has_lds = report.lds.valence || report.lds.arousal;
  if (!report.label_histogram.empty() || has_lds) {
    std::string body;
    if (!report.label_histogram.empty()) {
      body +=
          "<div class=\"plots beside\">" +
          Figure(LabelHistogramPlot(report.label_histogram, "Labels on the valence-arousal plane"),
                 "Annotated frames per cell, log shade (the paper's Fig. 1).") +
          QuadrantTable(report.label_histogram) + "</div>";
    }
    if (has_lds) {
      body +=
          "<h3>Label distribution smoothing</h3>" +
          Figure(LdsPlot(report.lds),
                 "Frames per bin, the smoothed density and the loss weights (the paper's Fig. 3).",
                 false);
    }
    page.Section("labels", "Labels", "", body);
  }
  if (report.evaluation && !report.evaluation->videos.empty()) {
    page.Section("videos",
                 "Videos",
                 "Scores inside single videos. They are not averaged into the headline, which "
                 "pools all frames.",
                 VideoSection(*report.evaluation));
  }
  if (!report.speeds.empty()) {
    page.Section("speed",
                 "Speed",
                 "Each stage alone; bar lengths are logarithmic.",
                 SpeedSection(report.speeds));
  }
  std::string run;
  if (!report.settings.empty())
    run += "<h3>Settings</h3>" + PairTable(report.settings, "Key", "Value");
  if (!report.folds.empty()) run += "<h3>Folds</h3>" + PairTable(report.folds, "Fold", "Holds");
  if (!report.environment.empty())
    run += "<h3>Environment</h3>" + PairTable(report.environment, "Key", "Value");
  if (!report.config_text.empty()) {
    run += "<details><summary>config.toml</summary><pre>" + EscapeMarkup(report.config_text) +
           "</pre></details>";
  }
  if (!run.empty()) page.Section("run", "Run", "", run);

  const bool has_charts = !report.epochs.empty() || !report.tracks.empty();
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; "
      "script-src 'unsafe-inline'; img-src data:\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>" +
      EscapeMarkup(report.title) + "</title>\n<style>\n" + std::string(kPageStyle) +
      "</style>\n</head>\n<body>\n";
  html += "<header><div class=\"wrap\"><p class=\"brand\">Circumplex report</p><h1>" +
          EscapeMarkup(report.title) + "</h1>" +
          (report.data.empty() ? "" : "<p class=\"sub\">" + EscapeMarkup(report.data) + "</p>") +
          Chips(report) + "</div></header>\n";
  if (page.HasLinks()) {
    html += "<nav aria-label=\"Sections\"><div class=\"wrap\"><ul>" + page.links() +
            "</ul></div></nav>\n";
  }
  html +=
      "<main><div class=\"wrap\">\n" + Summary(report) + "\n" + page.sections() + "</div></main>\n";
  html +=
      "<footer><div class=\"wrap\">Written by Circumplex. This file holds everything it shows and "
      "fetches nothing."
      "</div></footer>\n";
  if (has_charts) {
    html += "<script>" + std::string(kChartLibrary) +
            "</script>\n<script type=\"application/json\" id=\"report-data\">" + PageData(report) +
            "</script>\n";
  }
  html += "<script>\n" + std::string(kPageScript) + "</script>\n</body>\n</html>\n";
  return html;
}

void WriteReport(const std::filesystem::path& path, const RunReport& report) {
  WriteFileAtomically(path, RenderHtml(report));
}

}  // namespace circumplex
