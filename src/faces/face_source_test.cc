// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "circumplex/log.h"

#include "core/csv.h"
#include "core/files.h"
#include "faces/crop_folder_source.h"
#include "faces/crop_writer.h"
#include "faces/video_face_source.h"
#include "support/test_files.h"
#include "video/image_io.h"
#include "video/resize.h"
#include "video/video_writer.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::SharedFolder;
using testing_support::TempFolder;

Image Flat(int height, int width, int value) {
  Image image(height, width, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), static_cast<std::uint8_t>(value));
  return image;
}

std::vector<FrameFaces> ReadAll(FaceSource& source) {
  std::vector<FrameFaces> frames;
  while (auto frame = source.Next()) frames.push_back(std::move(*frame));
  return frames;
}

FaceOptions YunetOptions() {
  FaceOptions options;
  options.detector = "yunet=" + (SharedFolder() / "samples/models/yunet_n_640_640.onnx").string();
  return options;
}

TEST(Detectors, WrongNamesAndFilesAreExplained) {
  const TempFolder folder;
  WriteFileAtomically(folder / "text.onnx", "hello, this is no network");
  const auto make = [](const std::string& detector) {
    FaceOptions options;
    options.detector = detector;
    return MakeDetector(options);
  };
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions, [&] { make("mtcnn"); }).find("yunet=FILE"),
            std::string::npos);
  ErrorOf(ErrorCode::kInvalidOptions, [&] { make("yunet="); });
  ErrorOf(ErrorCode::kBadModel, [&] { make("yunet=" + (folder / "none.onnx").string()); });
  EXPECT_NE(ErrorOf(ErrorCode::kBadModel, [&] { make("yunet=" + (folder / "text.onnx").string()); })
                .find("text.onnx"),
            std::string::npos);
  ErrorOf(ErrorCode::kBadModel, [&] { LandmarkPredictor(folder / "text.onnx"); });
  ErrorOf(ErrorCode::kBadModel, [&] { LandmarkPredictor(folder / "none.dat"); });
  FaceOptions options;
  options.crop_size = 10;
  ErrorOf(ErrorCode::kInvalidOptions, [&] { FaceFinder finder(options); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { make("dlib")->Detect(Image(10, 10, 1)); });
}

TEST(Detectors, SuppressionKeepsTheMostConfident) {
  std::vector<Detection> detections(3);
  detections[0].box = {0, 0, 10, 10};
  detections[0].confidence = 0.6;
  detections[1].box = {1, 0, 10, 10};
  detections[1].confidence = 0.9;
  detections[2].box = {30, 0, 10, 10};
  detections[2].confidence = 0.7;
  const auto kept = SuppressOverlaps(detections, 0.3);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].confidence, 0.9);
  EXPECT_EQ(kept[1].confidence, 0.7);
  EXPECT_EQ(SuppressOverlaps(detections, 0.95).size(), 3u);
}

TEST(VideoFaceSource, FacelessVideoYieldsEveryFrame) {
  const TempFolder folder;
  {
    VideoWriter writer(folder / "flat.mp4", 10, 96, 128);
    for (int i = 0; i < 25; ++i) writer.Write(Flat(96, 128, 60 + 4 * i));
    writer.Finish();
  }
  std::string summary;
  SetLogSink([&](LogLevel, const std::string&, const std::string& message) { summary = message; });
  VideoFaceSource source(folder / "flat.mp4", {}, true);
  EXPECT_EQ(source.name(), "flat");
  EXPECT_NEAR(source.frame_rate(), 10, 1e-6);
  EXPECT_EQ(source.expected_frames(), 25);
  const auto frames = ReadAll(source);
  SetLogSink({});
  ASSERT_EQ(frames.size(), 25u);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].frame, static_cast<std::int64_t>(i));
    EXPECT_NEAR(frames[i].timestamp_s, 0.1 * static_cast<double>(i), 1e-3);
    EXPECT_TRUE(frames[i].faces.empty());
    ASSERT_EQ(frames[i].image.height, 96);
    EXPECT_NEAR(frames[i].image.Row(48)[3 * 64], 60 + 4 * static_cast<int>(i), 6);
  }
  EXPECT_NE(summary.find("25 without"), std::string::npos) << summary;
  EXPECT_FALSE(source.Next().has_value());
  EXPECT_FALSE(source.truncated());
}

