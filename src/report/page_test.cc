// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/json.h"
#include "report/embedded.h"
#include "report/report.h"
#include "report/sections/sections.h"
#include "run/paper_figures.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

Score Interval(double value) { return {value, value - 0.05, value + 0.05}; }

/// Every section filled, with text that would break careless markup.
RunContents FullRun() {
  RunContents run;
  run.name = "folder";
  run.options = Preset("ours");
  run.options->backbone.weights = "x.<y>";
  run.environment = {{"cpu", "a&b"}, {"x.<z>", "<z>"}};
  run.config_text = "a = \"<pre></pre>\"\n";
  run.fold_trials = {{0, 3}};
  const auto line = [&](int fold, int epoch) -> EpochMetrics& {
    MetricsLine added;
    added.member.fold = fold;
    added.metrics.epoch = epoch;
    run.metrics.push_back(added);
    return run.metrics.back().metrics;
  };
  line(0, 1) = {1, 0.001, 0.9, 0.8, 0.1, 0.2, 0.15};
  line(0, 2) = {2, {}, {}, 0.7, {}, 0.3, {}};
  line(1, 1) = {1, 0.001, 0.9, std::nan(""), 0.2, 0.1, 0.15};
  RunResults& results = run.results;
  results.title = "Run <1> & \"two\"";
  results.data = "</script><script>alert(1)</script>";
  results.notes = {"The appearance network is <b>untrained</b>."};
  const auto own = [](const std::string& name, const VaScores& ccc, const std::string& protocol) {
    return OwnRow{PaperTables().back().table, PaperTables().back().method, name, ccc, protocol};
  };
  results.paper = {
      own("preset <paper>", {Interval(0.4), Interval(0.5), Interval(0.45)}, "synthetic <set>"),
      own("preset ours", {{}, {}, {std::nan(""), {}, {}}}, "another"),
      own("preset ours, scored again", {}, "another")};
  results.claims = {{"LDS <helps>",
                     "MAE valence, few",
                     "with & without",
                     "<none>",
                     0.25,
                     {},
                     {-0.125, -0.25, -0.0625},
                     "holds"},
                    {"nothing", "", "", "", {}, std::nan(""), {}, "undefined"}};
  results.ablation = {
      {"constant", "", false, {{}, {0.0, {}, {}}, {std::nan(""), {}, {}}}},
      {"half", "", false, {Interval(0.2), Interval(0.2), Interval(0.2)}},
      {"full <both>", "note & more", true, {Interval(0.5), Interval(0.4), Interval(0.45)}}};
  EvaluationResult evaluation;
  evaluation.ccc_valence = Interval(0.571);
  evaluation.ccc_arousal = {};
  evaluation.pooled.name = "all annotated frames";
  GroupScores video;
  video.name = "10-60-1280x720_<left>";
  video.rows = 1234567;
  video.used = 1234000;
  video.valence = {0.5, 0.6, 0.3, 0.7};
  evaluation.videos = {video};
  evaluation.folds = {video};
  evaluation.cropped_only = video;
  evaluation.valence_regions = {{"many", 7, 100, Interval(0.1), 0.2, -0.05, 0.08},
                                {"few", 0, 0, {}, {}, {}, {}}};
  evaluation.warnings = {"3 predictions are -5 & scored"};
  evaluation.unused_predictions = {"<extra>"};
  evaluation.annotated_plane = evaluation.predicted_plane = SquareHistogram(4);
  evaluation.valence_agreement = evaluation.arousal_agreement = SquareHistogram(4);
  evaluation.predicted_plane.Add(0.2, 0.3);
  evaluation.valence_agreement.Add(0.2, 0.3);
  results.evaluation = evaluation;
  results.label_histogram = SquareHistogram(4);
  results.label_histogram.Add(0.5, 0.5);
  results.lds.centers = {-1, 0, 1};
  results.lds.valence = LabelCurve{{1, 2, 0}, {1, 1.5, 0}, {1.2, 0.9, 0}};
  const double nan = std::nan("");
  results.tracks = {{"clip </script>",
                     false,
                     {0, 0.033, 0.067},
                     {nan, 0.12345678, 0.2},
                     {nan, 0.1, 0.2},
                     {0, 0.1, 0.2},
                     {0, 0.1, 0.2}}};
  results.speeds = {{"decode", 612.3, "1 thread"}, {"idle", 0, ""}};
  return run;
}

