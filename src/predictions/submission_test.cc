// SPDX-License-Identifier: Apache-2.0
#include "predictions/submission.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/csv.h"
#include "core/files.h"
#include "core/rng.h"
#include "labels/annotation_io.h"
#include "predictions/provenance.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// One face; NaN = a frame without a value.
VaTrack TrackOf(const std::vector<double>& values) {
  VaTrack track;
  for (std::size_t i = 0; i < values.size(); ++i) {
    VaFrame frame;
    frame.frame = static_cast<std::int64_t>(i);
    frame.status = std::isnan(values[i]) ? FrameStatus::kNoFace : FrameStatus::kOk;
    frame.valence = values[i];
    frame.arousal = -values[i];
    track.frames.push_back(frame);
  }
  return track;
}

std::vector<double> Valence(const std::vector<double>& values, std::int64_t rows, GapFill rule) {
  const TrialPrediction prediction = SubmissionTrial(TrackOf(values), "t", rows, rule);
  std::vector<double> valence;
  for (const Va& value : prediction.values) {
    EXPECT_TRUE(value.arousal == -value.valence || (value.valence == -5 && value.arousal == -5));
    valence.push_back(value.valence);
  }
  return valence;
}

TEST(Submission, ATrackOfOneTargetIsRefused) {
  VaTrack track = TrackOf({0.1, kNaN, 0.3});
  for (VaFrame& frame : track.frames) frame.arousal = kNaN;
  for (const GapFill rule : {GapFill::kPaper, GapFill::kHold}) {
    EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument, [&] { SubmissionTrial(track, "t", -1, rule); })
                  .find("trial 't' has no prediction of arousal"),
              std::string::npos);
  }
}

TEST(Submission, EveryRuleAndRowCount) {
  const std::vector<double> gaps = {kNaN, 0.25, kNaN, kNaN, kNaN, 0.75, kNaN};
  using Values = std::vector<double>;
  EXPECT_EQ(Valence(gaps, -1, GapFill::kPaper), (Values{-5, 0.25, 0.25, 0.25, 0.25, 0.75, 0.75}));
  EXPECT_EQ(Valence(gaps, -1, GapFill::kHold), (Values{0.25, 0.25, 0.25, 0.25, 0.25, 0.75, 0.75}));
  EXPECT_EQ(Valence(gaps, -1, GapFill::kNearest),
            (Values{0.25, 0.25, 0.25, 0.25, 0.75, 0.75, 0.75}));
  EXPECT_EQ(Valence(gaps, -1, GapFill::kLinear),
            (Values{0.25, 0.25, 0.375, 0.5, 0.625, 0.75, 0.75}));
  // Rows that the track lacks hold its last value; frames beyond the rows are cut, but not before
  // they have served as the other end of a gap.
  EXPECT_EQ(Valence({0.5, 0.25}, 4, GapFill::kPaper), (Values{0.5, 0.25, 0.25, 0.25}));
  EXPECT_EQ(Valence({0, kNaN, 1}, 2, GapFill::kLinear), (Values{0, 0.5}));
  // No face at all.
  EXPECT_EQ(Valence({kNaN, kNaN}, 3, GapFill::kHold), (Values{0, 0, 0}));
  EXPECT_EQ(Valence({}, 2, GapFill::kPaper), (Values{-5, -5}));
}

