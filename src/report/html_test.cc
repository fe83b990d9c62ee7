// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/files.h"
#include "report/embedded.h"
#include "report/report.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

Score Interval(double value) { return {value, value - 0.05, value + 0.05}; }

/// Every section filled, with text that would break careless markup.
RunReport FullReport() {
  RunReport report;
  report.title = "Run <1> & \"two\"";
  report.data = "</script><script>alert(1)</script>";
  report.preset = "ours";
  report.notes = {"The appearance network is <b>untrained</b>."};
  report.settings = {{"training.folds", "5"}, {"x.<y>", "<z>"}};
  report.environment = {{"cpu", "a&b"}};
  report.config_text = "a = \"<pre></pre>\"\n";
  report.folds = {{"0", "3 trials"}};
  report.paper = PaperTables();
  report.paper.back().ours = {
      {"preset <paper>", {Interval(0.4), Interval(0.5), Interval(0.45)}, "synthetic <set>"},
      {"preset ours", {{}, {}, {std::nan(""), {}, {}}}, "another"},
      {"preset ours, scored again", {}, "another"}};
  report.claims = {{"LDS <helps>",
                    "MAE valence, few",
                    "with & without",
                    "<none>",
                    0.25,
                    {},
                    {-0.125, -0.25, -0.0625},
                    "holds"},
                   {"nothing", "", "", "", {}, std::nan(""), {}, "undefined"}};
  report.ablation = {
      {"full <both>", "note & more", true, {Interval(0.5), Interval(0.4), Interval(0.45)}},
      {"constant", "", false, {{}, {0.0, {}, {}}, {std::nan(""), {}, {}}}}};
  report.epochs = {{"fold 0", 0, 0.9, 0.8, 0.1, 0.2, 0.001, 3.0},
                   {"fold 0", 1, {}, 0.7, {}, 0.3, {}, {}},
                   {"fold 1", 0, 0.9, std::nan(""), 0.2, 0.1, 0.001, 2.0}};
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
  report.evaluation = evaluation;
  report.label_histogram = SquareHistogram(4);
  report.label_histogram.Add(0.5, 0.5);
  report.lds.centers = {-1, 0, 1};
  report.lds.valence = ReportDensity{{1, 2, 0}, {1, 1.5, 0}, {1.2, 0.9, 0}};
  const double nan = std::nan("");
  report.tracks = {{"clip </script>",
                    {0, 0.033, 0.067},
                    {nan, 0.12345678, 0.2},
                    {nan, 0.1, 0.2},
                    {0, 0.1, 0.2},
                    {0, 0.1, 0.2}}};
  report.speeds = {{"decode", 612.3, "1 thread"}, {"idle", 0, ""}};
  return report;
}

