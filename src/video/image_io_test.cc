// SPDX-License-Identifier: Apache-2.0
#include "video/image_io.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>

#include "core/files.h"
#include "core/rng.h"
#include "support/test_files.h"
#include "video/image_sequence.h"
#include "video/opencv_bridge.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

Image Gradient(int height, int width) {
  Image image(height, width, 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      std::uint8_t* pixel = image.Row(y) + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(255 * x / (width - 1));
      pixel[1] = static_cast<std::uint8_t>(255 * y / (height - 1));
      pixel[2] = 40;
    }
  }
  return image;
}

TEST(ImageIo, PngAndBmpKeepEveryByteAndTheChannelOrder) {
  const TempFolder folder;
  const Image image = Gradient(20, 31);
  for (const char* name : {"a.png", "a.bmp"}) {
    WriteImage(folder / name, image);
    const Image back = ReadImage(folder / name);
    EXPECT_EQ(back.height, 20);
    EXPECT_EQ(back.width, 31);
    EXPECT_EQ(back.pixels, image.pixels) << name;
  }
}

TEST(ImageIo, JpegIsCloseAndGrayBecomesRgb) {
  const TempFolder folder;
  const Image image = Gradient(64, 64);
  WriteImage(folder / "sub/a.jpg", image, 95);
  const Image back = ReadImage(folder / "sub/a.jpg");
  double sum = 0;
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    sum += std::abs(image.pixels[i] - back.pixels[i]);
  EXPECT_LT(sum / static_cast<double>(image.pixels.size()), 3.0);
  EXPECT_LT(EncodeImage(image, ".jpg", 30).size(), EncodeImage(image, ".jpg", 95).size());

  Image gray(3, 3, 1);
  gray.pixels = {0, 10, 20, 30, 40, 50, 60, 70, 80};
  WriteImage(folder / "gray.png", gray);
  const Image rgb = ReadImage(folder / "gray.png");
  ASSERT_EQ(rgb.channels, 3);
  EXPECT_EQ(rgb.pixels[3 * 4 + 2], 40);
}

TEST(ImageIo, DefectsNameTheFile) {
  const TempFolder folder;
  WriteFileAtomically(folder / "text.jpg", "hello");
  WriteFileAtomically(folder / "empty.png", "");
  ErrorOf(ErrorCode::kNotFound, [&] { ReadImage(folder / "none.png"); });
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadImage(folder / "text.jpg"); }).find("text.jpg"),
            std::string::npos);
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadImage(folder / "empty.png"); }).find("empty"),
            std::string::npos);
  ErrorOf(ErrorCode::kInvalidArgument, [&] { WriteImage(folder / "a.gif", Gradient(4, 4)); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { WriteImage(folder / "a.jpg", Image()); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { WriteImage(folder / "a.jpg", Gradient(4, 4), 0); });
  EXPECT_FALSE(std::filesystem::exists(folder / "a.jpg"));
}

// Noise over a gradient, so that no part of a file is padding.
Image Busy(int height, int width) {
  Image image = Gradient(height, width);
  Rng rng(3, "busy");
  for (std::uint8_t& value : image.pixels)
    value = static_cast<std::uint8_t>(std::min(255, value / 2 + static_cast<int>(rng.Below(100))));
  return image;
}

class DamagedPicture : public testing::TestWithParam<const char*> {};

TEST_P(DamagedPicture, CutAnywhereIsNoPicture) {
  const TempFolder folder;
  const auto path = folder / (std::string("00003") + GetParam());
  std::vector<unsigned char> encoded;
  ASSERT_TRUE(cv::imencode(GetParam(), BgrFromImage(Busy(60, 52)), encoded));
  const std::string whole(encoded.begin(), encoded.end());
  WriteFileAtomically(path, whole);
  EXPECT_EQ(ReadImage(path).width, 52);
  for (int percent = 1; percent < 100; percent += 7) {
    WriteFileAtomically(path, whole.substr(0, whole.size() * percent / 100));
    EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadImage(path); }).find("00003"),
              std::string::npos)
        << percent << " %";
  }
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         DamagedPicture,
                         testing::Values(".jpg", ".png", ".bmp", ".tif", ".webp", ".ppm"),
                         [](const auto& format) { return std::string(format.param).substr(1); });

