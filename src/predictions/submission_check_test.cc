// SPDX-License-Identifier: Apache-2.0
#include "predictions/submission_check.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::TempFolder;

constexpr char kHeader[] = "valence,arousal\n";
constexpr char kSingle[] = "image_location,valence,arousal\n";
constexpr char kGood[] = "valence,arousal\n0.1,0.2\n-0.5,0.3\n0.25,1\n";

/// Findings of a folder with trial `a` of 3 rows, `text` being a.txt.
std::string OfTrial(const std::string& text, bool* ok = nullptr) {
  TempFolder folder;
  WriteFileAtomically(folder / "a.txt", text);
  const SubmissionReport report = CheckSubmission(folder.path(), {{{"a", 3}}, {}});
  if (ok) *ok = report.ok;
  std::string found;
  for (const SubmissionFinding& finding : report.findings) {
    found += fs::path(finding.file).filename() == "a.txt" ? "a.txt" : "folder";
    found += ":" + std::to_string(finding.line) + ": " + finding.message + " [" +
             FindingKindName(finding.kind) + "]\n";
  }
  return found;
}

TEST(SubmissionCheck, AcceptsAGoodFolder) {
  TempFolder folder;
  WriteFileAtomically(folder / "a.txt", kGood);
  WriteFileAtomically(folder / "b_left.txt", "valence,arousal\n0.1,0.2\n0.3,0.3\n");
  const SubmissionReport report = CheckSubmission(folder.path(), {{{"a", 3}, {"b_left", 0}}, {}});
  EXPECT_EQ(FormatReport(report), "ok: 2 trials, 5 rows; 0 errors, 0 warnings, 0 notes\n");
  EXPECT_TRUE(report.ok);
}

TEST(SubmissionCheck, Header) {
  bool ok = true;
  EXPECT_EQ(OfTrial("arousal,valence\n0.1,0.2\n-0.5,0.3\n0.25,1\n", &ok),
            "a.txt:1: the first line is 'arousal,valence'; it must be 'valence,arousal' "
            "[wrong-header]\n");
  EXPECT_FALSE(ok);
  // Without any header the first line is a row, not lost.
  EXPECT_EQ(OfTrial("0.1,0.2\n-0.5,0.3\n0.25,1\n"),
            "a.txt:1: the first line is '0.1,0.2'; it must be 'valence,arousal' [wrong-header]\n");
  EXPECT_EQ(
      OfTrial(""),
      "a.txt:0: 0 rows where 3 are expected; repeat the last one [row-count]\n"
      "a.txt:1: the file is empty; its first line must be 'valence,arousal' [wrong-header]\n");
}

// The reader refuses what the checker refuses: a header is one rule.
TEST(SubmissionCheck, AHeaderThatStartsWithACommaIsWrongForReaderAndChecker) {
  TempFolder folder;
  for (const std::string header : {",image_location,valence,arousal", ",valence,arousal"}) {
    const fs::path file = folder / "single.txt";
    WriteFileAtomically(file, header + "\na/00001.jpg,0.1,0.2\n");
    const SubmissionReport report = CheckSubmission(file, {{{"a", 1}}, {}});
    ASSERT_FALSE(report.findings.empty()) << header;
    EXPECT_EQ(report.findings[0].kind, FindingKind::kWrongHeader) << header;
    ErrorOf(ErrorCode::kBadData, [&] { ReadPredictions(file); });
    ErrorOf(ErrorCode::kBadData, [&] { ReadSample(file); });
  }
}

TEST(SubmissionCheck, RowCount) {
  EXPECT_EQ(OfTrial("valence,arousal\n0.1,0.2\n-0.5,0.3\n"),
            "a.txt:3: 2 rows where 3 are expected; repeat the last one [row-count]\n");
  EXPECT_EQ(OfTrial(std::string(kGood) + "0,0\n"),
            "a.txt:5: 4 rows where 3 are expected; cut the rows at the end [row-count]\n");
}

TEST(SubmissionCheck, Numbers) {
  bool ok = true;
  EXPECT_EQ(OfTrial("valence,arousal\n0.1,nan\nx,0.3\n1.5,0.2\n", &ok),
            "a.txt:2: arousal 'nan' is not a finite number; write one in [-1, 1] [not-a-number]\n"
            "a.txt:3: valence 'x' is not a finite number; write one in [-1, 1] [not-a-number]\n"
            "a.txt:4: valence '1.5' is outside [-1, 1]; clip the predictions [out-of-range]\n");
  EXPECT_FALSE(ok);
  EXPECT_EQ(OfTrial("valence,arousal\n0.1,0.2\n0.5\n1,0.7\n"),
            "a.txt:3: 1 field in '0.5' where 2 are needed [malformed-row]\n");
}

