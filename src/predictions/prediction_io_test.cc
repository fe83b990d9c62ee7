// SPDX-License-Identifier: Apache-2.0
#include "predictions/prediction_io.h"

#include <cmath>
#include <limits>

#include "core/files.h"
#include "core/rng.h"
#include "predictions/main_face.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr char kTrackHeader[] =
    "frame,face_id,timestamp,confidence,success,valence,arousal,filled,x,y,width,height\n";

VaFrame MakeFrame(
    std::int64_t frame, int face, FrameStatus status, double valence, double arousal) {
  VaFrame row;
  row.frame = frame;
  row.face_id = face;
  row.timestamp_s = static_cast<double>(frame) / 25;
  row.confidence = status == FrameStatus::kNoFace ? 0 : 0.75;
  row.status = status;
  row.valence = valence;
  row.arousal = arousal;
  row.box = {10.25, 20.5, 100, 120};
  return row;
}

void ExpectContains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text << "\nlacks: " << part;
}

TEST(TrackCsv, Bytes) {
  VaTrack track;
  track.name = "a";
  track.frames = {MakeFrame(0, 0, FrameStatus::kOk, 0.12345, -0.5),
                  MakeFrame(1, 0, FrameStatus::kNoFace, kNaN, kNaN)};
  track.frames[1].filled = true;
  track.frames[1].box = {};
  EXPECT_EQ(
      FormatTrackCsv(track),
      kTrackHeader + std::string("1,0,0.0000,0.7500,1,0.1235,-0.5000,0,10.25,20.50,100.00,120.00\n"
                                 "2,0,0.0400,0.0000,0,,,1,0.00,0.00,0.00,0.00\n"));
}

TEST(TrackCsv, RoundTripOnTheGridOfItsDecimals) {
  TempFolder folder;
  Rng rng(5);
  VaTrack track;
  track.name = "clip-1";
  const FrameStatus statuses[] = {
      FrameStatus::kOk, FrameStatus::kNoFace, FrameStatus::kLowConfidence};
  for (int i = 0; i < 300; ++i) {
    for (int face = 0; face <= static_cast<int>(rng.Below(3)); ++face) {
      const auto grid = [&] { return std::round(rng.Uniform(-1, 1) * 1e4) / 1e4; };
      VaFrame frame = MakeFrame(i, face, statuses[rng.Below(3)], grid(), grid());
      if (rng.Below(5) == 0) frame.valence = frame.arousal = kNaN;
      frame.filled = rng.Below(2) == 0;
      track.frames.push_back(frame);
    }
  }
  WriteTrackCsv(folder / "clip-1.csv", track);
  const VaTrack back = ParseTrackCsv(ReadFile(folder / "clip-1.csv"), "clip-1.csv");
  ASSERT_EQ(back.frames.size(), track.frames.size());
  for (std::size_t i = 0; i < back.frames.size(); ++i) {
    const VaFrame &a = track.frames[i], &b = back.frames[i];
    EXPECT_EQ(a.frame, b.frame);
    EXPECT_EQ(a.face_id, b.face_id);
    EXPECT_EQ(a.timestamp_s, b.timestamp_s);
    EXPECT_EQ(a.confidence, b.confidence);
    EXPECT_EQ(a.status, b.status);
    EXPECT_EQ(std::isnan(a.valence), std::isnan(b.valence));
    if (!std::isnan(a.valence)) {
      EXPECT_NEAR(a.valence, b.valence, 1e-15);
      EXPECT_NEAR(a.arousal, b.arousal, 1e-15);
    }
    EXPECT_EQ(a.filled, b.filled);
    EXPECT_EQ(a.box.x, b.box.x);
    EXPECT_EQ(a.box.height, b.box.height);
  }
  EXPECT_EQ(FormatTrackCsv(back), ReadFile(folder / "clip-1.csv"));
}

TEST(TrackCsv, FacesWithoutPredictionsAndOtherColumns) {
  const VaTrack track = ParseTrackCsv(
      "frame,face_id,timestamp,confidence,success,note\r\n1,0,0,0.9,1,hello\r\n3, 0 ,,0,0,\r\n",
      "f.csv");
  ASSERT_EQ(track.frames.size(), 2u);
  EXPECT_TRUE(std::isnan(track.frames[0].valence));
  EXPECT_EQ(track.frames[1].frame, 2);
  EXPECT_TRUE(std::isnan(track.frames[1].timestamp_s));
  const std::vector<PredictedFrame> frames = MainFace(track);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_FALSE(frames[0].present);
}