TEST(Submission, WritesBothFormsFromSampleAnnotationsOrFrames) {
  TempFolder folder;
  WriteFileAtomically(folder / "sample.txt",
                      "image_location,valence,arousal\nb_left/00001.jpg,\nb_left/00002.jpg,\n"
                      "a/00001.jpg,0.5,-0.5\n");
  WriteVaAnnotation(folder / "labels/Train_Set/a.txt", {{{0, 0}, true}});
  WriteVaAnnotation(folder / "labels/Validation_Set/b_left.txt", {{{0, 0}, true}, {}});
  const ExpectedSubmission sample = ExpectRows(folder / "sample.txt");
  const ExpectedSubmission labels = ExpectRows(folder / "labels");
  ASSERT_EQ(labels.trials.size(), 2u);
  EXPECT_EQ(labels.trials[1].rows, 2);
  const std::vector<TrialPrediction> predictions = {
      SubmissionTrial(TrackOf({0.25}), "a", 1, GapFill::kHold),
      SubmissionTrial(TrackOf({0.5, 1, 0.125}), "b_left", 2, GapFill::kHold)};

  WriteSubmission(folder / "one.txt", SubmissionForm::kSingleFile, sample, predictions);
  EXPECT_EQ(ReadFile(folder / "one.txt"),
            "image_location,valence,arousal\nb_left/00001.jpg,0.5000,-0.5000\n"
            "b_left/00002.jpg,1.0000,-1.0000\na/00001.jpg,0.2500,-0.2500\n");
  WriteSubmission(folder / "two.txt", SubmissionForm::kSingleFile, labels, predictions);
  EXPECT_EQ(SplitLines(ReadFile(folder / "two.txt"))[1], "a/00001.jpg,0.2500,-0.2500");
  WriteSubmission(folder / "out", SubmissionForm::kPerTrial, sample, predictions);
  EXPECT_EQ(ReadFile(folder / "out/b_left.txt"),
            "valence,arousal\n0.5000,-0.5000\n1.0000,-1.0000\n");
  WriteSubmission(folder / "frames.txt", SubmissionForm::kSingleFile, {}, predictions);
  EXPECT_EQ(SplitLines(ReadFile(folder / "frames.txt")).size(), 4u);
  for (const char* path : {"one.txt", "out"}) {
    const SubmissionReport report = CheckSubmission(folder / path, sample);
    EXPECT_TRUE(report.ok) << FormatReport(report);
  }

  EXPECT_EQ(ErrorOf(ErrorCode::kInvalidArgument,
                    [&] {
                      WriteSubmission(
                          folder / "no", SubmissionForm::kPerTrial, sample, {predictions[0]});
                    }),
            "no prediction for trial 'b_left'; every expected trial needs one");
  EXPECT_EQ(ErrorOf(ErrorCode::kInvalidArgument,
                    [&] {
                      WriteSubmission(
                          folder / "no",
                          SubmissionForm::kPerTrial,
                          sample,
                          {predictions[1], SubmissionTrial(TrackOf({0}), "a", 3, GapFill::kHold)});
                    }),
            "trial 'a' has 3 rows where 1 are expected");
  EXPECT_FALSE(std::filesystem::exists(folder / "no"));
}

// Trials need not stand in one piece: every row keeps its place and its own frame.
TEST(Submission, FollowsASampleWhoseTrialsAreMixed) {
  TempFolder folder;
  WriteFileAtomically(folder / "sample.txt",
                      "image_location,valence,arousal\nb/00002.jpg,\na/00001.jpg,\nb/00001.jpg,\n"
                      "a/00003.jpg,\na/00002.jpg,\n");
  const ExpectedSubmission expected = ExpectRows(folder / "sample.txt");
  WriteSubmission(folder / "one.txt",
                  SubmissionForm::kSingleFile,
                  expected,
                  {SubmissionTrial(TrackOf({0.1, 0.2, 0.3}), "a", 3, GapFill::kHold),
                   SubmissionTrial(TrackOf({0.4, 0.5}), "b", 2, GapFill::kHold)});
  EXPECT_EQ(ReadFile(folder / "one.txt"),
            "image_location,valence,arousal\nb/00002.jpg,0.5000,-0.5000\n"
            "a/00001.jpg,0.1000,-0.1000\nb/00001.jpg,0.4000,-0.4000\n"
            "a/00003.jpg,0.3000,-0.3000\na/00002.jpg,0.2000,-0.2000\n");
  EXPECT_TRUE(CheckSubmission(folder / "one.txt", expected).ok);
}

