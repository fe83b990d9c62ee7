// SPDX-License-Identifier: Apache-2.0
#include "inference/prediction_inputs.h"

#include <gtest/gtest.h>

#include "circumplex/error.h"

#include "core/files.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

void Touch(const std::filesystem::path& path) { WriteFileAtomically(path, "x"); }

std::vector<PredictionInput> Find(const std::filesystem::path& path) {
  return FindPredictionInputs({path.string()}, "");
}

TEST(PredictionInputs, AFolderIsOfTheKindThatItHolds) {
  const TempFolder folder;
  Touch(folder / "videos/a.mp4");
  Touch(folder / "videos/b.MOV");
  Touch(folder / "videos/notes.txt");
  const auto videos = Find(folder / "videos");
  ASSERT_EQ(videos.size(), 2u);
  EXPECT_EQ(videos[0].kind, InputKind::kVideo);
  EXPECT_EQ(videos[1].trial, "b");

  Touch(folder / "crops/00001.JPG");
  Touch(folder / "crops/00002.JPG");
  const auto crops = Find(folder / "crops/");
  ASSERT_EQ(crops.size(), 1u);
  EXPECT_EQ(crops[0].kind, InputKind::kCrops);
  EXPECT_EQ(crops[0].trial, "crops");

  Touch(folder / "set/one/00001.png");
  Touch(folder / "set/two/00001.png");
  EXPECT_EQ(Find(folder / "set").size(), 2u);

  Touch(folder / "store/a.safetensors");
  EXPECT_EQ(Find(folder / "store")[0].kind, InputKind::kStore);
}

TEST(PredictionInputs, AFolderOfSeveralKindsIsRefusedWithAnExampleOfEach) {
  const TempFolder folder;
  Touch(folder / "mixed/clip.mp4");
  Touch(folder / "mixed/poster.jpg");
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument, [&] { Find(folder / "mixed"); })
                .find("holds pictures ('poster.jpg') and videos ('clip.mp4')"),
            std::string::npos);
  Touch(folder / "deep/clip.mp4");
  Touch(folder / "deep/thumbnails/1.jpg");
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument, [&] { Find(folder / "deep"); })
                .find("holds folders of pictures ('thumbnails') and videos ('clip.mp4')"),
            std::string::npos);
}

TEST(PredictionInputs, NothingToPredictAndCamerasAmongOthersAreNamed) {
  const TempFolder folder;
  Touch(folder / "empty/notes.txt");
  EXPECT_NE(ErrorOf(ErrorCode::kNotFound, [&] { Find(folder / "empty"); }).find("empty"),
            std::string::npos);
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument,
                    [&] {
                      FindPredictionInputs({"camera:0", "clip.mp4"}, "");
                    })
                .find("'camera:0' is a camera and goes alone"),
            std::string::npos);
  EXPECT_EQ(CameraIndex("camera:3"), 3);
  EXPECT_FALSE(CameraIndex("clip.mp4"));
  ErrorOf(ErrorCode::kInvalidArgument, [] { CameraIndex("camera:x"); });
}

TEST(PredictionInputs, TheListOfTrialsChoosesAmongThem) {
  const TempFolder folder;
  for (const char* name : {"a.mp4", "b.mp4", "c.mp4"}) Touch(folder / name);
  WriteFileAtomically(folder / "list.txt", "c\n\na\n");
  const auto kept = FindPredictionInputs(
      {(folder / "a.mp4").string(), (folder / "b.mp4").string(), (folder / "c.mp4").string()},
      folder / "list.txt");
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[1].trial, "c");
  EXPECT_NE(
      ErrorOf(ErrorCode::kNotFound,
              [&] { FindPredictionInputs({(folder / "a.mp4").string()}, folder / "list.txt"); })
          .find("no input for trial 'c'"),
      std::string::npos);
}

}  // namespace
}  // namespace circumplex