TEST(TrackCsv, NamesEveryDefect) {
  const auto defect = [](const std::string& rows) {
    return ErrorOf(ErrorCode::kBadData, [&] { ParseTrackCsv(kTrackHeader + rows, "f.csv"); });
  };
  const std::string good = "1,0,0,0.5,1,0,0,0,0,0,1,1\n";
  ExpectContains(defect("0,0,0,0.5,1,0,0,0,0,0,1,1\n"),
                 "f.csv:2: frame '0' must be a whole number from 1 to");
  ExpectContains(defect("99999999999,0,0,0.5,1,0,0,0,0,0,1,1\n"), "f.csv:2: frame '99999999999'");
  ExpectContains(defect(good + good), "f.csv:3: face '0' of frame '1' has a row already");
  ExpectContains(defect("2,0,0,0.5,1,0,0,0,0,0,1,1\n" + good),
                 "f.csv:3: frame '1' comes after frame 2");
  ExpectContains(defect("1,x,0,0.5,1,0,0,0,0,0,1,1\n"), "face_id 'x'");
  ExpectContains(defect("1,0,soon,0.5,1,0,0,0,0,0,1,1\n"),
                 "timestamp 'soon' must be a finite number");
  ExpectContains(defect("1,0,0,1.5,1,0,0,0,0,0,1,1\n"), "confidence '1.5' must lie in [0, 1]");
  ExpectContains(defect("1,0,0,,1,0,0,0,0,0,1,1\n"), "confidence ''");
  ExpectContains(defect("1,0,0,0.5,2,0,0,0,0,0,1,1\n"), "success '2'");
  ExpectContains(defect("1,0,0,0.5,1,nan,0,0,0,0,1,1\n"), "valence 'nan' must be a finite number");
  ExpectContains(defect("1,0,0,0.5,1,0,1e99,0,0,0,1,1\n"), "arousal '1e99'");
  ExpectContains(defect("1,0,0,0.5,1,0,0,yes,0,0,1,1\n"), "filled 'yes'");
  ExpectContains(defect("1,0,0,0.5,1,0,0,0,0,0,inf,1\n"), "width 'inf'");
  ExpectContains(defect("1,0,0,0.5,1,0,0,0,0,0,1\n"), "f.csv:2: 11 fields in");
  ExpectContains(ErrorOf(ErrorCode::kBadData, [] { ParseTrackCsv("frame,timestamp\n", "f.csv"); }),
                 "f.csv:1: no column 'face_id'");
  ExpectContains(ErrorOf(ErrorCode::kBadData, [] { ParseTrackCsv("", "f.csv"); }),
                 "f.csv:1: the file is empty");
}

TEST(TrialPrediction, ATargetThatNobodyPredictsIsAnEmptyColumn) {
  const testing_support::TempFolder folder;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  WriteTrialPrediction(folder / "a.txt", {"a", {{nan, 0.25}, {nan, -0.5}}});
  EXPECT_EQ(ReadFile(folder / "a.txt"), "valence,arousal\n,0.2500\n,-0.5000\n");
  const auto frames = ReadPredictions(folder / "a.txt").at("a");
  EXPECT_TRUE(frames[0].present);
  EXPECT_TRUE(std::isnan(frames[1].valence));
  EXPECT_EQ(frames[1].arousal, -0.5);
  // Some frames of a target are a gap, which nobody may write.
  ErrorOf(ErrorCode::kInvalidArgument, [&] {
    WriteTrialPrediction(folder / "b.txt", {"b", {{nan, 0.25}, {0.1, -0.5}}});
  });
  ErrorOf(ErrorCode::kInvalidArgument, [&] {
    WriteTrialPrediction(folder / "b.txt", {"b", {{nan, nan}}});
  });
  const auto defect = [&](const std::string& rows) {
    WriteFileAtomically(folder / "c.txt", "valence,arousal\n" + rows);
    return ErrorOf(ErrorCode::kBadData, [&] { ReadPredictions(folder / "c.txt"); });
  };
  ExpectContains(defect("0.1,0.2\n,0.2\n"), "c.txt:3: valence '' must be a finite number");
  ExpectContains(defect(",0.2\n0.1,0.2\n"), "c.txt:3: valence '0.1' in a column that is empty");
  ExpectContains(defect(",\n"), "c.txt:2: valence ''");
}

