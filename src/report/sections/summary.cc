// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "options/enum_names.h"
#include "report/plots.h"
#include "report/sections/sections.h"
#include "report/tables.h"

namespace circumplex::page {
namespace {

std::string Definition(const std::string& term, const std::string& value) {
  return "<dt>" + term + "</dt><dd>" + value + "</dd>";
}

/// @param details  Definition()s.
std::string Card(const std::string& css,
                 const std::string& what,
                 const Score& score,
                 const std::string& details) {
  const bool defined = score.value && std::isfinite(*score.value);
  const std::string range = Range(score);
  return "<div class=\"card" + css + "\"><p class=\"what\">" + what + "</p><p class=\"big" +
         (defined ? "\">" + Number(*score.value, 3) : " word\">undefined") +
         "</p><p class=\"range\">" + (range.empty() ? "no interval" : "95 % interval " + range) +
         "</p>" + (details.empty() ? "" : "<dl>" + details + "</dl>") + "</div>";
}

std::string Details(const TargetAgreement& agreement) {
  const std::optional<double>& sign = agreement.sign_agreement;
  return Definition("Pearson correlation", NumberOrUndefined(agreement.pearson)) +
         Definition("Root mean squared error", NumberOrUndefined(agreement.rmse)) +
         Definition("Sign agreement",
                    sign ? Number(*sign * 100, 1) + " %" : NumberOrUndefined(sign));
}

std::string Cards(const RunResults& results) {
  VaScores ccc;
  std::string of_rows, of_valence, of_arousal;
  if (results.evaluation) {
    const EvaluationResult& e = *results.evaluation;
    ccc = ScoresOf(e);
    of_rows = Definition("Videos", GroupDigits(static_cast<long long>(e.videos.size()))) +
              Definition("Frames scored", GroupDigits(e.rows.used)) +
              Definition("Rows not annotated", GroupDigits(e.rows.not_annotated));
    of_valence = Details(e.pooled.valence);
    of_arousal = Details(e.pooled.arousal);
  } else {
    const auto chosen = std::find_if(results.ablation.begin(),
                                     results.ablation.end(),
                                     [](const AblationRow& row) { return row.chosen; });
    if (chosen == results.ablation.end()) return "";
    ccc = chosen->ccc;
  }
  return "<div class=\"cards\">" + Card("", "CCC, mean of valence and arousal", ccc.mean, of_rows) +
         Card(" v", "CCC, valence", ccc.valence, of_valence) +
         Card(" a", "CCC, arousal", ccc.arousal, of_arousal) + "</div>";
}

/// What a setting means for the numbers and a reader might miss.
std::vector<std::string> NotesOf(const RunOptions& options) {
  std::vector<std::string> notes;
  if (options.training.shuffle_labels) {
    notes.push_back(
        "Control run: the labels were permuted between the videos, so the CCC should be near 0.");
  }
  if (options.backbone.weights.empty() && options.appearance.enabled) {
    notes.push_back(
        "The appearance network is untrained (backbone.weights is empty): its features are random "
        "projections.");
  }
  if (options.inference.std_matching) {
    notes.push_back(
        "Predictions were stretched to the training labels' standard deviation (inference.std_matching).");
  }
  if (options.training.fold_rule == FoldRule::kReleased) {
    notes.push_back(
        "The folds are contiguous slices of the name list: a person may be in training and "
        "validation.");
  }
  return notes;
}

std::string Notes(const RunContents& run) {
  const RunResults& results = run.results;
  std::vector<std::string> notes;
  const auto add = [&](const std::vector<std::string>& more) {
    for (const std::string& note : more) {
      if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
    }
  };
  if (run.options) add(NotesOf(*run.options));
  add(results.notes);
  if (results.evaluation) add(results.evaluation->warnings);
  if (!run.metrics.empty() && !results.evaluation && results.ablation.empty() && !results.paper) {
    add(
        {"This run has no scores (results.json): it has not finished, or an earlier version "
         "trained it. Continued with --resume, a run on clips writes them; one on photographs has "
         "its scores per epoch only."});
  }
  if (notes.empty()) return "";
  std::string html = "<div class=\"notes\" role=\"note\"><h2>Read this with the numbers</h2><ul>";
  for (const std::string& note : notes) html += "<li>" + EscapeMarkup(note) + "</li>";
  return html + "</ul></div>";
}

bool HoldsFrames(const SquareHistogram& histogram) {
  return std::any_of(histogram.counts.begin(), histogram.counts.end(), [](std::int64_t count) {
    return count > 0;
  });
}

std::string Picture(const EvaluationResult& e) {
  const std::string shade = "shade is log frames per cell";
  std::string figures;
  if (HoldsFrames(e.valence_agreement)) {
    figures += Figure(AgreementPlot(e.valence_agreement, "valence", SvgRole::kValence),
                      "Valence; " + shade + ", on the dashed line both are equal.");
  }
  if (HoldsFrames(e.arousal_agreement)) {
    figures += Figure(AgreementPlot(e.arousal_agreement, "arousal", SvgRole::kArousal),
                      "Arousal; " + shade + ", on the dashed line both are equal.");
  }
  if (HoldsFrames(e.predicted_plane)) {
    figures += Figure(CircumplexPlot(e.predicted_plane, "Predictions on the circumplex"),
                      "Predicted frames on the circumplex; " + shade + ".");
  }
  if (figures.empty()) return "";
  return "<section id=\"scores\"><h2>Predicted against annotated</h2><div class=\"plots\">" +
         figures + "</div></section>\n";
}

}  // namespace

std::string Summary(const RunContents& run) {
  return Cards(run.results) + Notes(run) +
         (run.results.evaluation ? Picture(*run.results.evaluation) : "");
}

std::string Chips(const RunContents& run) {
  if (!run.options) return "";
  const RunOptions& options = *run.options;
  const auto on = [](bool is) { return is ? "on" : "off"; };
  const bool appearance = options.appearance.enabled, motion = options.motion.enabled;
  const std::pair<const char*, std::string> chips[] = {
      {"preset", options.preset},
      {"streams",
       appearance && motion ? "appearance + motion"
       : appearance         ? "appearance"
                            : "motion"},
      {"LDS", on(options.lds.enabled)},
      {"GRU along", EnumName(options.regressor.recurrence)},
      {"folds by", EnumName(options.training.fold_rule)},
      {"folds", std::to_string(options.training.folds)},
      {"matching of standard deviations", on(options.inference.std_matching)},
      {"smoothing", EnumName(options.inference.smoothing)},
      {"missing frames", EnumName(options.inference.gap_fill)}};
  std::string html = "<ul class=\"chips\">";
  for (const auto& [key, value] : chips) {
    html += std::string("<li><span>") + key + "</span><b>" + EscapeMarkup(value) + "</b></li>";
  }
  return html + "</ul>";
}

}  // namespace circumplex::page