TEST(SubmissionCheck, SentinelAndItsCost) {
  bool ok = false;
  EXPECT_EQ(
      OfTrial("valence,arousal\n-5,-5\n-0.5,0.3\n0.25,1\n", &ok),
      "a.txt:2: -5 as a prediction; the row counts if its frame is annotated, hold the nearest "
      "prediction instead [sentinel]\n"
      "folder:0: -5 in 1 of 3 rows (33.33 %): if these frames are annotated, the CCC falls by "
      "about 96.3 % [sentinel]\n");
  // A warning: the file is valid and can be scored.
  EXPECT_TRUE(ok);
  // The figures of the challenge protocol: 0.1 % of the rows cost 7 %, 0.3 % about 19 %.
  EXPECT_NEAR(SentinelCost(0.001), 0.0725, 5e-5);
  EXPECT_NEAR(SentinelCost(0.003), 0.1899, 5e-5);
  EXPECT_EQ(SentinelCost(0), 0);
}

TEST(SubmissionCheck, ConstantPredictions) {
  bool ok = false;
  EXPECT_EQ(OfTrial("valence,arousal\n0.1,0.2\n0.1,0.3\n0.1,1\n", &ok),
            "a.txt:0: valence is 0.1 in all 3 rows of 'a'; a constant prediction has a CCC of 0, "
            "check the model and the faces found [constant]\n");
  EXPECT_TRUE(ok);
  TempFolder folder;
  for (const char* name : {"a.txt", "b.txt"})
    WriteFileAtomically(folder / name, "valence,arousal\n0,0\n0,0\n");
  const SubmissionReport report = CheckSubmission(folder.path(), {{{"a", 2}, {"b", 2}}, {}});
  ASSERT_EQ(report.findings.size(), 3u);
  EXPECT_EQ(report.findings[2].message,
            "valence is 0 and arousal is 0 in all 4 rows of the submission; a constant prediction "
            "has a CCC of 0, check the model and the faces found");
}

TEST(SubmissionCheck, ToleratedForms) {
  bool ok = false;
  EXPECT_EQ(OfTrial("valence,arousal\r\n0.1,0.2\r\n-0.5,0.3\r\n0.25,1", &ok),
            "a.txt:4: the last line does not end in a line feed [no-last-newline]\n");
  EXPECT_TRUE(ok);
  EXPECT_EQ(OfTrial("valence, arousal\n0.1,0.2\n-0.5, 0.3\n0.25,1\n\n\n", &ok),
            "a.txt:1: blanks in the header; remove them [blanks]\n"
            "a.txt:3: blanks in the row; remove them [blanks]\n"
            "a.txt:5: 2 empty lines after the last row; remove them [blanks]\n");
  EXPECT_TRUE(ok);
  EXPECT_EQ(OfTrial("valence,arousal\n0.1,0.2\n\n-0.5,0.3\n0.25,1\n", &ok),
            "a.txt:3: an empty line among the rows; remove it or write the frame's values "
            "[blank-row]\n");
  EXPECT_FALSE(ok);
}

TEST(SubmissionCheck, TrialsOfAFolder) {
  TempFolder folder;
  WriteFileAtomically(folder / "a.txt", kGood);
  WriteFileAtomically(folder / "c.txt", kGood);
  WriteFileAtomically(folder / "notes.md", "x");
  const SubmissionReport report = CheckSubmission(folder.path(), {{{"a", 3}, {"b", 3}}, {}});
  const std::string root = folder.path().string();
  EXPECT_EQ(FormatReport(report),
            root + ": note: 'notes.md' is no .txt file and was not read [other-file]\n" + root +
                ": error: no 'b.txt'; every trial of the list needs a file [missing-trial]\n" +
                root +
                "/c.txt: error: trial 'c' is not expected; check its name, suffix included "
                "[extra-trial]\n"
                "not ok: 2 trials, 6 rows; 2 errors, 0 warnings, 1 note\n");
}

TEST(SubmissionCheck, ManyFindingsAreCounted) {
  std::string text = kHeader;
  for (int i = 0; i < 10; ++i) text += "2,0." + std::to_string(i) + "\n";
  TempFolder folder;
  WriteFileAtomically(folder / "a.txt", text);
  const SubmissionReport report = CheckSubmission(folder.path(), {{{"a", 10}}, {}}, 2);
  ASSERT_EQ(report.findings.size(), 4u);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kConstant);
  EXPECT_EQ(report.findings[3].line, 4u);
  EXPECT_EQ(report.findings[3].message, "8 more findings of this kind, the last at line 11");
}