TEST(TrackCsv, AFrameWithOneTargetIsPresent) {
  VaTrack track;
  track.frames = {MakeFrame(0, 0, FrameStatus::kOk, 0.5, std::numeric_limits<double>::quiet_NaN())};
  const auto frames = MainFace(track);
  EXPECT_TRUE(frames[0].present);
  EXPECT_EQ(frames[0].valence, 0.5);
  EXPECT_TRUE(std::isnan(frames[0].arousal));
}

TEST(TrackCsv, RefusesUnorderedTracks) {
  VaTrack track;
  track.name = "t";
  track.frames = {MakeFrame(1, 0, FrameStatus::kOk, 0, 0), MakeFrame(0, 0, FrameStatus::kOk, 0, 0)};
  ExpectContains(ErrorOf(ErrorCode::kInvalidArgument, [&] { FormatTrackCsv(track); }),
                 "row 2 has frame 0");
  track.frames[1].frame = 1;
  ExpectContains(ErrorOf(ErrorCode::kInvalidArgument, [&] { FormatTrackCsv(track); }),
                 "repeats face 0");
}

TEST(MainFace, MostSeenFaceElseAnother) {
  VaTrack track;
  track.frames = {MakeFrame(0, 0, FrameStatus::kOk, 0.1, 0.1),
                  MakeFrame(0, 1, FrameStatus::kOk, 0.2, 0.2),
                  MakeFrame(1, 1, FrameStatus::kOk, 0.3, 0.3),
                  MakeFrame(2, 0, FrameStatus::kOk, 0.4, 0.4),
                  MakeFrame(2, 1, FrameStatus::kOk, kNaN, kNaN),
                  MakeFrame(4, 1, FrameStatus::kOk, 0.5, 0.5)};
  const std::vector<PredictedFrame> frames = MainFace(track);
  ASSERT_EQ(frames.size(), 5u);
  EXPECT_EQ(frames[0].valence, 0.2);
  EXPECT_EQ(frames[1].valence, 0.3);
  EXPECT_EQ(frames[2].valence, 0.4);
  EXPECT_FALSE(frames[3].present);
  EXPECT_EQ(frames[4].arousal, 0.5);
  EXPECT_TRUE(MainFace({}).empty());
}

// Under a confidence threshold the face of most frames need not be the one of most successes; crops
// and tracks go by frames, and a submission made from the track must take the same face.
TEST(MainFace, IsTheFaceOfMostFramesWhateverItsConfidence) {
  VaTrack track;
  for (int i = 0; i < 5; ++i) {
    track.frames.push_back(
        MakeFrame(i, 3, i < 2 ? FrameStatus::kOk : FrameStatus::kLowConfidence, 0.1, 0.1));
    if (i < 4) track.frames.push_back(MakeFrame(i, 7, FrameStatus::kOk, 0.9, 0.9));
  }
  // Rows that hold a place are not frames with a face.
  for (int i = 5; i < 9; ++i)
    track.frames.push_back(MakeFrame(i, 7, FrameStatus::kNoFace, 0.9, 0.9));
  EXPECT_EQ(MainFaceId(track), std::optional<int>(3));
  EXPECT_EQ(MainFaceId({{3, 5}, {7, 4}}), std::optional<int>(3));
  EXPECT_EQ(MainFaceId({{3, 4}, {7, 4}}), std::optional<int>(3));
  EXPECT_FALSE(MainFaceId(std::map<int, std::int64_t>()));
  const std::vector<PredictedFrame> frames = MainFace(track);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(frames[i].valence, 0.1) << i;
}

TEST(ChallengeFiles, TrialBytesAndRoundTrip) {
  TempFolder folder;
  const TrialPrediction prediction = {"4-30-1920x1080_left",
                                      {{0.5, 1.0}, {-0.00001, 0.12346}, {-5.0, -5.0}}};
  WriteTrialPrediction(folder / "4-30-1920x1080_left.txt", prediction);
  EXPECT_EQ(ReadFile(folder / "4-30-1920x1080_left.txt"),
            "valence,arousal\n0.5000,1.0000\n0.0000,0.1235\n-5.0000,-5.0000\n");
  const PredictionMap back = ReadPredictions(folder / "4-30-1920x1080_left.txt");
  ASSERT_EQ(back.size(), 1u);
  const std::vector<PredictedFrame>& frames = back.at(prediction.trial);
  const std::vector<Va> expected = {{0.5, 1.0}, {0.0, 0.1235}, {-5.0, -5.0}};
  ASSERT_EQ(frames.size(), expected.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_TRUE(frames[i].present);
    EXPECT_EQ(Va(frames[i]), expected[i]) << i;
  }
}

