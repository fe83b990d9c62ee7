// SPDX-License-Identifier: Apache-2.0
#include "predictions/submission_check.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/text_fields.h"
#include "labels/annotation_io.h"
#include "labels/challenge_format.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

// Variance of the annotations and of the predictions together: the two of protocol figures.
constexpr double kVarianceSum = 0.32;

Severity SeverityOf(FindingKind kind) {
  switch (kind) {
    case FindingKind::kSentinel:
    case FindingKind::kConstant:
      return Severity::kWarning;
    case FindingKind::kBlanks:
    case FindingKind::kNoLastNewline:
    case FindingKind::kOtherFile:
      return Severity::kNote;
    default:
      return Severity::kError;
  }
}

std::string Counted(std::int64_t count, const char* unit) {
  return std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
}

/// Findings of one file, a few per kind and the number of the rest.
class FileFindings {
 public:
  FileFindings(std::string file, int max_per_kind)
      : file_(std::move(file)), max_per_kind_(max_per_kind) {}

  void Add(FindingKind kind, std::size_t line, const std::string& message) {
    Kind& one = kinds_[kind];
    if (one.count++ < max_per_kind_) {
      findings_.push_back({kind, SeverityOf(kind), file_, line, message});
    } else if (one.count == max_per_kind_ + 1) {
      one.first_more = line;
    }
    one.last = line;
  }

  void MoveTo(std::vector<SubmissionFinding>* all) {
    for (const auto& [kind, one] : kinds_) {
      if (one.count <= max_per_kind_) continue;
      findings_.push_back({kind,
                           SeverityOf(kind),
                           file_,
                           one.first_more,
                           Counted(one.count - max_per_kind_, "more finding") +
                               " of this kind, the last at line " + std::to_string(one.last)});
    }
    std::stable_sort(
        findings_.begin(),
        findings_.end(),
        [](const SubmissionFinding& a, const SubmissionFinding& b) { return a.line < b.line; });
    all->insert(all->end(), findings_.begin(), findings_.end());
    findings_.clear();
  }

 private:
  struct Kind {
    std::int64_t count = 0;
    std::size_t first_more = 0, last = 0;
  };
  std::string file_;
  std::int64_t max_per_kind_;
  std::map<FindingKind, Kind> kinds_;
  std::vector<SubmissionFinding> findings_;
};

/// Whether a series has one value only.
struct ConstantWatch {
  std::int64_t rows = 0;
  std::optional<double> valence, arousal;
  bool valence_varies = false, arousal_varies = false;

  void Add(double v, double a) {
    ++rows;
    if (!valence) valence = v;
    if (!arousal) arousal = a;
    valence_varies |= v != *valence;
    arousal_varies |= a != *arousal;
  }
  /// Message about a constant series of at least two rows, or empty.
  std::string Message(const std::string& what) const {
    if (rows < 2 || (valence_varies && arousal_varies)) return "";
    std::string text;
    if (!valence_varies) text = "valence is " + FormatShortest(*valence);
    if (!arousal_varies)
      text += (text.empty() ? "" : " and ") + ("arousal is " + FormatShortest(*arousal));
    return text + " in all " + std::to_string(rows) + " rows of " + what +
           "; a constant prediction has a CCC of 0, check the model and the faces found";
  }
};

struct Checker {
  SubmissionReport report;
  ConstantWatch whole;

  /// Checks two values; true if both are numbers in range or -5.
  bool Values(std::string_view valence_text,
              std::string_view arousal_text,
              std::size_t line,
              FileFindings* findings,
              ConstantWatch* watch) {
    double values[2] = {};
    const std::string_view texts[2] = {valence_text, arousal_text};
    const char* names[2] = {"valence", "arousal"};
    bool is_number = true, has_sentinel = false;
    for (int k = 0; k < 2; ++k) {
      const auto value = ParseDouble(texts[k]);
      if (!value || !std::isfinite(*value)) {
        findings->Add(FindingKind::kNotANumber,
                      line,
                      std::string(names[k]) + " " + Quoted(texts[k]) +
                          " is not a finite number; write one in [-1, 1]");
        is_number = false;
        continue;
      }
      values[k] = *value;
      if (*value == kChallengeSentinel) {
        has_sentinel = true;
      } else if (!(*value >= -1 && *value <= 1)) {
        findings->Add(FindingKind::kOutOfRange,
                      line,
                      std::string(names[k]) + " " + Quoted(texts[k]) +
                          " is outside [-1, 1]; clip the predictions");
      }
    }
    if (has_sentinel) {
      ++report.sentinels;
      findings->Add(FindingKind::kSentinel,
                    line,
                    "-5 as a prediction; the row counts if its frame is annotated, hold the "
                    "nearest prediction instead");
    }
    if (!is_number) return false;
    watch->Add(values[0], values[1]);
    whole.Add(values[0], values[1]);
    return true;
  }
};