/// The page without the library's and the page's own scripts and style.
std::string WithoutCode(std::string html) {
  for (const std::string_view code : {kChartLibrary, kPageScript, kPageStyle, kPalette}) {
    const std::size_t at = html.find(code);
    if (at != std::string::npos) html.erase(at, code.size());
  }
  return html;
}

std::string DataOf(const std::string& html) {
  const std::string start = "<script type=\"application/json\" id=\"report-data\">";
  const std::size_t at = html.find(start);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + start.size();
  return html.substr(begin, html.find("</script>", begin) - begin);
}

/// First defect of the nesting, or empty.
std::string Unbalanced(const std::string& html) {
  static const std::set<std::string> kVoid = {"meta", "link", "br", "hr", "img", "input"};
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    if (html.compare(at, 2, "<!") == 0) continue;
    const bool closing = html.compare(at, 2, "</") == 0;
    std::size_t name_end = at + (closing ? 2 : 1);
    const std::size_t name_begin = name_end;
    while (name_end < html.size() &&
           (std::isalnum(static_cast<unsigned char>(html[name_end])) != 0))
      ++name_end;
    const std::string name = html.substr(name_begin, name_end - name_begin);
    if (name.empty()) return "a bare '<' near " + html.substr(at, 40);
    // Attribute values are double-quoted and may hold '>'.
    bool quoted = false;
    std::size_t end = name_end;
    while (end < html.size() && (quoted || html[end] != '>')) {
      if (html[end] == '"') quoted = !quoted;
      ++end;
    }
    if (end >= html.size()) return "tag " + name + " does not end";
    if (closing) {
      if (open.empty() || open.back() != name) {
        return "</" + name + "> closes " +
               (open.empty() ? std::string("nothing") : "<" + open.back() + ">") + " near " +
               html.substr(at > 60 ? at - 60 : 0, 100);
      }
      open.pop_back();
    } else if (html[end - 1] != '/' && kVoid.count(name) == 0) {
      open.push_back(name);
    }
    at = end;
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

TEST(Html, TagsAreBalancedInAFullAndInAnEmptyPage) {
  EXPECT_EQ(Unbalanced(WithoutCode(RenderHtml(FullRun()))), "");
  EXPECT_EQ(Unbalanced(WithoutCode(RenderHtml(RunContents()))), "");
  EXPECT_NE(Unbalanced("<p><b></p></b>"), "");
}

TEST(Html, NothingIsFetched) {
  const std::string html = RenderHtml(FullRun());
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
  const std::string page = WithoutCode(html) + std::string(kPageStyle) + std::string(kPageScript);
  for (const char* reference :
       {"http:", "https:", "src=", "@import", "url(", "fetch(", "XMLHttpRequest"}) {
    EXPECT_EQ(page.find(reference), std::string::npos) << reference;
  }
}

TEST(Html, NumbersAreNeverNaN) {
  const std::string page = WithoutCode(RenderHtml(FullRun()));
  for (const char* text : {"NaN", "nan", "inf<", "-inf"})
    EXPECT_EQ(page.find(text), std::string::npos) << text;
  EXPECT_NE(page.find("<p class=\"big word\">undefined</p>"), std::string::npos);
}

TEST(Html, TextIsEscapedEverywhere) {
  const std::string page = WithoutCode(RenderHtml(FullRun()));
  for (const char* raw : {"<1>",
                          "<b>untrained",
                          "alert(1)</script>",
                          "<y>",
                          "<z>",
                          "<both>",
                          "<left>",
                          "<extra>",
                          "clip </script>",
                          "<set>",
                          "<paper>",
                          "<helps>",
                          "<none>",
                          "\"<pre>"}) {
    EXPECT_EQ(page.find(raw), std::string::npos) << raw;
  }
  EXPECT_NE(page.find("<title>Run &lt;1&gt; &amp; &quot;two&quot;</title>"), std::string::npos);
  EXPECT_NE(page.find("10-60-1280x720_&lt;left&gt;"), std::string::npos);
  EXPECT_NE(page.find("clip &lt;/script&gt;"), std::string::npos);
}

TEST(Html, DataIsJsonWithGapsAsNull) {
  const auto data = Json::parse(DataOf(RenderHtml(FullRun())));
  EXPECT_EQ(data["epochs"].size(), 3u);
  EXPECT_EQ(data["epochs"][1]["epoch"], 2);
  EXPECT_TRUE(data["epochs"][1]["valence"].is_null());
  EXPECT_TRUE(data["epochs"][2]["val_loss"].is_null());
  EXPECT_TRUE(data["tracks"][0]["a_valence"][0].is_null());
  EXPECT_DOUBLE_EQ(data["tracks"][0]["a_valence"][1].get<double>(), 0.1235);
  EXPECT_DOUBLE_EQ(data["tracks"][0]["t"][2].get<double>(), 0.067);
}

TEST(Html, LongTracksAreThinned) {
  RunContents run;
  const std::vector<double> values(9001, 0.25);
  run.results.tracks = {{"long", false, values, values, values, values, values}};
  const auto data = Json::parse(DataOf(RenderHtml(run)));
  EXPECT_EQ(data["tracks"][0]["t"].size(), 2251u);  // Every fourth of 9001.
}

TEST(Html, HeadlineShowsValueAndInterval) {
  const std::string page = WithoutCode(RenderHtml(FullRun()));
  EXPECT_NE(
      page.find("<p class=\"big\">0.571</p><p class=\"range\">95 % interval 0.521 to 0.621</p>"),
      std::string::npos);
  EXPECT_NE(page.find("1,234,000"), std::string::npos);
  EXPECT_NE(page.find("3 predictions are -5 &amp; scored"), std::string::npos);
}

TEST(Html, ClaimsAndPaperRowsShowEveryFigure) {
  const std::string page = WithoutCode(RenderHtml(FullRun()));
  EXPECT_NE(page.find("<th scope=\"row\">LDS &lt;helps&gt;<small>with &amp; without against "
                      "&lt;none&gt;</small></th>"),
            std::string::npos);
  EXPECT_NE(page.find("\xE2\x88\x92"
                      "0.125<small>\xE2\x88\x92"
                      "0.250 to \xE2\x88\x92"
                      "0.062</small>"),
            std::string::npos);
  EXPECT_NE(page.find("<b>holds</b>"), std::string::npos);
  // Both of the run's rows stand below the paper's row, which is numbered for its footnote.
  EXPECT_NE(page.find("preset ours"), std::string::npos);
  EXPECT_NE(page.find("<td rowspan=\"1\">synthetic &lt;set&gt;</td>"), std::string::npos);
  EXPECT_NE(page.find("<td rowspan=\"2\">another</td>"), std::string::npos);
  EXPECT_NE(page.find("Two-stream<sup>5</sup>"), std::string::npos);
  EXPECT_NE(page.find("only two-stream figure of the paper"), std::string::npos);
}

TEST(Html, EmptyPartsAreLeftOutAndTheLibraryWithThem) {
  const std::string empty = RenderHtml(RunContents());
  EXPECT_EQ(empty.find("<section"), std::string::npos);
  EXPECT_EQ(empty.find(kChartLibrary), std::string::npos);
  EXPECT_LT(empty.size(), 40000u);
  RunContents with_speed;
  with_speed.results.speeds = {{"decode", 100, ""}};
  const std::string page = RenderHtml(with_speed);
  EXPECT_NE(page.find("id=\"speed\""), std::string::npos);
  EXPECT_EQ(page.find("id=\"ablation\""), std::string::npos);
}

TEST(Html, EqualReportsGiveEqualBytes) { EXPECT_EQ(RenderHtml(FullRun()), RenderHtml(FullRun())); }

TEST(Html, UnequalTrackLengthsAreRefused) {
  RunContents run;
  run.results.tracks = {{"short", false, {0, 1}, {0, 1}, {0, 1}, {0}, {0, 1}}};
  const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [&] { RenderHtml(run); });
  EXPECT_NE(message.find("'short' has 2 times"), std::string::npos) << message;
  EXPECT_NE(message.find("1 predicted valence"), std::string::npos) << message;
}

