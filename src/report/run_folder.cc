// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/csv.h"
#include "core/files.h"
#include "evaluation/json_fields.h"
#include "report/report.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;

// A histogram of more bins per side than this is a damaged file, not a plot.
constexpr std::size_t kMaxBins = 1000;

/// `key = value` lines of a TOML text as section.key, quotes removed. Values over several lines
/// keep their first one: this feeds a table for people; the text itself stands beside it.
std::vector<std::pair<std::string, std::string>> SettingsOf(const std::string& toml) {
  std::vector<std::pair<std::string, std::string>> settings;
  std::string section;
  for (std::string_view line : SplitLines(toml)) {
    line = Trim(line);
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '[') {
      const std::size_t end = line.find(']');
      if (end != std::string_view::npos) section = std::string(Trim(line.substr(1, end - 1))) + ".";
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view value = Trim(line.substr(equals + 1));
    bool quoted = false;
    std::size_t end = value.size();
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] == '"' && (i == 0 || value[i - 1] != '\\')) quoted = !quoted;
      if (value[i] == '#' && !quoted) {
        end = i;
        break;
      }
    }
    value = Trim(value.substr(0, end));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
    }
    settings.emplace_back(section + std::string(Trim(line.substr(0, equals))), std::string(value));
  }
  return settings;
}

/// What a setting means for the numbers and a reader might miss.
std::vector<std::string> NotesOf(const std::vector<std::pair<std::string, std::string>>& settings) {
  const auto is = [&](const std::string& key, const std::string& value) {
    return std::any_of(settings.begin(), settings.end(), [&](const auto& setting) {
      return setting.first == key && setting.second == value;
    });
  };
  std::vector<std::string> notes;
  if (is("training.shuffle_labels", "true")) {
    notes.push_back(
        "Control run: the labels were permuted between the videos, so the CCC should be near 0.");
  }
  if (is("backbone.weights", "") && !is("appearance.enabled", "false")) {
    notes.push_back(
        "The appearance network is untrained (backbone.weights is empty): its features are random "
        "projections.");
  }
  if (is("inference.spread_matching", "true")) {
    notes.push_back(
        "Predictions were stretched to the training labels' spread (inference.spread_matching).");
  }
  if (is("training.fold_rule", "released")) {
    notes.push_back(
        "The folds are contiguous slices of the name list: a person may be in training and "
        "validation.");
  }
  return notes;
}

void Flatten(const nlohmann::json& value,
             const std::string& key,
             std::vector<std::pair<std::string, std::string>>* pairs) {
  if (value.is_object()) {
    for (const auto& member : value.items()) {
      Flatten(member.value(), key.empty() ? member.key() : key + "." + member.key(), pairs);
    }
  } else if (value.is_string()) {
    pairs->emplace_back(key, value.get<std::string>());
  } else {
    pairs->emplace_back(key, value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
}

std::vector<std::pair<std::string, std::string>> FoldsOf(const fs::path& path) {
  const CsvTable table = ReadCsv(path);
  const std::size_t trial = table.Column("trial", path.string()),
                    fold = table.Column("fold", path.string());
  const auto role = static_cast<std::size_t>(
      std::find(table.header.begin(), table.header.end(), "role") - table.header.begin());
  std::map<std::int64_t, std::set<std::string>> members;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (role < table.header.size() && table.rows[row][role] != "validation") continue;
    const auto number = ParseInt(Trim(table.rows[row][fold]));
    if (!number) {
      throw Error(ErrorCode::kBadData,
                  path.string() + ":" + std::to_string(row + 2) + ": fold '" +
                      table.rows[row][fold] + "' is not a whole number");
    }
    members[*number].insert(table.rows[row][trial]);
  }
  std::vector<std::pair<std::string, std::string>> folds;
  for (const auto& [number, trials] : members) {
    const std::string count =
        std::to_string(trials.size()) + (trials.size() == 1 ? " trial" : " trials");
    // Negative numbers mark trials that every fold trains on.
    folds.emplace_back(number < 0 ? "none" : std::to_string(number), count);
  }
  return folds;
}

std::optional<double> OptionalNumber(const JsonField& object, const std::string& key) {
  const auto member = object.Find(key);
  return member ? member->NumberOrNull() : std::nullopt;
}

std::vector<ReportEpoch> EpochsOf(const fs::path& path) {
  const std::string text = ReadFile(path);
  const bool complete = text.empty() || text.back() == '\n';
  const std::vector<std::string_view> lines = SplitLines(text);
  std::vector<ReportEpoch> epochs;
  std::vector<std::int64_t> seeds;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (Trim(lines[i]).empty()) continue;
    const std::string source = path.string() + ":" + std::to_string(i + 1);
    nlohmann::json document;
    try {
      document = nlohmann::json::parse(lines[i]);
    } catch (const nlohmann::json::exception&) {
      if (i + 1 == lines.size() && !complete) break;
      throw Error(ErrorCode::kBadData,
                  source + ": not a JSON object; remove the line or restore the file");
    }
    const JsonField line(document, source);
    ReportEpoch epoch;
    epoch.network = "fold " + std::to_string(line.At("fold").Integer(0, 1000000));
    // Runs of earlier versions name neither target nor seed.
    const auto targets = document.find("targets"), seed = document.find("seed");
    if (targets != document.end() && *targets != "both" && targets->is_string())
      epoch.network += ", " + targets->get<std::string>();
    seeds.push_back(seed != document.end() && seed->is_number_integer() ? seed->get<std::int64_t>()
                                                                        : 0);
    epoch.epoch = static_cast<int>(line.At("epoch").Integer(0, 100000000));
    epoch.train_loss = OptionalNumber(line, "train_loss");
    epoch.val_loss = OptionalNumber(line, "val_loss");
    epoch.ccc_valence = OptionalNumber(line, "ccc_valence");
    epoch.ccc_arousal = OptionalNumber(line, "ccc_arousal");
    epoch.lr = OptionalNumber(line, "lr");
    epoch.seconds = OptionalNumber(line, "seconds");
    epochs.push_back(epoch);
  }
  const bool several_seeds =
      std::adjacent_find(seeds.begin(), seeds.end(), std::not_equal_to<>()) != seeds.end();
  for (std::size_t i = 0; several_seeds && i < epochs.size(); ++i) {
    epochs[i].network += ", seed " + std::to_string(seeds[i]);
  }
  return epochs;
}

