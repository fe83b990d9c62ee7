// SPDX-License-Identifier: Apache-2.0
#include "datasets/dataset_report.h"

#include <algorithm>
#include <map>

#include "core/check.h"
#include "core/csv.h"
#include "core/files.h"
#include "core/text_table.h"
#include "datasets/training_overlap.h"

namespace circumplex {
namespace {

using Cells = std::vector<std::string>;

std::string DescribeDefects(const std::vector<Defect>& defects) {
  struct Kind {
    std::int64_t cases = 0;
    std::string action;
  };
  std::map<std::string, Kind> kinds;
  for (const Defect& defect : defects) {
    Kind& kind = kinds[defect.kind];
    ++kind.cases;
    if (kind.action.empty()) kind.action = defect.action;
  }
  if (kinds.empty()) return "nothing irregular\n";
  std::vector<Cells> table = {{"irregular", "what was done", "cases"}};
  for (const auto& [name, kind] : kinds)
    table.push_back({name, kind.action, std::to_string(kind.cases)});
  return FormatTextTable(table, 2);
}

/// Counts of one split.
struct SplitCounts {
  std::int64_t trials = 0, usable = 0, without_crops = 0, without_labels = 0, to_predict = 0;
  std::int64_t rows = 0, used = 0, unannotated = 0, no_crop = 0, neither = 0;
  std::int64_t crops = 0, beyond = 0, test_crops = 0, test_rows = 0;