TEST(Html, TheRunsOwnNumbersAndPictureComeBeforeThePapers) {
  const std::string page = WithoutCode(RenderHtml(FullRun()));
  const auto at = [&](const std::string& text) {
    const std::size_t place = page.find(text);
    EXPECT_NE(place, std::string::npos) << text;
    return place;
  };
  EXPECT_LT(at("<p class=\"big\">0.571"), at("Predicted against annotated valence"));
  EXPECT_LT(at("Predicted against annotated valence"), at("id=\"ablation\""));
  EXPECT_LT(at("id=\"ablation\""), at("id=\"paper\""));
}

TEST(Html, ARunWithoutScoresSaysWhy) {
  RunContents run = FullRun();
  run.results = {};
  EXPECT_NE(RenderHtml(run).find("This run has no scores"), std::string::npos);
  EXPECT_EQ(RenderHtml(FullRun()).find("This run has no scores"), std::string::npos);
}

TEST(Html, ClipsAreInNaturalOrder) {
  RunContents run;
  for (const char* trial : {"100", "101", "85"})
    run.results.tracks.push_back({trial, false, {0}, {0}, {0}, {0.25}, {0}});
  run.results.tracks[2].predicted_valence = {0.5};
  run.results.tracks[1].rate_assumed = true;
  const std::string html = RenderHtml(run);
  EXPECT_NE(html.find("<option>85</option><option>100</option><option>101</option>"),
            std::string::npos);
  const auto data = Json::parse(DataOf(html));
  EXPECT_EQ(data["tracks"][0]["p_valence"][0], 0.5);
  EXPECT_EQ(data["tracks"][0]["time"], "time [s]");
  EXPECT_EQ(data["tracks"][2]["time"], "time [s], if 30 frames per second");
}