/// The page without the library's and the page's own scripts and style.
std::string WithoutCode(std::string html) {
  for (const std::string_view code : {kChartLibrary, kPageScript, kPageStyle}) {
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
  EXPECT_EQ(Unbalanced(WithoutCode(RenderHtml(FullReport()))), "");
  EXPECT_EQ(Unbalanced(WithoutCode(RenderHtml(RunReport()))), "");
  EXPECT_NE(Unbalanced("<p><b></p></b>"), "");
}

TEST(Html, NothingIsFetched) {
  const std::string html = RenderHtml(FullReport());
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
  const std::string page = WithoutCode(html) + std::string(kPageStyle) + std::string(kPageScript);
  for (const char* reference :
       {"http:", "https:", "src=", "@import", "url(", "fetch(", "XMLHttpRequest"}) {
    EXPECT_EQ(page.find(reference), std::string::npos) << reference;
  }
}

TEST(Html, NumbersAreNeverNaN) {
  const std::string page = WithoutCode(RenderHtml(FullReport()));
  for (const char* text : {"NaN", "nan", "inf<", "-inf"})
    EXPECT_EQ(page.find(text), std::string::npos) << text;
  EXPECT_NE(page.find("<p class=\"big word\">undefined</p>"), std::string::npos);
}

TEST(Html, TextIsEscapedEverywhere) {
  const std::string page = WithoutCode(RenderHtml(FullReport()));
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
  const auto data = nlohmann::json::parse(DataOf(RenderHtml(FullReport())));
  EXPECT_EQ(data["epochs"].size(), 3u);
  EXPECT_TRUE(data["epochs"][1]["ccc_valence"].is_null());
  EXPECT_TRUE(data["epochs"][2]["val_loss"].is_null());
  EXPECT_TRUE(data["tracks"][0]["a_valence"][0].is_null());
  EXPECT_DOUBLE_EQ(data["tracks"][0]["a_valence"][1].get<double>(), 0.1235);
  EXPECT_DOUBLE_EQ(data["tracks"][0]["t"][2].get<double>(), 0.067);
}

TEST(Html, LongTracksAreThinned) {
  RunReport report;
  const std::vector<double> values(9001, 0.25);
  report.tracks = {{"long", values, values, values, values, values}};
  const auto data = nlohmann::json::parse(DataOf(RenderHtml(report)));
  EXPECT_EQ(data["tracks"][0]["t"].size(), 2251u);  // Every fourth of 9001.
}

TEST(Html, HeadlineShowsValueAndInterval) {
  const std::string page = WithoutCode(RenderHtml(FullReport()));
  EXPECT_NE(
      page.find("<p class=\"big\">0.571</p><p class=\"range\">95 % interval 0.521 to 0.621</p>"),
      std::string::npos);
  EXPECT_NE(page.find("1,234,000"), std::string::npos);
  EXPECT_NE(page.find("3 predictions are -5 &amp; scored"), std::string::npos);
}

TEST(Html, ClaimsAndPaperRowsShowEveryFigure) {
  const std::string page = WithoutCode(RenderHtml(FullReport()));
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
  const std::string empty = RenderHtml(RunReport());
  EXPECT_EQ(empty.find("<section"), std::string::npos);
  EXPECT_EQ(empty.find(kChartLibrary), std::string::npos);
  EXPECT_LT(empty.size(), 40000u);
  RunReport with_speed;
  with_speed.speeds = {{"decode", 100, ""}};
  const std::string page = RenderHtml(with_speed);
  EXPECT_NE(page.find("id=\"speed\""), std::string::npos);
  EXPECT_EQ(page.find("id=\"ablation\""), std::string::npos);
}

TEST(Html, EqualReportsGiveEqualBytes) {
  EXPECT_EQ(RenderHtml(FullReport()), RenderHtml(FullReport()));
}

TEST(Html, UnequalTrackLengthsAreRefused) {
  RunReport report;
  report.tracks = {{"short", {0, 1}, {0, 1}, {0, 1}, {0}, {0, 1}}};
  const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [&] { RenderHtml(report); });
  EXPECT_NE(message.find("'short' has 2 times"), std::string::npos) << message;
  EXPECT_NE(message.find("1 predicted valence"), std::string::npos) << message;
}

TEST(Html, WriteReportWritesThePage) {
  TempFolder folder;
  WriteReport(folder / "out/report.html", FullReport());
  EXPECT_EQ(ReadFile(folder / "out/report.html"), RenderHtml(FullReport()));
}

TEST(Embedded, TextEqualsTheFileAndCannotEndItsElement) {
  EXPECT_EQ(ReadFile(CIRCUMPLEX_CHART_JS), kChartLibrary);
  EXPECT_EQ(kChartLibrary.find("</script"), std::string_view::npos);
  EXPECT_EQ(kPageScript.find("</script"), std::string_view::npos);
  EXPECT_EQ(kPageStyle.find("</style"), std::string_view::npos);
  EXPECT_NE(kChartLibrary.find("Chart.js v3.9"), std::string_view::npos);
}

TEST(PaperTables, MeansAreThoseOfTheirRows) {
  for (const PaperRow& row : PaperTables()) {
    if (!row.mean) continue;
    // Printed with three decimals, sometimes cut instead of rounded.
    EXPECT_NEAR(*row.mean, (*row.valence + *row.arousal) / 2, 0.00051 + 1e-9) << row.method;
  }
}

}  // namespace
}  // namespace circumplex