bool HasBlanks(std::string_view line) {
  return line.find_first_of(" \t") != std::string_view::npos;
}

/// Header, last newline and blank lines at the end; returns the lines up to the last row.
std::vector<std::string_view> Frame(const std::string& text,
                                    const char* header,
                                    FileFindings* findings) {
  std::vector<std::string_view> lines = SplitLines(text);
  const std::size_t all = lines.size();
  while (!lines.empty() && Trim(lines.back()).empty()) lines.pop_back();
  if (lines.empty()) {
    findings->Add(FindingKind::kWrongHeader,
                  1,
                  std::string("the file is empty; its first line must be '") + header + "'");
    return lines;
  }
  if (!IsHeader(lines[0], header)) {
    findings->Add(FindingKind::kWrongHeader,
                  1,
                  "the first line is " + Quoted(lines[0]) + "; it must be '" + header + "'");
  } else if (HasBlanks(lines[0])) {
    findings->Add(FindingKind::kBlanks, 1, "blanks in the header; remove them");
  }
  if (all > lines.size()) {
    findings->Add(FindingKind::kBlanks,
                  lines.size() + 1,
                  Counted(static_cast<std::int64_t>(all - lines.size()), "empty line") +
                      " after the last row; remove them");
  } else if (text.back() != '\n') {
    findings->Add(FindingKind::kNoLastNewline, all, "the last line does not end in a line feed");
  }
  return lines;
}

/// Fields of a row; nothing after adding a finding if it is blank or has another number of fields.
std::optional<std::vector<std::string_view>> Fields(std::string_view line,
                                                    std::size_t count,
                                                    std::size_t number,
                                                    FileFindings* findings) {
  if (Trim(line).empty()) {
    findings->Add(FindingKind::kBlankRow,
                  number,
                  "an empty line among the rows; remove it or write the frame's values");
    return std::nullopt;
  }
  std::vector<std::string_view> fields = SplitFields(line);
  if (fields.size() != count) {
    findings->Add(FindingKind::kMalformedRow,
                  number,
                  std::to_string(fields.size()) + (fields.size() == 1 ? " field" : " fields") +
                      " in " + Quoted(line) + " where " + std::to_string(count) + " are needed");
    return std::nullopt;
  }
  if (HasBlanks(line))
    findings->Add(FindingKind::kBlanks, number, "blanks in the row; remove them");
  return fields;
}

void CheckTrialFile(const fs::path& path,
                    const ExpectedTrial& expected,
                    Checker* checker,
                    FileFindings* findings) {
  const std::string text = ReadFile(path);
  const std::vector<std::string_view> lines = Frame(text, kTrialHeader, findings);
  ConstantWatch watch;
  // A first line of two numbers is a row without a header above it.
  bool has_header = true;
  if (!lines.empty()) {
    const std::vector<std::string_view> fields = SplitFields(lines[0]);
    has_header = !(fields.size() == 2 && ParseDouble(fields[0]) && ParseDouble(fields[1]));
  }
  std::int64_t rows = 0;
  for (std::size_t i = has_header ? 1 : 0; i < lines.size(); ++i) {
    const auto fields = Fields(lines[i], 2, i + 1, findings);
    if (!Trim(lines[i]).empty()) ++rows;
    if (fields) checker->Values((*fields)[0], (*fields)[1], i + 1, findings, &watch);
  }
  if (expected.rows > 0 && rows != expected.rows) {
    findings->Add(FindingKind::kRowCount,
                  lines.size(),
                  Counted(rows, "row") + " where " + std::to_string(expected.rows) +
                      " are expected; " +
                      (rows < expected.rows ? "repeat the last one" : "cut the rows at the end"));
  }
  if (const std::string message = watch.Message("'" + expected.name + "'"); !message.empty())
    findings->Add(FindingKind::kConstant, 0, message);
  checker->report.rows += rows;
  ++checker->report.trials;
}