TEST(ImageIo, AJpegWithSpoiledDataIsNoPictureAndSurplusBytesAreNoDamage) {
  const TempFolder folder;
  const std::string whole = EncodeImage(Busy(60, 52), ".jpg");
  std::string zeros = whole;
  zeros.replace(whole.size() / 2, 300, std::string(300, '\0'));
  WriteFileAtomically(folder / "zeros.jpg", zeros);
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadImage(folder / "zeros.jpg"); }).find("damaged"),
            std::string::npos);
  WriteFileAtomically(folder / "more.jpg", whole + std::string(100, 'x'));
  EXPECT_EQ(ReadImage(folder / "more.jpg").height, 60);
  // As cameras fill a file up.
  std::string padded = whole;
  padded.insert(whole.size() - 2, 200, '\0');
  WriteFileAtomically(folder / "padded.jpg", padded);
  EXPECT_EQ(ReadImage(folder / "padded.jpg").height, 60);
}

std::vector<std::int64_t> FramesOf(const std::vector<NumberedPicture>& images) {
  std::vector<std::int64_t> frames;
  for (const auto& image : images) frames.push_back(image.frame);
  return frames;
}

TEST(ImageSequence, NumbersComeFromTheNames) {
  const TempFolder folder;
  for (const char* name : {"00001.jpg", "00002.jpg", "00010.jpg", "notes.txt", ".hidden1.jpg"}) {
    WriteFileAtomically(folder / name, "x");
  }
  const auto images = ListImageSequence(folder.path());
  EXPECT_EQ(FramesOf(images), (std::vector<std::int64_t>{0, 1, 9}));
  EXPECT_EQ(images[2].path.filename(), "00010.jpg");
}

TEST(ImageSequence, OpenFaceZeroBasedAndUnnumberedNames) {
  const TempFolder openface, zero, letters, empty;
  WriteFileAtomically(openface / "frame_det_00_000003.bmp", "x");
  WriteFileAtomically(openface / "frame_det_00_000001.bmp", "x");
  EXPECT_EQ(FramesOf(ListImageSequence(openface.path())), (std::vector<std::int64_t>{0, 2}));
  for (const char* name : {"0.png", "2.png", "10.png"}) WriteFileAtomically(zero / name, "x");
  EXPECT_EQ(FramesOf(ListImageSequence(zero.path())), (std::vector<std::int64_t>{0, 2, 10}));
  for (const char* name : {"a.png", "b.png"}) WriteFileAtomically(letters / name, "x");
  EXPECT_EQ(FramesOf(ListImageSequence(letters.path())), (std::vector<std::int64_t>{0, 1}));
  EXPECT_TRUE(ListImageSequence(empty.path()).empty());
}

TEST(ImageSequence, AmbiguousNumbersAreRefused) {
  const TempFolder twice, mixed, date;
  for (const char* name : {"1.png", "01.jpg"}) WriteFileAtomically(twice / name, "x");
  for (const char* name : {"1.png", "cover.jpg"}) WriteFileAtomically(mixed / name, "x");
  WriteFileAtomically(date / "IMG_20240131123456.jpg", "x");
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ListImageSequence(twice.path()); }).find("01.jpg"),
            std::string::npos);
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ListImageSequence(mixed.path()); }).find("cover"),
            std::string::npos);
  ErrorOf(ErrorCode::kBadData, [&] { ListImageSequence(date.path()); });
  ErrorOf(ErrorCode::kNotFound, [&] { ListImageSequence(date / "missing"); });
}

}  // namespace
}  // namespace circumplex