TEST(ChallengeFiles, TrialDefects) {
  TempFolder folder;
  const auto defect = [&](const std::string& text) {
    WriteFileAtomically(folder / "t.txt", text);
    return ErrorOf(ErrorCode::kBadData, [&] { ReadPredictions(folder / "t.txt"); });
  };
  ExpectContains(defect(""), "t.txt:1: the file is empty");
  ExpectContains(defect("v,a\n0,0\n"),
                 "t.txt:1: unknown header 'v,a'; a prediction file starts with 'valence,arousal', "
                 "'image_location,valence,arousal' or 'frame,face_id,...'");
  ExpectContains(defect("valence,arousal\n0,0\nnan,0\n"),
                 "t.txt:3: valence 'nan' must be a finite number");
  ExpectContains(defect("valence,arousal\n0\n"), "t.txt:2: 1 fields in '0' where the header has 2");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ExpectContains(ErrorOf(ErrorCode::kInvalidArgument,
                         [&] {
                           WriteTrialPrediction(folder / "n.txt", {"n", {{0, 0}, {nan, 0}}});
                         }),
                 "prediction of 'n': frame 2 is (nan, 0)");
  EXPECT_FALSE(std::filesystem::exists(folder / "n.txt"));
}

TEST(ChallengeFiles, ResizeRepeatsTheLastFrameOrCuts) {
  const TrialPrediction prediction = {"t", {{1, 4}, {2, 5}, {3, 6}}};
  EXPECT_EQ(ResizeToRows(prediction, 5).values,
            (std::vector<Va>{{1, 4}, {2, 5}, {3, 6}, {3, 6}, {3, 6}}));
  EXPECT_EQ(ResizeToRows(prediction, 2).values, (std::vector<Va>{{1, 4}, {2, 5}}));
  EXPECT_TRUE(ResizeToRows({"t", {}}, 0).values.empty());
  ErrorOf(ErrorCode::kInvalidArgument, [] { ResizeToRows({"t", {}}, 1); });
}

TEST(ChallengeFiles, SampleOfBothStylesAndSingleFile) {
  TempFolder folder;
  WriteFileAtomically(folder / "abaw5.txt",
                      "image_location,valence,arousal\n2-30-640x360/00001.jpg,\n2-30-640x360/"
                      "00002.jpg,\n9/00001.jpg,");
  WriteFileAtomically(folder / "abaw6.txt",
                      "image_location,valence,arousal\r\n2-30-640x360/00001.jpg,0.5,-0.5\r\n"
                      "2-30-640x360/00002.jpg,0.5,-0.5\r\n9/00001.jpg,0.5,-0.5\r\n");
  const std::vector<TrialPrediction> predictions = {
      {"9", {{0.25, -0.25}}}, {"2-30-640x360", {{0.1, 0}, {0.2, 0}, {0.3, 0}}}};
  for (const char* name : {"abaw5.txt", "abaw6.txt"}) {
    const std::vector<SampleRow> sample = ReadSample(folder / name);
    ASSERT_EQ(sample.size(), 3u);
    EXPECT_EQ(sample[1].trial, "2-30-640x360");
    EXPECT_EQ(sample[1].frame, 1);
    WriteSingleFile(folder / "out.txt", sample, predictions);
    EXPECT_EQ(ReadFile(folder / "out.txt"),
              "image_location,valence,arousal\n2-30-640x360/00001.jpg,0.1000,0.0000\n"
              "2-30-640x360/00002.jpg,0.2000,0.0000\n9/00001.jpg,0.2500,-0.2500\n");
    const PredictionMap back = ReadPredictions(folder / "out.txt");
    ASSERT_EQ(back.size(), 2u);
    ASSERT_EQ(back.at("2-30-640x360").size(), 2u);
    EXPECT_EQ(back.at("2-30-640x360")[1].valence, 0.2);
    EXPECT_EQ(back.at("9")[0].arousal, -0.25);
  }
}

