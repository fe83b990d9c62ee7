// SPDX-License-Identifier: Apache-2.0
#include "core/media_names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/files.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

std::vector<std::int64_t> FramesOf(const std::vector<std::string>& names, std::size_t unnumbered) {
  const TempFolder folder;
  for (const std::string& name : names) WriteFileAtomically(folder / name, "x");
  const PictureFolder found = ListPictures(folder.path());
  EXPECT_EQ(found.unnumbered.size(), unnumbered) << names.front();
  std::vector<std::int64_t> frames;
  for (const NumberedPicture& picture : found.pictures) frames.push_back(picture.frame);
  return frames;
}

TEST(MediaNames, ExtensionsInAnyCase) {
  for (const char* name :
       {"1.jpg", "1.JPG", "a/1.Jpeg", "1.png", "1.bmp", "1.TIF", "1.tiff", "1.webp"})
    EXPECT_TRUE(IsPictureName(name) && !IsVideoName(name)) << name;
  for (const char* name : {"a.mp4", "a.MP4", "a.wmv", "a.flv", "a.ts", "a.3gp", "a.webm", "a.MPG"})
    EXPECT_TRUE(IsVideoName(name) && !IsPictureName(name)) << name;
  for (const char* name : {"a.txt", "jpg", "mp4", "a.jpg.part", ".safetensors", ""})
    EXPECT_FALSE(IsPictureName(name) || IsVideoName(name)) << name;
}

TEST(MediaNames, TheLastRunOfDigitsCountsFromOneUnlessAPictureHasNumberZero) {
  const std::vector<std::int64_t> two_and_ten{1, 9};
  EXPECT_EQ(FramesOf({"00002.jpg", "10.JPG", "notes.txt", ".00001.jpg"}, 0), two_and_ten);
  EXPECT_EQ(FramesOf({"frame_det_00_000002.bmp", "frame_det_00_000010.webp"}, 0), two_and_ten);
  EXPECT_EQ(FramesOf({"00002_left.png", "10b.png", "cover.png"}, 1), two_and_ten);
  EXPECT_EQ(FramesOf({"0.png", "2.png", "10.png"}, 0), (std::vector<std::int64_t>{0, 2, 10}));
  EXPECT_EQ(FramesOf({"3.png", "03.jpg"}, 0), (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(FramesOf({"b.png", "a.png"}, 0), (std::vector<std::int64_t>{0, 1}));
  EXPECT_TRUE(FramesOf({"20240131120000.png"}, 1).empty());
  const TempFolder folder;
  ErrorOf(ErrorCode::kNotFound, [&] { ListPictures(folder / "absent"); });
}

TEST(MediaNames, AFolderStandsForTheVideosInIt) {
  const TempFolder folder;
  for (const char* name : {"10.mp4", "2.MKV", "cover.jpg", ".3.mp4", "inner/4.mp4"})
    WriteFileAtomically(folder / name, "x");
  EXPECT_EQ(
      ExpandVideos({"absent.mp4", folder.path().string()}),
      (std::vector<std::filesystem::path>{"absent.mp4", folder / "2.MKV", folder / "10.mp4"}));
  WriteFileAtomically(folder / "pictures/1.png", "x");
  const std::string message =
      ErrorOf(ErrorCode::kNotFound, [&] { ExpandVideos({(folder / "pictures").string()}); });
  EXPECT_NE(message.find("no video in the folder"), std::string::npos) << message;
}

}  // namespace
}  // namespace circumplex