TEST(Html, RowsOfTheAblationAreComparedWithTheChosenOne) {
  const std::string page = WithoutCode(RenderHtml(FullRun()));
  EXPECT_NE(page.find("Mean minus this run&#39;s"), std::string::npos);
  EXPECT_NE(page.find("0.200<small>0.150 to 0.250</small></td><td class=\"n\">\xE2\x88\x92"
                      "0.250</td>"),
            std::string::npos);
}

TEST(Html, NetworksOfOneFoldAreToldApart) {
  EXPECT_EQ(page::NetworkName({0, 1, true, Targets::kArousal}), "fold 0, arousal, seed 1");
  EXPECT_EQ(page::NetworkName({0, 2, true, Targets::kValence}), "fold 0, valence, seed 2");
  EXPECT_EQ(page::NetworkName({3, 2, false, Targets::kBoth}), "fold 3");
}

TEST(Html, OneStageHasNoBar) {
  RunContents run;
  run.results.speeds = {{"decode", 100, ""}};
  EXPECT_EQ(WithoutCode(RenderHtml(run)).find("barcell"), std::string::npos);
  run.results.speeds.push_back({"idle", 1, ""});
  EXPECT_NE(WithoutCode(RenderHtml(run)).find("barcell"), std::string::npos);
}

TEST(Html, NotesSayWhatASettingMeansForTheNumbers) {
  RunContents run;
  run.options = Preset("ours");
  run.options->training.shuffle_labels = true;
  run.options->inference.std_matching = true;
  const std::string page = WithoutCode(RenderHtml(run));
  for (const char* note : {"labels were permuted", "network is untrained", "were stretched"})
    EXPECT_NE(page.find(note), std::string::npos) << note;
}

TEST(Embedded, TextEqualsTheFileAndCannotEndItsElement) {
  EXPECT_EQ(ReadFile(CIRCUMPLEX_CHART_JS), kChartLibrary);
  EXPECT_EQ(kChartLibrary.find("</script"), std::string_view::npos);
  EXPECT_EQ(kPageScript.find("</script"), std::string_view::npos);
  EXPECT_EQ(kPageStyle.find("</style"), std::string_view::npos);
  EXPECT_EQ(kPalette.find_first_of("<&"), std::string_view::npos);  // It is in SVG files too.
  EXPECT_NE(kChartLibrary.find("Chart.js v3.9"), std::string_view::npos);
}

}  // namespace
}  // namespace circumplex