TEST(ChallengeFiles, SingleFileDefects) {
  TempFolder folder;
  const std::string header = "image_location,valence,arousal\n";
  const auto defect = [&](const std::string& text) {
    WriteFileAtomically(folder / "s.txt", text);
    return ErrorOf(ErrorCode::kBadData, [&] { ReadPredictions(folder / "s.txt"); });
  };
  ExpectContains(defect(header + "a/1.jpg,0,0\na/1.jpg,0,0\n"),
                 "s.txt:3: the frame 'a/1.jpg' has a row already");
  ExpectContains(defect(header + "a/0.jpg,0,0\n"), "s.txt:2: image_location 'a/0.jpg'");
  ExpectContains(defect(header + "/1.jpg,0,0\n"), "image_location '/1.jpg'");
  ExpectContains(defect(header + "00001.jpg,0,0\n"), "image_location '00001.jpg'");
  ExpectContains(defect(header + "a/one.jpg,0,0\n"), "image_location 'a/one.jpg'");
  ExpectContains(defect(header + "a/1.jpg,0.1,\n"), "s.txt:2: arousal '' must be a finite number");
  ExpectContains(defect(header + "a/9999999.jpg,0,0\n"), "too large for a file of 1 rows");
  ExpectContains(defect("image_location,valence\na/1.jpg,0\n"), "s.txt:1: unknown header");
  const std::vector<SampleRow> sample = {{"a/00002.jpg", "a", 1}};
  ExpectContains(
      ErrorOf(ErrorCode::kInvalidArgument, [&] { WriteSingleFile(folder / "o", sample, {}); }),
      "no prediction for trial 'a'");
  ExpectContains(ErrorOf(ErrorCode::kInvalidArgument,
                         [&] {
                           WriteSingleFile(folder / "o", sample, {{"a", {{0, 0}}}});
                         }),
                 "frame 2 of 'a', 1 frames were predicted");
  WriteFileAtomically(folder / "sample.txt", "name\na/1.jpg\n");
  ErrorOf(ErrorCode::kBadData, [&] { ReadSample(folder / "sample.txt"); });
}

TEST(ReadPredictions, EveryPlaceGivesTheSame) {
  TempFolder folder;
  const TrialPrediction a = {"a", {{0.5, -0.5}, {0.25, 0}}}, b = {"b", {{-1, 1}}};
  VaTrack track_a, track_b;
  for (int i = 0; i < 2; ++i)
    track_a.frames.push_back(
        MakeFrame(i, 0, FrameStatus::kOk, a.values[i].valence, a.values[i].arousal));
  track_b.frames.push_back(MakeFrame(0, 0, FrameStatus::kOk, -1, 1));
  WriteTrialPrediction(folder / "trials/a.txt", a);
  WriteTrialPrediction(folder / "trials/b.txt", b);
  WriteFileAtomically(folder / "trials/notes.md", "not a prediction");
  WriteTrackCsv(folder / "tracks/a.csv", track_a);
  WriteTrackCsv(folder / "tracks/b.csv", track_b);
  WriteSingleFile(folder / "single.txt",
                  {{"a/1.jpg", "a", 0}, {"a/2.jpg", "a", 1}, {"b/1.jpg", "b", 0}},
                  {a, b});
  for (const char* place : {"trials", "tracks", "single.txt"}) {
    SCOPED_TRACE(place);
    const PredictionMap map = ReadPredictions(folder / place);
    ASSERT_EQ(map.size(), 2u);
    ASSERT_EQ(map.at("a").size(), 2u);
    ASSERT_EQ(map.at("b").size(), 1u);
    EXPECT_EQ(map.at("a")[0].valence, 0.5);
    EXPECT_EQ(map.at("a")[1].arousal, 0.0);
    EXPECT_TRUE(map.at("a")[1].present);
    EXPECT_EQ(map.at("b")[0].valence, -1.0);
  }
  EXPECT_EQ(ReadPredictions(folder / "trials/a.txt").at("a")[1].valence, 0.25);
  EXPECT_EQ(ReadPredictions(folder / "tracks/b.csv").at("b")[0].arousal, 1.0);

  WriteTrialPrediction(folder / "tracks/a.txt", a);
  ExpectContains(ErrorOf(ErrorCode::kBadData, [&] { ReadPredictions(folder / "tracks"); }),
                 "trial 'a' was read");
  WriteFileAtomically(folder / "trials/log.txt", "epoch 1\n");
  ExpectContains(ErrorOf(ErrorCode::kBadData, [&] { ReadPredictions(folder / "trials"); }),
                 "log.txt:1: unknown header 'epoch 1'");
  std::filesystem::create_directory(folder / "empty");
  ErrorOf(ErrorCode::kNotFound, [&] { ReadPredictions(folder / "empty"); });
  ErrorOf(ErrorCode::kNotFound, [&] { ReadPredictions(folder / "absent"); });
}

}  // namespace
}  // namespace circumplex