void CheckFolder(const fs::path& folder,
                 const ExpectedSubmission& expected,
                 int max_per_kind,
                 Checker* checker) {
  FileFindings of_folder(folder.string(), max_per_kind);
  std::map<std::string, const ExpectedTrial*> by_name;
  for (const ExpectedTrial& trial : expected.trials) by_name[trial.name] = &trial;
  std::set<std::string> present;
  std::vector<SubmissionFinding> of_files;
  for (const fs::path& path : ListFolder(folder)) {
    if (path.extension() != ".txt") {
      of_folder.Add(FindingKind::kOtherFile,
                    0,
                    "'" + path.filename().string() + "' is no .txt file and was not read");
      continue;
    }
    const std::string name = path.stem().string();
    present.insert(name);
    FileFindings findings(path.string(), max_per_kind);
    const auto it = by_name.find(name);
    if (it == by_name.end()) {
      findings.Add(FindingKind::kExtraTrial,
                   0,
                   "trial '" + name + "' is not expected; check its name, suffix included");
    }
    CheckTrialFile(
        path, it == by_name.end() ? ExpectedTrial{name, 0} : *it->second, checker, &findings);
    findings.MoveTo(&of_files);
  }
  for (const ExpectedTrial& trial : expected.trials) {
    if (!present.count(trial.name)) {
      of_folder.Add(FindingKind::kMissingTrial,
                    0,
                    "no '" + trial.name + ".txt'; every trial of the list needs a file");
    }
  }
  of_folder.MoveTo(&checker->report.findings);
  checker->report.findings.insert(checker->report.findings.end(), of_files.begin(), of_files.end());
}

/// A single file row by row, then trial by trial. With a sample its rows and their order count,
/// else every frame counts once and in order.
class SingleFileCheck {
 public:
  SingleFileCheck(const std::string& file,
                  const ExpectedSubmission& expected,
                  int max_per_kind,
                  Checker* checker)
      : expected_(expected),
        checker_(checker),
        findings_(file, max_per_kind),
        sample_seen_(expected.sample.size(), false) {
    for (std::size_t i = 0; i < expected.sample.size(); ++i)
      sample_index_.emplace(expected.sample[i].image_location, i);
    for (const ExpectedTrial& trial : expected.trials) wanted_.insert(trial.name);
  }

  void Check(const std::string& text) {
    const std::vector<std::string_view> lines = Frame(text, kSingleFileHeader, &findings_);
    // A first line with an image location is a row without a header above it.
    const bool has_header = lines.empty() || !ParseImageLocation(SplitFields(lines[0])[0]);
    for (std::size_t i = has_header ? 1 : 0; i < lines.size(); ++i) Row(lines[i], i + 1);
    MissingRows();
    for (const auto& [name, trial] : trials_) {
      ++checker_->report.trials;
      if (const std::string message = trial.watch.Message("'" + name + "'"); !message.empty())
        findings_.Add(FindingKind::kConstant, trial.first_line, message);
    }
    findings_.MoveTo(&checker_->report.findings);
  }

 private:
  struct Trial {
    std::int64_t rows = 0;
    std::size_t first_line = 0, last_line = 0;
    std::set<std::int64_t> frames;  // Without a sample.
    ConstantWatch watch;
  };

  void Row(std::string_view line, std::size_t number) {
    const auto fields = Fields(line, 3, number, &findings_);
    if (!fields) return;
    const std::string_view text = (*fields)[0];
    const auto location = ParseImageLocation(text);
    if (!location) {
      findings_.Add(FindingKind::kMalformedRow, number, ImageLocationDefect(text));
      return;
    }
    Trial& trial = trials_[location->trial];
    if (trial.first_line == 0) {
      trial.first_line = number;
      if (!wanted_.count(location->trial)) {
        findings_.Add(
            FindingKind::kExtraTrial,
            number,
            "trial '" + location->trial + "' is not expected; check its name, suffix included");
      }
    }
    trial.last_line = number;
    if (expected_.sample.empty()) {
      PlaceByFrame(*location, text, number, &trial);
    } else {
      PlaceInSample(*location, text, number, &trial);
    }
    ++checker_->report.rows;
    checker_->Values((*fields)[1], (*fields)[2], number, &findings_, &trial.watch);
  }

