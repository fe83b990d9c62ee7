// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "circumplex/log.h"

#include "core/csv.h"
#include "core/files.h"
#include "support/test_files.h"
#include "video/video_reader.h"
#include "video/video_writer.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::SharedFolder;
using testing_support::TempFolder;

constexpr int kHeight = 48, kWidth = 64;

/// Left third red, the rest gray by frame number: shows channel order, orientation and frame order.
Image TestFrame(int index) {
  Image image(kHeight, kWidth, 3);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      std::uint8_t* pixel = image.Row(y) + 3 * x;
      const bool red = x < kWidth / 3;
      pixel[0] = red ? 220 : static_cast<std::uint8_t>(20 + 5 * index);
      pixel[1] = pixel[2] = red ? 20 : pixel[0];
    }
  }
  return image;
}

void WriteTestVideo(const std::filesystem::path& path, int frames, double rate) {
  VideoWriter writer(path, rate, kHeight, kWidth);
  for (int i = 0; i < frames; ++i) writer.Write(TestFrame(i));
  writer.Finish();
}

class WarningLog {
 public:
  WarningLog() {
    SetLogSink([this](LogLevel level, const std::string&, const std::string& message) {
      if (level != LogLevel::kInfo) messages.push_back(message);
    });
  }
  ~WarningLog() { SetLogSink({}); }
  std::vector<std::string> messages;
};

TEST(VideoIo, WhatIsWrittenIsReadBack) {
  const TempFolder folder;
  for (const char* name : {"clip.mp4", "clip.avi"}) {
    SCOPED_TRACE(name);
    WriteTestVideo(folder / name, 30, 12.5);
    const WarningLog log;
    VideoReader reader = VideoReader::Open(folder / name);
    EXPECT_EQ(reader.info().name, "clip");
    EXPECT_EQ(reader.info().width, kWidth);
    EXPECT_EQ(reader.info().height, kHeight);
    EXPECT_NEAR(reader.info().frame_rate, 12.5, 1e-6);
    EXPECT_EQ(reader.info().claimed_frames, 30);
    int count = 0;
    while (const auto frame = reader.Next()) {
      ASSERT_TRUE(frame->decodable);
      EXPECT_EQ(frame->index, count);
      EXPECT_NEAR(frame->timestamp_s, count / 12.5, 1e-3);
      const std::uint8_t* left = frame->image.Row(24) + 3 * 6;
      const std::uint8_t* right = frame->image.Row(24) + 3 * 50;
      EXPECT_NEAR(left[0], 220, 16);
      EXPECT_NEAR(left[2], 20, 16);
      EXPECT_NEAR(right[1], 20 + 5 * count, 8);
      ++count;
    }
    EXPECT_EQ(count, 30);
    EXPECT_EQ(reader.decoded_frames(), 30);
    EXPECT_FALSE(reader.truncated());
    EXPECT_FALSE(reader.Next().has_value());
    EXPECT_TRUE(log.messages.empty());
  }
}

TEST(VideoIo, StoredRotationIsApplied) {
  const TempFolder folder;
  WriteTestVideo(folder / "flat.mp4", 4, 25);
  std::string bytes = ReadFile(folder / "flat.mp4");
  const auto header = bytes.find("tkhd");
  ASSERT_NE(header, std::string::npos);
  // Version 0 track header: the 3x3 matrix (16.16, big endian) stands 44 bytes behind the name; a
  // quarter turn clockwise is (0 1 0 / -1 0 0 / height 0 1).
  const std::vector<std::uint32_t> matrix = {
      0, 0x10000, 0, 0xFFFF0000u, 0, 0, static_cast<std::uint32_t>(kHeight) << 16, 0, 0x40000000};
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    for (std::size_t b = 0; b < 4; ++b) {
      bytes[header + 44 + 4 * i + b] = static_cast<char>(matrix[i] >> (24 - 8 * b) & 0xFF);
    }
  }
  WriteFileAtomically(folder / "turned.mp4", bytes);
  VideoReader reader = VideoReader::Open(folder / "turned.mp4");
  EXPECT_EQ(reader.info().width, kHeight);
  EXPECT_EQ(reader.info().height, kWidth);
  const auto frame = reader.Next();
  ASSERT_TRUE(frame.has_value());
  ASSERT_EQ(frame->image.height, kWidth);
  // Turned clockwise, the red left third is at the top.
  EXPECT_NEAR(frame->image.Row(5)[3 * 24], 220, 16);
  EXPECT_NEAR(frame->image.Row(5)[3 * 24 + 1], 20, 16);
  EXPECT_NEAR(frame->image.Row(58)[3 * 24], 20, 16);
}

