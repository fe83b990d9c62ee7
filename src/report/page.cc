// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "circumplex/error.h"

#include "core/files.h"
#include "report/embedded.h"
#include "report/report.h"
#include "report/sections/sections.h"
#include "report/svg.h"

namespace circumplex {
namespace {

struct Section {
  const char* id;
  const char* name;
  const char* lead;
  std::string (*html)(const RunContents&);
};

constexpr Section kSections[] = {
    {"tracks", "Clips", "Annotation and prediction over time.", page::Clips},
    {"ablation",
     "Ablation",
     "One thing changed at a time; small print is the 95 % interval, which resamples the videos.",
     page::Ablation},
    {"claims",
     "Claims put to the test",
     "Difference is first minus second on the same resampled videos, small print its 95 % "
     "interval; of errors (MAE) a negative one is a gain. The interval does not cover what another "
     "training seed would change. Of shuffled labels it is over the folds, each with its own order "
     "(Student's t).",
     page::Claims},
    {"agreement",
     "Agreement",
     "CCC: concordance correlation, PCC: Pearson correlation, RMSE: root mean squared error in "
     "label units (the range is 2), sign: share of frames on the same side of 0. Labels are many, "
     "medium or few by the frames in their bin of width 0.1.",
     page::Agreement},
    {"training", "Training", "", page::Training},
    {"labels", "Labels", "", page::Labels},
    {"videos",
     "Videos",
     "Scores inside single videos. They are not averaged into the headline, which pools all "
     "frames.",
     page::Videos},
    {"paper",
     "Beside the paper",
     "Rows are comparable only where they were measured on the same videos: read the last column "
     "first.",
     page::Paper},
    {"speed", "Speed", "Each stage alone.", page::Speed},
    {"run", "Run", "", page::Setup},
};

constexpr char kHead[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n";

constexpr char kFooter[] =
    "<footer><div class=\"wrap\">Written by Circumplex. This file holds everything it shows and "
    "fetches nothing.</div></footer>\n";

void RequireEqualLengths(const RunContents& run) {
  for (const ClipScores& track : run.results.tracks) {
    const std::size_t rows = track.time_s.size();
    if (track.valence.size() == rows && track.arousal.size() == rows &&
        track.predicted_valence.size() == rows && track.predicted_arousal.size() == rows) {
      continue;
    }
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

std::string Header(const RunContents& run, const std::string& title) {
  const std::string& data = run.results.data;
  return "<header><div class=\"wrap\"><p class=\"brand\">Circumplex report</p><h1>" +
         EscapeMarkup(title) + "</h1>" +
         (data.empty() ? "" : "<p class=\"sub\">" + EscapeMarkup(data) + "</p>") +
         page::Chips(run) + "</div></header>\n";
}

/// The sections and the links to them.
std::string Body(const RunContents& run) {
  std::string links, sections;
  for (const Section& section : kSections) {
    const std::string html = section.html(run);
    if (html.empty()) continue;
    links += std::string("<li><a href=\"#") + section.id + "\">" + section.name + "</a></li>";
    sections += std::string("<section id=\"") + section.id + "\"><h2>" + section.name + "</h2>" +
                (*section.lead ? std::string("<p class=\"lead\">") + section.lead + "</p>" : "") +
                html + "</section>\n";
  }
  if (!links.empty()) {
    links = "<nav aria-label=\"Sections\"><div class=\"wrap\"><ul>" + links + "</ul></div></nav>\n";
  }
  return links + "<main><div class=\"wrap\">\n" + page::Summary(run) + "\n" + sections +
         "</div></main>\n";
}

}  // namespace

std::string RenderHtml(const RunContents& contents) {
  RequireEqualLengths(contents);
  RunContents run = contents;
  std::sort(run.results.tracks.begin(),
            run.results.tracks.end(),
            [](const ClipScores& a, const ClipScores& b) { return NaturalLess(a.trial, b.trial); });
  const std::string title = !run.results.title.empty() ? run.results.title
                            : !run.name.empty()        ? run.name
                                                       : "Circumplex run";
  std::string html = kHead;
  html += "<title>" + EscapeMarkup(title) + "</title>\n<style>\n" + std::string(kPalette) +
          std::string(kPageStyle) + "</style>\n</head>\n<body>\n";
  html += Header(run, title) + Body(run) + kFooter;
  if (const std::string data = page::ScriptData(run); !data.empty()) {
    html += "<script>" + std::string(kChartLibrary) +
            "</script>\n<script type=\"application/json\" id=\"report-data\">" + data +
            "</script>\n";
  }
  return html + "<script>\n" + std::string(kPageScript) + "</script>\n</body>\n</html>\n";
}

}  // namespace circumplex