  void Repeated(std::string_view text, std::size_t number) {
    findings_.Add(
        FindingKind::kRepeatedRow, number, Quoted(text) + " has a row already; remove one");
  }

  void PlaceInSample(const ImageLocation& location,
                     std::string_view text,
                     std::size_t number,
                     Trial* trial) {
    const auto it = sample_index_.find(std::string(text));
    if (it == sample_index_.end()) {
      if (wanted_.count(location.trial)) {
        findings_.Add(
            FindingKind::kRowCount, number, Quoted(text) + " is not in the sample; remove the row");
      }
      return;
    }
    if (sample_seen_[it->second]) {
      Repeated(text, number);
      return;
    }
    sample_seen_[it->second] = true;
    ++trial->rows;
    if (it->second < next_sample_) {
      findings_.Add(FindingKind::kWrongOrder,
                    number,
                    Quoted(text) + " comes after " +
                        Quoted(expected_.sample[next_sample_ - 1].image_location) +
                        "; the sample has it before, keep the sample's order");
    }
    next_sample_ = std::max(next_sample_, it->second + 1);
  }

  void PlaceByFrame(const ImageLocation& location,
                    std::string_view text,
                    std::size_t number,
                    Trial* trial) {
    if (!trial->frames.insert(location.frame).second) {
      Repeated(text, number);
    } else {
      ++trial->rows;
      if (previous_ && previous_->trial == location.trial && location.frame < previous_->frame) {
        findings_.Add(FindingKind::kWrongOrder,
                      number,
                      Quoted(text) + " comes after " + Quoted(previous_text_) +
                          "; rows must be in frame order");
      }
    }
    previous_ = location;
    previous_text_ = std::string(text);
  }

  void MissingRows() {
    std::map<std::string, std::string> first_missing;
    for (std::size_t i = 0; i < expected_.sample.size(); ++i) {
      const SampleRow& row = expected_.sample[i];
      if (!sample_seen_[i]) first_missing.emplace(row.trial, row.image_location);
    }
    for (const ExpectedTrial& one : expected_.trials) {
      const auto trial = trials_.find(one.name);
      if (trial == trials_.end()) {
        findings_.Add(FindingKind::kMissingTrial,
                      0,
                      "no row of trial '" + one.name + "'; every trial of the list needs its rows");
        continue;
      }
      if (one.rows == 0 || trial->second.rows == one.rows) continue;
      const auto missing = first_missing.find(one.name);
      findings_.Add(FindingKind::kRowCount,
                    trial->second.last_line,
                    Counted(trial->second.rows, "row") + " of trial '" + one.name + "' where " +
                        std::to_string(one.rows) + " are expected" +
                        (missing == first_missing.end()
                             ? std::string()
                             : ", the first missing is '" + missing->second + "'"));
    }
  }

  const ExpectedSubmission& expected_;
  Checker* checker_;
  FileFindings findings_;
  std::unordered_map<std::string, std::size_t> sample_index_;
  std::vector<bool> sample_seen_;
  std::set<std::string> wanted_;
  std::map<std::string, Trial> trials_;  // Those with a row.
  std::size_t next_sample_ = 0;
  std::optional<ImageLocation> previous_;
  std::string previous_text_;
};

}  // namespace

const char* FindingKindName(FindingKind kind) {
  switch (kind) {
    case FindingKind::kWrongHeader:
      return "wrong-header";
    case FindingKind::kMissingTrial:
      return "missing-trial";
    case FindingKind::kExtraTrial:
      return "extra-trial";
    case FindingKind::kRowCount:
      return "row-count";
    case FindingKind::kRepeatedRow:
      return "repeated-row";
    case FindingKind::kWrongOrder:
      return "wrong-order";
    case FindingKind::kMalformedRow:
      return "malformed-row";
    case FindingKind::kNotANumber:
      return "not-a-number";
    case FindingKind::kOutOfRange:
      return "out-of-range";
    case FindingKind::kBlankRow:
      return "blank-row";
    case FindingKind::kSentinel:
      return "sentinel";
    case FindingKind::kConstant:
      return "constant";
    case FindingKind::kBlanks:
      return "blanks";
    case FindingKind::kNoLastNewline:
      return "no-last-newline";
    case FindingKind::kOtherFile:
      return "other-file";
  }
  return "unknown";
}