TEST(VideoIo, FilesThatAreNoVideo) {
  const TempFolder folder;
  WriteFileAtomically(folder / "empty.mp4", "");
  WriteFileAtomically(folder / "text.mp4", "not a video at all\n");
  ErrorOf(ErrorCode::kNotFound, [&] { VideoReader::Open(folder / "missing.mp4"); });
  ErrorOf(ErrorCode::kNotFound, [&] { VideoReader::Open(folder.path()); });
  EXPECT_NE(
      ErrorOf(ErrorCode::kBadData, [&] { VideoReader::Open(folder / "empty.mp4"); }).find("empty"),
      std::string::npos);
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { VideoReader::Open(folder / "text.mp4"); })
                .find("no video"),
            std::string::npos);
  ErrorOf(ErrorCode::kInvalidArgument, [&] { VideoReader::OpenCamera(-1); });
  EXPECT_NE(ErrorOf(ErrorCode::kUnsupported, [&] { VideoReader::OpenCamera(97); }).find("97"),
            std::string::npos);
}

TEST(VideoIo, CutMp4WithoutIndexSaysSo) {
  const TempFolder folder;
  WriteTestVideo(folder / "whole.mp4", 30, 25);
  const std::string bytes = ReadFile(folder / "whole.mp4");
  WriteFileAtomically(folder / "cut.mp4", bytes.substr(0, bytes.find("moov") - 10));
  EXPECT_NE(
      ErrorOf(ErrorCode::kBadData, [&] { VideoReader::Open(folder / "cut.mp4"); }).find("moov"),
      std::string::npos);
}

TEST(VideoIo, CutAviGivesWhatIsThereAndAWarning) {
  const TempFolder folder;
  WriteTestVideo(folder / "whole.avi", 60, 25);
  const std::string bytes = ReadFile(folder / "whole.avi");
  WriteFileAtomically(folder / "cut.avi", bytes.substr(0, bytes.size() / 2));
  const WarningLog log;
  VideoReader reader = VideoReader::Open(folder / "cut.avi");
  while (reader.Next()) EXPECT_FALSE(reader.truncated());
  EXPECT_GT(reader.decoded_frames(), 15);
  EXPECT_LT(reader.decoded_frames(), 40);
  EXPECT_TRUE(reader.truncated());
  ASSERT_EQ(log.messages.size(), 1u);
  EXPECT_NE(log.messages[0].find("60"), std::string::npos) << log.messages[0];
}

TEST(VideoIo, ContainerWithoutFramesIsRefused) {
  const TempFolder folder;
  WriteTestVideo(folder / "whole.avi", 5, 25);
  const std::string bytes = ReadFile(folder / "whole.avi");
  WriteFileAtomically(folder / "none.avi", bytes.substr(0, bytes.find("movi") + 4));
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { VideoReader::Open(folder / "none.avi"); })
                .find("none.avi"),
            std::string::npos);
}

TEST(VideoIo, UnknownCodecIsNamed) {
  const TempFolder folder;
  WriteTestVideo(folder / "clip.mp4", 5, 25);
  std::string bytes = ReadFile(folder / "clip.mp4");
  // The sample entry's name says the codec; its elementary stream descriptor is renamed with it.
  for (const auto& [from, to] :
       std::map<std::string, std::string>{{"mp4v", "zz9x"}, {"esds", "free"}}) {
    for (auto at = bytes.find(from); at != std::string::npos; at = bytes.find(from, at + 4)) {
      bytes.replace(at, 4, to);
    }
  }
  WriteFileAtomically(folder / "odd.mp4", bytes);
  const ContainerSketch sketch = SketchContainer(folder / "odd.mp4");
  EXPECT_EQ(sketch.container, "MP4");
  EXPECT_EQ(sketch.video_codec, "zz9x");
  EXPECT_FALSE(sketch.index_missing);
  EXPECT_NE(
      ErrorOf(ErrorCode::kUnsupported, [&] { VideoReader::Open(folder / "odd.mp4"); }).find("zz9x"),
      std::string::npos);
}

TEST(VideoIo, ADamagedFileIsTheFilesFaultNotTheMachines) {
  const TempFolder folder;
  WriteTestVideo(folder / "clip.mp4", 5, 25);
  const std::string whole = ReadFile(folder / "clip.mp4");
  // Neither without its track nor without the sizes of its pictures can any FFmpeg open it.
  for (const std::string atom : {"trak", "stbl", "mdia"}) {
    std::string bytes = whole;
    const auto at = bytes.find(atom);
    ASSERT_NE(at, std::string::npos) << atom;
    bytes.replace(at, 4, "free");
    WriteFileAtomically(folder / "damaged.mp4", bytes);
    EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { VideoReader::Open(folder / "damaged.mp4"); })
                  .find("damaged.mp4"),
              std::string::npos)
        << atom;
  }
}