TEST(VideoFaceSource, CanBeLeftBeforeTheEnd) {
  const TempFolder folder;
  {
    VideoWriter writer(folder / "flat.avi", 10, 64, 64);
    for (int i = 0; i < 60; ++i) writer.Write(Flat(64, 64, 100));
    writer.Finish();
  }
  FaceOptions options;
  VideoFaceSource source(folder / "flat.avi", options);
  EXPECT_TRUE(source.Next().has_value());
  EXPECT_TRUE(source.Next().has_value());
}

TEST(CropFolderSource, MissingNumbersAreFramesWithoutAFace) {
  const TempFolder folder;
  const auto crops = folder / "person_left";
  WriteImage(crops / "00002.png", Flat(112, 112, 50));
  WriteImage(crops / "00003.png", Flat(224, 224, 60));
  WriteImage(crops / "00005.png", Flat(112, 112, 70));
  CropFolderOptions options;
  options.frame_rate = 25;
  options.num_rows = 7;
  CropFolderSource source(crops, options);
  EXPECT_EQ(source.name(), "person_left");
  EXPECT_EQ(source.expected_frames(), 7);
  const auto frames = ReadAll(source);
  ASSERT_EQ(frames.size(), 7u);
  const std::vector<int> expected = {-1, 50, 60, -1, 70, -1, -1};
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(frames[i].frame, static_cast<std::int64_t>(i));
    EXPECT_NEAR(frames[i].timestamp_s, static_cast<double>(i) / 25, 1e-12);
    EXPECT_TRUE(frames[i].decodable);
    ASSERT_EQ(frames[i].faces.size(), expected[i] < 0 ? 0u : 1u) << i;
    if (expected[i] < 0) continue;
    const Face& face = frames[i].faces[0];
    EXPECT_EQ(face.face_id, 0);
    EXPECT_EQ(face.confidence, 1);
    EXPECT_EQ(face.crop.height, 112);
    EXPECT_EQ(face.crop.width, 112);
    EXPECT_EQ(face.crop.pixels[500], expected[i]);
  }
  CropFolderSource to_the_end(crops);
  EXPECT_EQ(ReadAll(to_the_end).size(), 5u);
  options.num_rows = 3;
  CropFolderSource cut(crops / "", options);
  EXPECT_EQ(cut.name(), "person_left");
  EXPECT_EQ(ReadAll(cut).size(), 3u);
}

TEST(CropFolderSource, DefectsOfFoldersAndPictures) {
  const TempFolder folder;
  ErrorOf(ErrorCode::kNotFound, [&] { CropFolderSource source(folder / "none"); });
  ErrorOf(ErrorCode::kBadData, [&] { CropFolderSource source(folder.path()); });
  WriteImage(folder / "00001.png", Flat(112, 112, 50));
  WriteFileAtomically(folder / "00002.png", "broken");
  const std::string whole = EncodeImage(Flat(112, 112, 90), ".jpg");
  WriteFileAtomically(folder / "00004.jpg", whole.substr(0, whole.size() - 20));
  CropFolderOptions options;
  options.crop_size = 20;
  ErrorOf(ErrorCode::kInvalidOptions, [&] { CropFolderSource source(folder.path(), options); });
  std::vector<std::string> warnings;
  SetLogSink([&](LogLevel, const std::string&, const std::string& message) {
    warnings.push_back(message);
  });
  CropFolderSource source(folder.path());
  const auto frames = ReadAll(source);
  SetLogSink({});
  ASSERT_EQ(frames.size(), 4u);
  for (const int damaged : {1, 3}) {
    EXPECT_FALSE(frames[damaged].decodable);
    EXPECT_TRUE(frames[damaged].faces.empty());
  }
  EXPECT_TRUE(frames[2].decodable);
  EXPECT_EQ(source.undecodable(), 2);
  ASSERT_EQ(warnings.size(), 3u);
  EXPECT_NE(warnings[0].find("00002.png"), std::string::npos);
  EXPECT_NE(warnings[1].find("00004.jpg"), std::string::npos);
  EXPECT_NE(warnings[2].find("2 of 3 pictures cannot be decoded"), std::string::npos);
  // No rate is stated: no time is made up.
  for (const FrameFaces& frame : frames) EXPECT_TRUE(std::isnan(frame.timestamp_s));
}

