// SPDX-License-Identifier: Apache-2.0
#include "datasets/plain_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/files.h"
#include "datasets/layout.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::TempFolder;

TEST(PlainFolder, FoldersVideosAndLabels) {
  TempFolder folder;
  fs::create_directories(folder / "clip2");
  std::ofstream(folder / "clip2/00002.png") << "x";
  fs::create_directories(folder / "notes");
  std::ofstream(folder / "clip10.mov") << "x";
  WriteFileAtomically(folder / "clip2.csv", "valence,arousal\n0.1,0.2\n-5,-5\n");
  WriteFileAtomically(folder / "lost.csv", "valence,arousal\n0.1,0.2\n");
  WriteFileAtomically(folder / "persons.csv", "trial,person\nclip2,Ann\n");
  WriteFileAtomically(folder / "splits.csv", "trial,split\nclip10,test\n");
  const Manifest manifest = ReadDataset(folder.path());
  EXPECT_EQ(manifest.layout, "plain");
  ASSERT_EQ(manifest.trials.size(), 2u);
  const Trial& crops = manifest.trials[0];
  EXPECT_EQ(crops.name, "clip2");
  EXPECT_EQ(crops.person, "Ann");
  EXPECT_EQ(crops.rows, 2);
  EXPECT_EQ(crops.annotated, 1);
  EXPECT_EQ(crops.crop_count, 1);
  const Trial& video = manifest.trials[1];
  EXPECT_EQ(video.name, "clip10");
  EXPECT_EQ(video.split, Split::kTest);
  EXPECT_EQ(video.person, "clip10");
  EXPECT_EQ(video.video_file.filename(), "clip10.mov");
  EXPECT_TRUE(video.annotation.empty());
  ASSERT_EQ(manifest.defects.size(), 3u);
  EXPECT_EQ(manifest.defects[0].kind, "unannotated_rows");
  EXPECT_EQ(manifest.defects[1].kind, "missing_crops");
  EXPECT_EQ(manifest.defects[1].detail, "1 of 2 rows (leading 1, inner 0, trailing 0)");
  EXPECT_EQ(manifest.defects[2].trial, "lost");
}

TEST(PlainFolder, FlatLabelsBesideVideosArePlain) {
  TempFolder folder;
  std::ofstream(folder / "a.mp4") << "x";
  WriteFileAtomically(folder / "a.txt", "valence,arousal\n0.1,0.2\n");
  EXPECT_EQ(DetectLayout(folder.path()), Layout::kPlainFolder);
  fs::remove(folder / "a.mp4");
  EXPECT_EQ(DetectLayout(folder.path()), Layout::kAffWild2);
}

TEST(PlainFolder, RefusesAmbiguityAndEmptiness) {
  TempFolder folder;
  ErrorOf(ErrorCode::kBadData, [&] { ReadPlainFolder(folder.path()); });
  std::ofstream(folder / "a.mp4") << "x";
  WriteFileAtomically(folder / "a.txt", "valence,arousal\n0.1,0.2\n");
  WriteFileAtomically(folder / "a.csv", "valence,arousal\n0.1,0.2\n");
  EXPECT_NE(
      ErrorOf(ErrorCode::kBadData, [&] { ReadPlainFolder(folder.path()); }).find("two annotations"),
      std::string::npos);
  ErrorOf(ErrorCode::kNotFound, [&] { ReadPlainFolder(folder / "none"); });
}

}  // namespace
}  // namespace circumplex