/// Findings of a single file against a sample of b (2 frames) then a (3 frames).
std::string OfSingle(const std::string& text, bool with_sample = true) {
  TempFolder folder;
  WriteFileAtomically(folder / "sample.txt",
                      std::string(kSingle) +
                          "b/00001.jpg,\nb/00002.jpg,\na/00001.jpg,\na/00002.jpg,\na/00003.jpg,\n");
  WriteFileAtomically(folder / "s.txt", text);
  ExpectedSubmission expected = ExpectSample(folder / "sample.txt");
  EXPECT_EQ(expected.trials.at(0).name, "b");
  EXPECT_EQ(expected.trials.at(1).rows, 3);
  if (!with_sample) expected.sample.clear();
  std::string found;
  for (const SubmissionFinding& finding : CheckSubmission(folder / "s.txt", expected).findings) {
    found += std::to_string(finding.line) + ": " + finding.message + " [" +
             FindingKindName(finding.kind) + "]\n";
  }
  return found;
}

TEST(SubmissionCheck, SingleFile) {
  const std::string b = "b/00001.jpg,0.1,0.2\nb/00002.jpg,0.2,0.3\n";
  const std::string a = "a/00001.jpg,0,0.1\na/00002.jpg,0.1,0.2\na/00003.jpg,0.3,0.3\n";
  for (const bool with_sample : {true, false})
    EXPECT_EQ(OfSingle(kSingle + b + a, with_sample), "");
  EXPECT_EQ(OfSingle(kSingle + a + b),
            "5: 'b/00001.jpg' comes after 'a/00003.jpg'; the sample has it before, keep the "
            "sample's order [wrong-order]\n"
            "6: 'b/00002.jpg' comes after 'a/00003.jpg'; the sample has it before, keep the "
            "sample's order [wrong-order]\n");
  EXPECT_EQ(OfSingle(kSingle + a + b, false), "");
  EXPECT_EQ(OfSingle(kSingle + b),
            "0: no row of trial 'a'; every trial of the list needs its rows [missing-trial]\n");
  EXPECT_EQ(OfSingle(kSingle + b + "a/00001.jpg,0,0.1\na/00003.jpg,0.3,0.3\n"),
            "5: 2 rows of trial 'a' where 3 are expected, the first missing is 'a/00002.jpg' "
            "[row-count]\n");
  EXPECT_EQ(OfSingle(kSingle + b + a + "a/00004.jpg,0,0\n"),
            "7: 'a/00004.jpg' is not in the sample; remove the row [row-count]\n");
  EXPECT_EQ(OfSingle(kSingle + b + a + "a/00002.jpg,0,0\n"),
            "7: 'a/00002.jpg' has a row already; remove one [repeated-row]\n");
  EXPECT_EQ(OfSingle(kSingle + b + a + "a/00002.jpg,0,0\n", false),
            "7: 'a/00002.jpg' has a row already; remove one [repeated-row]\n");
  EXPECT_EQ(OfSingle(kSingle + b + a + "c_left/00001.jpg,0,0\n"),
            "7: trial 'c_left' is not expected; check its name, suffix included [extra-trial]\n");
  EXPECT_EQ(OfSingle(kSingle + b + "a/00002.jpg,0.1,0.2\na/00001.jpg,0,0.1\na/00003.jpg,0.3,0.3\n",
                     false),
            "5: 'a/00001.jpg' comes after 'a/00002.jpg'; rows must be in frame order "
            "[wrong-order]\n");
  EXPECT_EQ(OfSingle(kSingle + b + a + "a,0,0\n"),
            "7: image_location 'a' must be <trial>/<number>.jpg with a number from 1 to 10000000 "
            "[malformed-row]\n");
  // A sample that was sent back unfilled.
  EXPECT_EQ(OfSingle(kSingle + b + "a/00001.jpg,\na/00002.jpg,0.1,0.2\na/00003.jpg,0.3,0.3\n"),
            "4: 2 fields in 'a/00001.jpg,' where 3 are needed [malformed-row]\n"
            "6: 2 rows of trial 'a' where 3 are expected, the first missing is 'a/00001.jpg' "
            "[row-count]\n");
}

TEST(SubmissionCheck, ExpectationsAndMisuse) {
  TempFolder folder;
  WriteFileAtomically(folder / "labels" / "a.txt", "valence,arousal\n-5,-5\n0,0\n");
  WriteFileAtomically(folder / "labels" / "b_right.txt", "valence,arousal\r\n0,0\r\n\r\n");
  const ExpectedSubmission expected = ExpectAnnotations(folder / "labels");
  ASSERT_EQ(expected.trials.size(), 2u);
  EXPECT_EQ(expected.trials[0].rows, 2);
  EXPECT_EQ(expected.trials[1].name, "b_right");
  EXPECT_EQ(expected.trials[1].rows, 1);
  WriteFileAtomically(folder / "labels" / "c.txt", "0,0\n");
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ExpectAnnotations(folder / "labels"); })
                .find("c.txt:1: an annotation starts with"),
            std::string::npos);
  ErrorOf(ErrorCode::kNotFound, [&] { ExpectAnnotations(folder / "none"); });
  ErrorOf(ErrorCode::kNotFound, [&] { CheckSubmission(folder / "none.txt", expected); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { CheckSubmission(folder.path(), {}); });
}

}  // namespace
}  // namespace circumplex