  void Add(const SplitCounts& other) {
    for (const auto member : {&SplitCounts::trials,
                              &SplitCounts::usable,
                              &SplitCounts::without_crops,
                              &SplitCounts::without_labels,
                              &SplitCounts::to_predict,
                              &SplitCounts::rows,
                              &SplitCounts::used,
                              &SplitCounts::unannotated,
                              &SplitCounts::no_crop,
                              &SplitCounts::neither,
                              &SplitCounts::crops,
                              &SplitCounts::beyond,
                              &SplitCounts::test_crops,
                              &SplitCounts::test_rows})
      this->*member += other.*member;
  }
};

SplitCounts CountsOf(const Trial& trial, const RowUsage& usage) {
  SplitCounts counts;
  counts.trials = 1;
  counts.crops = usage.crops;
  if (trial.annotation.empty()) {
    counts.to_predict = 1;
    counts.test_crops = usage.crops;
    counts.test_rows = trial.rows;
    return counts;
  }
  (trial.annotated == 0 ? counts.without_labels
   : usage.crops == 0   ? counts.without_crops
                        : counts.usable) = 1;
  counts.rows = usage.rows;
  counts.used = usage.used;
  counts.unannotated = usage.unannotated;
  counts.no_crop = usage.without_crop;
  counts.neither = usage.unannotated_without_crop;
  counts.beyond = usage.beyond_rows;
  return counts;
}

Cells RowOf(const std::string& name, const SplitCounts& counts) {
  const auto text = [](std::int64_t count) { return std::to_string(count); };
  return {name,
          text(counts.trials),
          text(counts.rows),
          text(counts.used),
          text(counts.unannotated),
          text(counts.no_crop),
          text(counts.neither),
          text(counts.crops),
          text(counts.beyond),
          text(counts.test_crops)};
}

/// "12 = 9 usable + 3 without crops": parts of 0 are left out.
std::string SumText(std::int64_t total,
                    const std::vector<std::pair<std::int64_t, const char*>>& parts) {
  std::string text;
  std::int64_t sum = 0;
  for (const auto& [count, what] : parts) {
    sum += count;
    if (count == 0) continue;
    text += (text.empty() ? "" : " + ") + std::to_string(count) + " " + what;
  }
  CIRCUMPLEX_CHECK(sum == total, text);
  return std::to_string(total) + (text.empty() ? "" : " = " + text);
}

}  // namespace

std::string DescribeDataset(const Manifest& manifest, const std::vector<RowUsage>& usage) {
  CIRCUMPLEX_CHECK(usage.size() == manifest.trials.size(), manifest.root.string());
  std::map<Split, SplitCounts> splits;
  SplitCounts all;
  for (std::size_t i = 0; i < usage.size(); ++i) {
    const SplitCounts counts = CountsOf(manifest.trials[i], usage[i]);
    splits[manifest.trials[i].split].Add(counts);
    all.Add(counts);
  }
  const std::string edition = EditionOf(manifest);
  std::string text =
      "layout   " + manifest.layout + (edition.empty() ? "" : ", lists of " + edition) + "\n\n";
  std::vector<Cells> table = {{"split",
                               "trials",
                               "rows",
                               "used",
                               "not annotated",
                               "without crop",
                               "neither",
                               "crops",
                               "beyond rows",
                               "to predict"}};
  for (const auto& [split, counts] : splits) table.push_back(RowOf(SplitName(split), counts));
  table.push_back(RowOf("all", all));
  text += FormatTextTable(table) + "\n";
  text += "trials   " +
          SumText(all.trials,
                  {{all.usable, "with labels and crops"},
                   {all.without_crops, "with labels, without crops"},
                   {all.without_labels, "without a labelled row"},
                   {all.to_predict, "to predict"}}) +
          "\n";
  text += "rows     " +
          SumText(all.rows,
                  {{all.used, "used"},
                   {all.unannotated, "not annotated"},
                   {all.no_crop, "without a crop"},
                   {all.neither, "neither annotated nor with a crop"}}) +
          (all.test_rows > 0 ? "; " + std::to_string(all.test_rows) + " to predict" : "") + "\n";
  text += "crops    " +
          SumText(all.crops + manifest.crops_left_out,
                  {{all.used, "used"},
                   {all.unannotated, "of rows not annotated"},
                   {all.beyond, "beyond the rows"},
                   {all.test_crops, "to predict"},
                   {manifest.crops_left_out, "left out with their folders"}}) +
          "\n\n";
  text += DescribeDefects(manifest.defects);
  const bool videos = std::any_of(manifest.trials.begin(),
                                  manifest.trials.end(),
                                  [](const Trial& trial) { return !trial.video_file.empty(); });
  if (videos && all.crops == 0 && manifest.crops_left_out == 0) {
    text +=
        "\nnext     these are videos without crops: circumplex faces VIDEOS -o FOLDER cuts the "
        "faces, circumplex features FOLDER/cropped_aligned goes on from there\n";
  }
  return text;
}

std::string DescribeDataset(const StillSet& set) {
  struct Counts {
    std::int64_t listed = 0, usable = 0, unlabelled = 0, missing = 0;
  };
  std::map<Split, Counts> splits;
  Counts all;
  for (const StillImage& image : set.images) {
    for (Counts* counts : {&splits[image.split], &all}) {
      ++counts->listed;
      ++(!image.exists ? counts->missing : image.valid ? counts->usable : counts->unlabelled);
    }
  }
  const auto row = [](const std::string& name, const Counts& counts) {
    return Cells{name,
                 std::to_string(counts.listed),
                 std::to_string(counts.usable),
                 std::to_string(counts.unlabelled),
                 std::to_string(counts.missing)};
  };
  std::vector<Cells> table = {{"split", "listed", "used", "without labels", "not on disk"}};
  for (const auto& [split, counts] : splits) table.push_back(row(SplitName(split), counts));
  table.push_back(row("all", all));
  return "layout   " + set.layout + ", photographs without order in time\n\n" +
         FormatTextTable(table) + "\n" + "images   " +
         SumText(all.listed,
                 {{all.usable, "used"},
                  {all.unlabelled, "without labels"},
                  {all.missing, "not on disk"}}) +
         "\n\n" + DescribeDefects(set.defects);
}

void WriteImages(const std::filesystem::path& path, const StillSet& set) {
  CsvTable table;
  table.header = {"path", "split", "expression", "valence", "arousal", "valid", "exists"};
  for (const StillImage& image : set.images) {
    table.rows.push_back({image.path.string(),
                          SplitName(image.split),
                          image.expression < 0 ? "" : std::to_string(image.expression),
                          image.valid ? FormatFixed(image.va.valence, 4) : "",
                          image.valid ? FormatFixed(image.va.arousal, 4) : "",
                          image.valid ? "1" : "0",
                          image.exists ? "1" : "0"});
  }
  WriteFileAtomically(path, FormatCsv(table));
}

std::string DescribeLabels(const std::vector<LabelTrack>& tracks, bool of_videos) {
  const LabelStats stats = ComputeLabelStats(tracks);
  if (stats.annotated == 0) return "";
  const auto line = [&](const char* name, const TargetStats& target) {
    return std::string(name) + FormatFixed(target.mean, 3) + " +- " +
           FormatFixed(target.deviation, 3) +
           (of_videos && target.between_share
                ? ", " + FormatFixed(100 * *target.between_share, 0) + " % between videos"
                : "") +
           "\n";
  };
  std::string text = line("valence      ", stats.valence) + line("arousal      ", stats.arousal);
  text += "quadrants    V+A+ " + FormatFixed(stats.quadrants[0], 3) + ", V-A+ " +
          FormatFixed(stats.quadrants[1], 3) + ", V-A- " + FormatFixed(stats.quadrants[2], 3) +
          ", V+A- " + FormatFixed(stats.quadrants[3], 3) + "\n";
  if (stats.correlation) text += "correlation  " + FormatFixed(*stats.correlation, 3) + "\n";
  return text;
}

}  // namespace circumplex
