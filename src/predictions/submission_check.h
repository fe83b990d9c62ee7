// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "predictions/prediction_io.h"

namespace circumplex {

// Reads a finished submission back and says what an organiser's program would stumble over.

/// One trial that the submission must hold.
struct ExpectedTrial {
  std::string name;
  std::int64_t rows = 0;  ///< 0 = unknown: the number of rows is not checked.
};

/// What a submission is compared with.
struct ExpectedSubmission {
  std::vector<ExpectedTrial> trials;
  std::vector<SampleRow> sample;  ///< Not empty: a single file must have these rows in this order.
};

/// Trials and rows of a challenge's sample file. @throws as ReadSample.
ExpectedSubmission ExpectSample(const std::filesystem::path& sample);
/// Trials and rows of a folder of annotations (see AnnotationFiles; header, one row per frame;
/// values are not read). @throws Error kNotFound: no folder, or none in it; kBadData: a file
/// without a header.
ExpectedSubmission ExpectAnnotations(const std::filesystem::path& folder);

enum class FindingKind {
  kWrongHeader,   ///< The first line is not the challenge's.
  kMissingTrial,  ///< An expected trial has no file or no row.
  kExtraTrial,    ///< A file, or rows, of a trial that nobody expects.
  kRowCount,      ///< Another number of rows than expected.
  kRepeatedRow,   ///< A frame of a single file has a row already.
  kWrongOrder,    ///< Rows of a single file in another order than the sample's.
  kMalformedRow,  ///< Another number of fields, or an image_location that is none.
  kNotANumber,    ///< Not a finite number.
  kOutOfRange,    ///< Outside [-1, 1] and not -5.
  kBlankRow,      ///< An empty line among the rows: it shifts all later frames.
  kSentinel,      ///< -5 as a prediction.
  kConstant,      ///< All rows of a trial, or of all trials, have one value.
  kBlanks,        ///< Blanks or tabs around a field, or empty lines at the end.
  kNoLastNewline,
  kOtherFile,  ///< A file in the folder that is no `.txt`.
};
/// e.g. "wrong-header".
const char* FindingKindName(FindingKind kind);

enum class Severity { kError, kWarning, kNote };

struct SubmissionFinding {
  FindingKind kind = FindingKind::kWrongHeader;
  Severity severity = Severity::kError;
  std::string file;
  std::size_t line = 0;  ///< From 1; 0 = the whole file or folder.
  std::string message;   ///< What, the value, and what to do.
};

struct SubmissionReport {
  std::vector<SubmissionFinding> findings;  ///< By file, then line.
  bool ok = true;                           ///< No finding is an error.
  std::int64_t trials = 0, rows = 0;        ///< Read from the submission.
  std::int64_t sentinels = 0;               ///< Rows with -5 in a column.
};

/// Checks a folder of `<trial>.txt` (ABAW1 to ABAW3: header `valence,arousal`) or one single file
/// (ABAW5 and later: `image_location,valence,arousal`) without stopping at the first defect.
///
/// Per file and kind the first `max_per_kind` findings are given one by one; one more gives the
/// number of the rest. Errors: header, trials, rows, order, numbers, range, blank rows. Warnings:
/// -5, constant predictions. Notes: what readers tolerate.
///
/// Cost of -5 in a share p of the rows (challenge protocol; both variances taken as 0.16):
///
///     CCC falls by about 1 - 1 / (1 + 25 p / 0.32)
///
/// @param max_per_kind  >= 1.
/// @throws Error kNotFound: `path` is missing; kIo; kInvalidArgument: max_per_kind, or nothing
/// expected. Cost O(rows). Thread-safe.
SubmissionReport CheckSubmission(const std::filesystem::path& path,
                                 const ExpectedSubmission& expected,
                                 int max_per_kind = 5);

/// Share of the CCC that predictions of -5 in a share `p` of the rows cost, see CheckSubmission.
double SentinelCost(double p);

/// A line per finding, `file:line: severity: message [kind]`, and a last line with the verdict.
std::string FormatReport(const SubmissionReport& report);

}  // namespace circumplex