ExpectedSubmission ExpectSample(const fs::path& sample) {
  ExpectedSubmission expected;
  expected.sample = ReadSample(sample);
  std::map<std::string, std::size_t> index;
  for (const SampleRow& row : expected.sample) {
    const auto [it, is_new] = index.emplace(row.trial, expected.trials.size());
    if (is_new) expected.trials.push_back({row.trial, 0});
    ++expected.trials[it->second].rows;
  }
  return expected;
}

ExpectedSubmission ExpectAnnotations(const fs::path& folder) {
  ExpectedSubmission expected;
  for (const fs::path& path : AnnotationFiles(folder)) {
    const std::string text = ReadFile(path);
    const std::vector<std::string_view> lines = TextRows(text);
    if (lines.empty() || !IsHeader(lines[0], kTrialHeader)) {
      throw Error(ErrorCode::kBadData,
                  At(path.string(), 1) + "an annotation starts with '" + kTrialHeader + "'");
    }
    expected.trials.push_back({path.stem().string(), static_cast<std::int64_t>(lines.size()) - 1});
  }
  return expected;
}

double SentinelCost(double p) {
  const double added = 25 * p / kVarianceSum;
  return added / (1 + added);
}

SubmissionReport CheckSubmission(const fs::path& path,
                                 const ExpectedSubmission& expected,
                                 int max_per_kind) {
  if (expected.trials.empty() || max_per_kind < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "submission check of '" + path.string() +
                    "': " + std::to_string(expected.trials.size()) + " expected trials and " +
                    std::to_string(max_per_kind) + " findings per kind; give at least one of each");
  }
  Checker checker;
  if (IsFolder(path)) {
    CheckFolder(path, expected, max_per_kind, &checker);
  } else {
    SingleFileCheck(path.string(), expected, max_per_kind, &checker).Check(ReadFile(path));
  }
  SubmissionReport& report = checker.report;
  if (report.trials > 1) {
    const std::string message = checker.whole.Message("the submission");
    if (!message.empty()) {
      report.findings.push_back(
          {FindingKind::kConstant, Severity::kWarning, path.string(), 0, message});
    }
  }
  if (report.sentinels > 0) {
    const double share = static_cast<double>(report.sentinels) / static_cast<double>(report.rows);
    report.findings.push_back({FindingKind::kSentinel,
                               Severity::kWarning,
                               path.string(),
                               0,
                               "-5 in " + std::to_string(report.sentinels) + " of " +
                                   std::to_string(report.rows) + " rows (" +
                                   FormatFixed(100 * share, 2) +
                                   " %): if these frames are annotated, the CCC falls by about " +
                                   FormatFixed(100 * SentinelCost(share), 1) + " %"});
  }
  report.ok = std::none_of(report.findings.begin(), report.findings.end(), [](const auto& finding) {
    return finding.severity == Severity::kError;
  });
  return std::move(checker.report);
}

std::string FormatReport(const SubmissionReport& report) {
  static const char* const names[] = {"error", "warning", "note"};
  std::string text;
  std::int64_t counts[3] = {};
  for (const SubmissionFinding& finding : report.findings) {
    const int severity = static_cast<int>(finding.severity);
    ++counts[severity];
    text += finding.file + ":" + (finding.line ? std::to_string(finding.line) + ":" : "") + " " +
            names[severity] + ": " + finding.message + " [" + FindingKindName(finding.kind) + "]\n";
  }
  text += std::string(report.ok ? "ok" : "not ok") + ": " + Counted(report.trials, "trial") + ", " +
          Counted(report.rows, "row") + "; " + Counted(counts[0], "error") + ", " +
          Counted(counts[1], "warning") + ", " + Counted(counts[2], "note") + "\n";
  return text;
}

}  // namespace circumplex