Score ScoreOf(const JsonField& field) {
  return {
      OptionalNumber(field, "value"), OptionalNumber(field, "low"), OptionalNumber(field, "high")};
}

VaScores VaScoresOf(const JsonField& field) {
  return {ScoreOf(field.At("valence")), ScoreOf(field.At("arousal")), ScoreOf(field.At("mean"))};
}

void RequireLength(const JsonField& object,
                   const std::string& key,
                   std::size_t length,
                   std::size_t expected) {
  if (length == expected) return;
  throw Error(ErrorCode::kBadData,
              object.Where(key) + " holds " + std::to_string(length) + " values; it should hold " +
                  std::to_string(expected));
}

std::optional<ReportDensity> DensityOf(const JsonField& lds,
                                       const std::string& key,
                                       std::size_t bins) {
  const auto field = lds.Find(key);
  if (!field) return {};
  const ReportDensity density = {field->At("counts").Numbers(),
                                 field->At("smoothed").Numbers(),
                                 field->At("weights").Numbers()};
  RequireLength(*field, "counts", density.counts.size(), bins);
  RequireLength(*field, "smoothed", density.smoothed.size(), bins);
  RequireLength(*field, "weights", density.weights.size(), bins);
  return density;
}

SquareHistogram HistogramOf(const JsonField& field) {
  const std::int64_t bins = field.At("bins").Integer(1, kMaxBins);
  const auto rows = field.At("counts").Items();
  RequireLength(field, "counts", rows.size(), static_cast<std::size_t>(bins));
  SquareHistogram histogram(static_cast<int>(bins));
  std::size_t index = 0;
  for (const JsonField& row : rows) {
    const auto cells = row.Items();
    if (cells.size() != static_cast<std::size_t>(bins))
      row.Fail("an array of " + std::to_string(bins) + " numbers");
    for (const JsonField& cell : cells) histogram.counts[index++] = std::llround(cell.Number());
  }
  return histogram;
}

ReportTrack TrackOf(const JsonField& field) {
  ReportTrack track;
  track.trial = field.At("trial").Text();
  track.time_s = field.At("time_s").Numbers();
  const auto read = [&](const char* key) {
    std::vector<double> values = field.At(key).Numbers();
    RequireLength(field, key, values.size(), track.time_s.size());
    return values;
  };
  track.valence = read("valence");
  track.arousal = read("arousal");
  track.predicted_valence = read("predicted_valence");
  track.predicted_arousal = read("predicted_arousal");
  return track;
}