TEST(Submission, RandomTracksSurviveWritingCheckingAndReading) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    TempFolder folder;
    Rng rng(seed, "submission");
    ExpectedSubmission expected;
    std::vector<TrialPrediction> predictions;
    const std::size_t trials = 1 + rng.Below(5);
    for (std::size_t t = 0; t < trials; ++t) {
      const std::string name = "t" + std::to_string(t) + (rng.Below(2) ? "_left" : "");
      std::vector<double> values(rng.Below(40));
      for (double& value : values) value = rng.Below(3) ? rng.Uniform(-1, 1) : kNaN;
      const auto rows = static_cast<std::int64_t>(1 + rng.Below(45));
      const auto rule = static_cast<GapFill>(rng.Below(4));
      expected.trials.push_back({name, rows});
      predictions.push_back(SubmissionTrial(TrackOf(values), name, rows, rule));
    }
    WriteSubmission(folder / "one.txt", SubmissionForm::kSingleFile, expected, predictions);
    WriteSubmission(folder / "all", SubmissionForm::kPerTrial, expected, predictions);
    for (const char* path : {"one.txt", "all"}) {
      EXPECT_TRUE(CheckSubmission(folder / path, expected).ok) << seed;
      PredictionMap read = ReadPredictions(folder / path);
      ASSERT_EQ(read.size(), predictions.size());
      for (const TrialPrediction& prediction : predictions) {
        const std::vector<PredictedFrame>& frames = read[prediction.trial];
        ASSERT_EQ(frames.size(), prediction.values.size());
        for (std::size_t i = 0; i < frames.size(); ++i) {
          EXPECT_TRUE(frames[i].present);
          EXPECT_NEAR(frames[i].valence, prediction.values[i].valence, 5.1e-5);
          EXPECT_NEAR(frames[i].arousal, prediction.values[i].arousal, 5.1e-5);
        }
      }
    }
  }
}

TEST(Provenance, StandsBesideThePredictionsAndIsFoundFromThem) {
  TempFolder folder;
  const Provenance written = {"runs/ours/model", "0123456789abcdef", "hold", {"171", "x_left"}};
  WriteFileAtomically(folder / "out/1.txt", "valence,arousal\n0,0\n");
  EXPECT_FALSE(FindProvenance(folder / "out").has_value());
  WriteProvenance(folder / "out/", written);
  EXPECT_TRUE(std::filesystem::exists(folder / "out.provenance.json"));
  for (const char* place : {"out", "out/", "out/1.txt"}) {
    const auto read = FindProvenance(folder / place);
    ASSERT_TRUE(read.has_value()) << place;
    EXPECT_EQ(read->model, written.model);
    EXPECT_EQ(read->fingerprint, written.fingerprint);
    EXPECT_EQ(read->gap_fill, "hold");
    EXPECT_EQ(read->trained_on, written.trained_on);
  }
  const auto defect = [&](const std::string& text) {
    WriteFileAtomically(folder / "out.provenance.json", text);
    const std::string message =
        ErrorOf(ErrorCode::kBadData, [&] { FindProvenance(folder / "out"); });
    const std::string file = (folder / "out.provenance.json").string();
    EXPECT_EQ(message.find(file), 0u) << message;
    return message.substr(std::min(message.size(), file.size()));
  };
  const auto with_schema = [](const std::string& schema) {
    return "{\"schema\": " + schema +
           R"(, "model": "", "fingerprint": "", "gap_fill": "", "trained_on": []})";
  };
  EXPECT_NE(defect("{").find("not JSON"), std::string::npos);
  EXPECT_NE(defect("[]").find("the document is []"), std::string::npos);
  EXPECT_NE(defect("{\"schema\": 1, \"model\": 3}").find("'model' is 3"), std::string::npos);
  EXPECT_EQ(defect(with_schema("2")),
            ": schema 2, this program reads schema 1; predict again, or remove the file");
  // Outside int, where a conversion is undefined, or wraps: 2^32 + 1 is 1 in 32 bits.
  for (const char* schema : {"3.3e47", "4294967297", "18446744073709551615", "1.5", "\"1\""}) {
    const std::string message = defect(with_schema(schema));
    EXPECT_NE(message.find("'schema' is "), std::string::npos) << message;
    EXPECT_NE(message.find("whole number"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace circumplex