TEST(VideoIo, WriterRefusesWrongFramesAndLeavesNothingBehind) {
  const TempFolder folder;
  {
    VideoWriter writer(folder / "a.mp4", 25, kHeight, kWidth);
    writer.Write(TestFrame(0));
    ErrorOf(ErrorCode::kInvalidArgument, [&] { writer.Write(Image(kHeight, kWidth + 2, 3)); });
  }
  {
    VideoWriter writer(folder / "b.mp4", 25, kHeight, kWidth);
    ErrorOf(ErrorCode::kInvalidArgument, [&] { writer.Finish(); });
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  ErrorOf(ErrorCode::kInvalidArgument, [&] { VideoWriter(folder / "a.mkv", 25, 48, 48); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { VideoWriter(folder / "a.mp4", 0, 48, 48); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { VideoWriter(folder / "a.mp4", 25, 1, 48); });
}

TEST(TimestampRepair, FollowsTheContainerAndContinuesItsTail) {
  TimestampRepair repair(25);
  std::vector<double> times;
  // First below zero, a variable step, then two frames that a decoder gave up at its end.
  for (const double raw : {-0.02, 0.03, 0.07, 0.12, 0.0, 0.0}) times.push_back(repair.Next(raw));
  const std::vector<double> expected = {0, 0.03, 0.07, 0.12, 0.17, 0.22};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(times[i], expected[i], 1e-12) << i;
  EXPECT_FALSE(repair.none_found());
}

TEST(TimestampRepair, RepeatedAndBackwardTimesStillIncreaseAndRejoin) {
  TimestampRepair repair(25);
  std::vector<double> times;
  for (const double raw : {0.0, 0.04, 0.04, 0.03, 0.16, 0.20}) times.push_back(repair.Next(raw));
  for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GT(times[i], times[i - 1]);
  EXPECT_NEAR(times[4], 0.16, 1e-12);
  EXPECT_NEAR(times[5], 0.20, 1e-12);
}

TEST(TimestampRepair, WithoutAnyTimeTheNominalRateCounts) {
  TimestampRepair known(25), unknown(0);
  for (int i = 0; i < 10; ++i) {
    EXPECT_NEAR(known.Next(0), i / 25.0, 1e-12);
    EXPECT_NEAR(unknown.Next(std::nan("")), i / 30.0, 1e-12);
  }
  EXPECT_TRUE(known.none_found());
  EXPECT_TRUE(unknown.none_found());
}

TEST(SampleClips, DecodedFramesMatchTheManifestForEveryCodec) {
  if (SharedFolder().empty()) GTEST_SKIP() << "no folder shared/ beside the checkout";
  const auto folder = SharedFolder() / "samples";
  const CsvTable manifest = ReadCsv(folder / "manifest.csv");
  const auto column = [&](const char* name) { return manifest.Column(name, "manifest.csv"); };
  // h264, hevc, mpeg4, mpeg1; constant and variable rate; an edit list that hides frames.
  const std::map<std::string, std::string> clips = {{"pyfeat_single_face.mp4", "h264"},
                                                    {"pyfeat_no_face.mp4", "h264"},
                                                    {"videoretalking_1.mp4", "h264"},
                                                    {"pyfeat_face_noface.mov", "hevc"},
                                                    {"dpe_d.mp4", "mpeg4"},
                                                    {"grid_bbaf2n.mpg", "mpeg1video"}};
  std::size_t found = 0;
  for (const auto& row : manifest.rows) {
    const auto clip = clips.find(row[column("file")]);
    if (clip == clips.end()) continue;
    ++found;
    SCOPED_TRACE(clip->first);
    EXPECT_EQ(row[column("codec")], clip->second);
    const WarningLog log;
    VideoReader reader = VideoReader::Open(folder / "video" / clip->first);
    double previous = -1;
    while (const auto frame = reader.Next()) {
      EXPECT_GT(frame->timestamp_s, previous);
      previous = frame->timestamp_s;
    }
    EXPECT_EQ(std::to_string(reader.decoded_frames()), row[column("frames")]);
    EXPECT_EQ(std::to_string(reader.info().width), row[column("width")]);
    EXPECT_EQ(std::to_string(reader.info().height), row[column("height")]);
    EXPECT_FALSE(reader.truncated());
    EXPECT_TRUE(log.messages.empty());
  }
  EXPECT_EQ(found, clips.size());
}

TEST(SampleClips, VariableRateTimestampsAreTheContainers) {
  if (SharedFolder().empty()) GTEST_SKIP() << "no folder shared/ beside the checkout";
  VideoReader reader = VideoReader::Open(SharedFolder() / "samples/video/pyfeat_face_noface.mov");
  std::vector<double> times;
  while (const auto frame = reader.Next()) times.push_back(frame->timestamp_s);
  ASSERT_EQ(times.size(), 169u);
  // As ffprobe lists the frames' presentation times; 26.4 frames per second would give
  // 0.0379 and 6.364.
  EXPECT_NEAR(times[0], 0.0, 1e-6);
  EXPECT_NEAR(times[1], 0.033333, 1e-5);
  EXPECT_NEAR(times[166], 6.277018, 1e-5);
  EXPECT_NEAR(times[168], 6.360352, 1e-5);
}

}  // namespace
}  // namespace circumplex