FrameFaces MakeFrame(std::int64_t frame, const std::vector<std::pair<int, int>>& id_and_value) {
  FrameFaces result;
  result.frame = frame;
  result.timestamp_s = static_cast<double>(frame) / 25;
  for (const auto& [id, value] : id_and_value) {
    Face face;
    face.face_id = id;
    face.confidence = 0.8;
    face.low_confidence = value == 30;
    face.box = {1, 2, 3, 4};
    face.crop = Flat(48, 48, value);
    result.faces.push_back(std::move(face));
  }
  return result;
}

void AddSample(CropWriter& writer) {
  writer.Add(MakeFrame(0, {{0, 10}}));
  writer.Add(MakeFrame(1, {{0, 20}, {1, 120}}));
  writer.Add(MakeFrame(2, {{1, 130}}));
  FrameFaces broken = MakeFrame(3, {});
  broken.decodable = false;
  writer.Add(broken);
  writer.Add(MakeFrame(4, {{1, 30}}));
}

TEST(CropWriter, MainFaceHasOneRowPerFrame) {
  const TempFolder folder;
  WriteImage(folder / "cropped_aligned/clip/00099.png", Flat(48, 48, 1));
  CropWriter writer(folder.path(), "clip", CropFaces::kMain, ".png");
  AddSample(writer);
  EXPECT_EQ(writer.main_face(), 1);
  const VaTrack track = writer.Finish();
  ASSERT_EQ(writer.folders().size(), 1u);
  EXPECT_EQ(writer.folders()[0], folder / "cropped_aligned/clip");

  const auto files = ListFolder(folder / "cropped_aligned/clip");
  ASSERT_EQ(files.size(), 3u) << "older crops are replaced";
  EXPECT_EQ(files[0].filename(), "00002.png");
  EXPECT_EQ(files[2].filename(), "00005.png");
  EXPECT_EQ(ReadImage(files[1]).pixels[0], 130);
  EXPECT_EQ(ListFolder(folder / "cropped_aligned").size(), 1u);

  EXPECT_EQ(track.name, "clip");
  ASSERT_EQ(track.frames.size(), 5u);
  const std::vector<FrameStatus> expected = {FrameStatus::kNoFace,
                                             FrameStatus::kOk,
                                             FrameStatus::kOk,
                                             FrameStatus::kUndecodable,
                                             FrameStatus::kLowConfidence};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(track.frames[i].frame, static_cast<std::int64_t>(i));
    EXPECT_EQ(track.frames[i].face_id, 1);
    EXPECT_EQ(static_cast<int>(track.frames[i].status), static_cast<int>(expected[i])) << i;
    EXPECT_TRUE(std::isnan(track.frames[i].valence));
  }
  EXPECT_EQ(track.frames[0].box.width, 0);
  EXPECT_EQ(track.frames[1].box.width, 3);
}

TEST(CropWriter, EveryFaceHasAFolderAndARow) {
  const TempFolder folder;
  CropWriter writer(folder.path(), "clip", CropFaces::kPerFace);
  AddSample(writer);
  const VaTrack track = writer.Finish();
  EXPECT_EQ(ListFolder(folder / "cropped_aligned/clip_face0").size(), 2u);
  EXPECT_EQ(ListFolder(folder / "cropped_aligned/clip_face1").size(), 3u);
  ASSERT_EQ(track.frames.size(), 6u);
  EXPECT_EQ(track.frames[1].face_id, 0);
  EXPECT_EQ(track.frames[2].face_id, 1);

  CropFolderSource back(folder / "cropped_aligned/clip_face1", {48, 5, 25, false});
  const auto frames = ReadAll(back);
  ASSERT_EQ(frames.size(), 5u);
  EXPECT_TRUE(frames[0].faces.empty());
  EXPECT_NEAR(frames[1].faces.at(0).crop.pixels[0], 120, 2);
}

TEST(CropWriter, LeavesNothingWithoutFinish) {
  const TempFolder folder;
  {
    CropWriter writer(folder.path(), "clip");
    AddSample(writer);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / "cropped_aligned"));
  ErrorOf(ErrorCode::kInvalidArgument, [&] { CropWriter(folder.path(), "../up"); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { CropWriter(folder.path(), ""); });
}

// ------------------------------------------------------------------------------ real recordings

struct TeacherRow {
  bool face = false;
  FaceBox box;
};