void ReadResults(const fs::path& path, RunReport* report) {
  const nlohmann::json document = ParseJson(ReadFile(path), path.string());
  const JsonField results(document, path.string());
  report->title = results.TextOr("title", report->title);
  report->data = results.TextOr("data", "");
  if (const auto notes = results.Find("notes")) {
    for (const std::string& note : notes->Texts()) {
      if (std::find(report->notes.begin(), report->notes.end(), note) == report->notes.end())
        report->notes.push_back(note);
    }
  }
  if (const auto rows = results.Find("ablation")) {
    for (const JsonField& row : rows->Items()) {
      const auto chosen = row.Find("chosen");
      report->ablation.push_back({row.At("name").Text(),
                                  row.TextOr("note", ""),
                                  chosen && chosen->Bool(),
                                  VaScoresOf(row.At("ccc"))});
    }
  }
  if (const auto claims = results.Find("claims")) {
    for (const JsonField& row : claims->Items()) {
      report->claims.push_back({row.At("claim").Text(),
                                row.At("metric").Text(),
                                row.At("better").Text(),
                                row.At("other").Text(),
                                OptionalNumber(row, "better_value"),
                                OptionalNumber(row, "other_value"),
                                ScoreOf(row.At("difference")),
                                row.At("verdict").Text()});
    }
  }
  if (const auto evaluation = results.Find("evaluation"))
    report->evaluation = ReadEvaluation(*evaluation);
  if (const auto tracks = results.Find("tracks")) {
    for (const JsonField& track : tracks->Items()) report->tracks.push_back(TrackOf(track));
  }
  if (const auto speeds = results.Find("speeds")) {
    for (const JsonField& speed : speeds->Items()) {
      const JsonField rate = speed.At("frames_per_second");
      if (!(rate.Number() >= 0)) rate.Fail("a number >= 0");
      report->speeds.push_back({speed.At("stage").Text(), rate.Number(), speed.TextOr("note", "")});
    }
  }
  if (const auto histogram = results.Find("label_histogram"))
    report->label_histogram = HistogramOf(*histogram);
  if (const auto lds = results.Find("lds")) {
    report->lds.centers = lds->At("centers").Numbers();
    report->lds.valence = DensityOf(*lds, "valence", report->lds.centers.size());
    report->lds.arousal = DensityOf(*lds, "arousal", report->lds.centers.size());
  }
  if (const auto paper = results.Find("paper")) {
    report->paper = PaperTables();
    for (const JsonField& row : paper->Items()) {
      const std::string table = row.At("table").Text(), method = row.At("method").Text();
      const auto match =
          std::find_if(report->paper.begin(), report->paper.end(), [&](const PaperRow& candidate) {
            return candidate.table == table && candidate.method == method;
          });
      if (match == report->paper.end()) {
        std::string known;
        for (const PaperRow& candidate : PaperTables())
          known += " '" + candidate.table + " / " + candidate.method + "'";
        row.Fail("one of the paper's rows (table / method):" + known);
      }
      match->ours.push_back(
          {row.TextOr("name", method), VaScoresOf(row.At("ccc")), row.At("protocol").Text()});
    }
  }
}

}  // namespace

RunReport ReadRunFolder(const fs::path& folder) {
  if (!IsFolder(folder)) {
    throw Error(
        ErrorCode::kNotFound,
        folder.string() + " is not a folder; give the folder that `circumplex train` wrote");
  }
  RunReport report;
  const fs::path absolute = fs::absolute(folder).lexically_normal();
  report.title = absolute.filename().empty() ? absolute.parent_path().filename().string()
                                             : absolute.filename().string();
  bool found = false;
  const auto present = [&](const char* name) {
    const bool exists = IsFile(folder / name);
    found = found || exists;
    return exists;
  };
  if (present("config.toml")) {
    report.config_text = ReadFile(folder / "config.toml");
    report.settings = SettingsOf(report.config_text);
    report.notes = NotesOf(report.settings);
    for (const auto& [key, value] : report.settings) {
      if (key == "preset") report.preset = value;
    }
  }
  if (present("environment.json")) {
    const fs::path path = folder / "environment.json";
    const nlohmann::json document = ParseJson(ReadFile(path), path.string());
    if (!document.is_object()) JsonField(document, path.string()).Fail("an object");
    Flatten(document, "", &report.environment);
  }
  if (present("folds.csv")) report.folds = FoldsOf(folder / "folds.csv");
  if (present("metrics.jsonl")) report.epochs = EpochsOf(folder / "metrics.jsonl");
  if (present("results.json")) ReadResults(folder / "results.json", &report);
  if (!found) {
    throw Error(ErrorCode::kNotFound,
                folder.string() +
                    " holds none of config.toml, environment.json, folds.csv, metrics.jsonl and "
                    "results.json; give the folder that `circumplex train` wrote");
  }
  return report;
}

}  // namespace circumplex
