// SPDX-License-Identifier: Apache-2.0
#include "report/sections/sections.h"
#include "report/tables.h"

namespace circumplex::page {
namespace {

std::string Canvas(const std::string& css, const std::string& id, const std::string& label) {
  return "<div class=\"canvas " + css + "\"><canvas id=\"" + id + "\" role=\"img\" aria-label=\"" +
         label + "\"></canvas></div>";
}

}  // namespace

std::string Clips(const RunContents& run) {
  if (run.results.tracks.empty()) return "";
  std::string options;
  for (const ClipScores& track : run.results.tracks)
    options += "<option>" + EscapeMarkup(track.trial) + "</option>";
  return "<p class=\"no-js\">The clips are drawn by JavaScript, which is off.</p>"
         "<div class=\"js-only\"><label>Clip <select id=\"clip\">" +
         options + "</select></label><div class=\"tracks\"><div>" +
         Canvas("wide", "chart-valence", "Valence over time") +
         Canvas("wide", "chart-arousal", "Arousal over time") + "</div><figure>" +
         Canvas("square", "chart-plane", "Path on the valence-arousal plane") +
         "<figcaption>The same clip as a path on the plane.</figcaption></figure></div></div>";
}

}  // namespace circumplex::page