std::vector<TeacherRow> ReadTeacher(const std::string& clip) {
  const auto path = SharedFolder() / "samples/va_teacher/tracks" / (clip + ".csv");
  const CsvTable table = ReadCsv(path);
  std::vector<TeacherRow> rows;
  for (const auto& row : table.rows) {
    const auto value = [&](const char* name) {
      return *ParseDouble(row[table.Column(name, clip)]);
    };
    TeacherRow teacher;
    teacher.face = value("valence") > -2;
    if (teacher.face) teacher.box = {value("x"), value("y"), value("w"), value("h")};
    rows.push_back(teacher);
  }
  return rows;
}

struct Comparison {
  std::size_t frames = 0, with_face = 0, agreeing = 0, ids = 0;
  double median_iou = 0;
};

Comparison CompareWithTeacher(const std::string& file, const FaceOptions& options) {
  const auto teacher = ReadTeacher(std::filesystem::path(file).stem().string());
  VideoFaceSource source(SharedFolder() / "samples/video" / file, options);
  Comparison result;
  std::vector<double> ious;
  std::map<int, int> ids;
  while (const auto frame = source.Next()) {
    const bool face = !frame->faces.empty();
    result.with_face += face;
    if (result.frames < teacher.size()) result.agreeing += face == teacher[result.frames].face;
    if (face && result.frames < teacher.size() && teacher[result.frames].face) {
      ious.push_back(Iou(frame->faces[0].box, teacher[result.frames].box));
    }
    for (const Face& f : frame->faces) {
      ++ids[f.face_id];
      EXPECT_EQ(f.crop.height, 112);
      EXPECT_GE(f.confidence, 0);
      EXPECT_LE(f.confidence, 1);
    }
    ++result.frames;
  }
  EXPECT_EQ(result.frames, teacher.size()) << file;
  result.ids = ids.size();
  std::sort(ious.begin(), ious.end());
  if (!ious.empty()) result.median_iou = ious[ious.size() / 2];
  return result;
}

class RealFaces : public testing::Test {
 protected:
  void SetUp() override {
    if (SharedFolder().empty()) GTEST_SKIP() << "no folder shared/ beside the checkout";
  }
};

TEST_F(RealFaces, DlibBoxesOverlapTheTeachersOnThreeClips) {
  for (const char* file :
       {"grid_bbaf2n.mpg", "pyfeat_single_face.mp4", "styletalk_furious_talk2_clip2.mp4"}) {
    SCOPED_TRACE(file);
    const Comparison result = CompareWithTeacher(file, {});
    EXPECT_GE(result.agreeing, result.frames * 95 / 100);
    EXPECT_GT(result.median_iou, 0.5);
    EXPECT_EQ(result.ids, 1u);
  }
}

TEST_F(RealFaces, YunetBoxesOverlapTheTeachers) {
  const Comparison result = CompareWithTeacher("grid_bbaf2n.mpg", YunetOptions());
  EXPECT_EQ(result.agreeing, result.frames);
  EXPECT_GT(result.median_iou, 0.85);
  EXPECT_EQ(result.ids, 1u);
}

TEST_F(RealFaces, NobodyIsFoundWhereNobodyIs) {
  EXPECT_EQ(CompareWithTeacher("pyfeat_no_face.mp4", {}).with_face, 0u);
  EXPECT_EQ(CompareWithTeacher("pyfeat_no_face.mp4", YunetOptions()).with_face, 0u);
}

TEST_F(RealFaces, TheFaceThatLeavesIsLostInTheMiddle) {
  for (const FaceOptions& options : {FaceOptions{}, YunetOptions()}) {
    SCOPED_TRACE(options.detector);
    const Comparison result = CompareWithTeacher("pyfeat_face_noface.mov", options);
    EXPECT_GT(result.agreeing, result.frames * 95 / 100);
    EXPECT_GT(result.with_face, 60u);
    EXPECT_LT(result.with_face, 85u);
  }
}

TEST_F(RealFaces, FollowingBetweenDetectionsStaysWithTheFace) {
  FaceOptions options;
  options.detect_every = 5;
  const Comparison result = CompareWithTeacher("grid_bbaf2n.mpg", options);
  EXPECT_EQ(result.with_face, result.frames);
  EXPECT_EQ(result.ids, 1u);
  EXPECT_GT(result.median_iou, 0.5);
}

TEST_F(RealFaces, SmallAndLargeFacesAreFound) {
  // A photograph of a face about 240 px wide, placed so that it measures 60 px in 288x360, and
  // again in 1080p.
  const Image photo = ReadImage(SharedFolder() / "samples/images/london/001_neutral.jpg");
  FaceFinder finder((FaceOptions()));
  const auto reference = finder.Find(photo);
  ASSERT_EQ(reference.size(), 1u);
  struct Case {
    int height, width;
    double face_px;
  };
  for (const Case& c : {Case{288, 360, 60}, Case{256, 256, 120}, Case{1080, 1920, 300}}) {
    SCOPED_TRACE(c.width);
    const double scale = c.face_px / reference[0].box.width;
    const int side = static_cast<int>(photo.height * scale);
    const Image small = Resize(photo, side, side, ResizeFilter::kBilinear);
    Image frame = Flat(c.height, c.width, 128);
    const int top = std::max(0, (c.height - side) / 2), left = std::max(0, (c.width - side) / 2);
    for (int y = 0; y < std::min(side, c.height - top); ++y) {
      std::copy_n(small.Row(y), 3 * std::min(side, c.width - left), frame.Row(y + top) + 3 * left);
    }
    const auto found = finder.Find(frame);
    ASSERT_EQ(found.size(), 1u);
    // Boxes come in steps of 6 / 5, so the aligned face is compared: its scale, and its centre
    // in the frame.
    const Point2 expected = reference[0].frame_to_crop.Inverse()({56, 56});
    const Point2 center = found[0].frame_to_crop.Inverse()({56, 56});
    EXPECT_NEAR(center.x, left + expected.x * scale, 0.05 * c.face_px);
    EXPECT_NEAR(center.y, top + expected.y * scale, 0.05 * c.face_px);
    EXPECT_NEAR(
        found[0].frame_to_crop.Scale() * scale / reference[0].frame_to_crop.Scale(), 1, 0.05);
  }
}

TEST_F(RealFaces, TheTemplateIsTheMeanOfAlignedPhotographs) {
  FaceFinder finder((FaceOptions()));
  std::vector<Point2> mean(68);
  int count = 0;
  for (const auto& path : ListFolder(SharedFolder() / "samples/images/london")) {
    if (!IsPictureName(path) || ++count > 40) continue;
    const auto found = finder.Find(ReadImage(path));
    ASSERT_EQ(found.size(), 1u) << path;
    for (std::size_t i = 0; i < 68; ++i) {
      const Point2 p = found[0].frame_to_crop(found[0].points[i]);
      mean[i].x += p.x / 40;
      mean[i].y += p.y / 40;
    }
  }
  ASSERT_GE(count, 40);
  for (std::size_t i = 0; i < 68; ++i) {
    EXPECT_NEAR(mean[i].x, Template68()[i].x, 1.5) << i;
    EXPECT_NEAR(mean[i].y, Template68()[i].y, 1.5) << i;
  }
}

TEST_F(RealFaces, BothDetectorsCutTheSameCrop) {
  FaceFinder dlib_finder((FaceOptions())), yunet_finder(YunetOptions());
  int compared = 0;
  for (const char* name :
       {"001_neutral.jpg", "001_smiling.jpg", "005_neutral.jpg", "010_smiling.jpg"}) {
    const auto path = SharedFolder() / "samples/images/london" / name;
    if (!std::filesystem::exists(path)) continue;
    const Image photo = ReadImage(path);
    const auto a = dlib_finder.Find(photo), b = yunet_finder.Find(photo);
    ASSERT_EQ(a.size(), 1u) << name;
    ASSERT_EQ(b.size(), 1u) << name;
    // The pupils of YuNet's points lie 45 px apart, level, in dlib's crop.
    const Point2 left = a[0].frame_to_crop(b[0].points[0]),
                 right = a[0].frame_to_crop(b[0].points[1]);
    EXPECT_NEAR(right.x - left.x, 45, 4) << name;
    EXPECT_NEAR(right.y - left.y, 0, 3) << name;
    // The crop's centre in one is near the centre in the other.
    const Point2 center = b[0].frame_to_crop(a[0].frame_to_crop.Inverse()({56, 56}));
    EXPECT_NEAR(center.x, 56, 3) << name;
    EXPECT_NEAR(center.y, 56, 4) << name;
    EXPECT_NEAR(b[0].frame_to_crop.Scale() / a[0].frame_to_crop.Scale(), 1, 0.08) << name;
    ++compared;
  }
  EXPECT_GE(compared, 2);
}

}  // namespace
}  // namespace circumplex
