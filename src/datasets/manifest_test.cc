// SPDX-License-Identifier: Apache-2.0
#include "datasets/manifest.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

Manifest Example() {
  Manifest manifest;
  manifest.layout = "aff-wild2";
  manifest.root = "/data/Aff, Wild \"2\"";
  Trial trial;
  trial.name = "1-30-64x64_left";
  trial.video = "1-30-64x64";
  trial.person = "Ann, or Bob";
  trial.split = Split::kValidation;
  trial.annotation = "/data/a.txt";
  trial.crops = "/data/crops/1";
  trial.frame_rate = 29.97;
  trial.rows = 12;
  trial.annotated = 9;
  trial.crop_count = 11;
  trial.annotation_format = AnnotationFormat::kTwoFiles;
  trial.annotation_second = "/data/arousal, a.txt";
  manifest.trials.push_back(trial);
  Trial test;
  test.name = test.video = test.person = "2";
  test.split = Split::kTest;
  test.video_file = "/data/2.mp4";
  manifest.trials.push_back(test);
  return manifest;
}

TEST(Manifest, RoundTripsEveryField) {
  TempFolder folder;
  const Manifest manifest = Example();
  WriteManifest(folder / "manifest.csv", manifest);
  const Manifest read = ReadManifest(folder / "manifest.csv");
  EXPECT_EQ(read.layout, manifest.layout);
  EXPECT_EQ(read.root, manifest.root);
  ASSERT_EQ(read.trials.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const Trial& a = manifest.trials[i];
    const Trial& b = read.trials[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.video, b.video);
    EXPECT_EQ(a.person, b.person);
    EXPECT_EQ(a.split, b.split);
    EXPECT_EQ(a.annotation, b.annotation);
    EXPECT_EQ(a.crops, b.crops);
    EXPECT_EQ(a.video_file, b.video_file);
    EXPECT_EQ(a.frame_rate, b.frame_rate);
    EXPECT_EQ(a.rows, b.rows);
    EXPECT_EQ(a.annotated, b.annotated);
    EXPECT_EQ(a.crop_count, b.crop_count);
    EXPECT_EQ(a.annotation_format, b.annotation_format);
    EXPECT_EQ(a.annotation_second, b.annotation_second);
  }
  // Writing what was read gives the same bytes.
  WriteManifest(folder / "again.csv", read);
  EXPECT_EQ(ReadFile(folder / "again.csv"), ReadFile(folder / "manifest.csv"));
}

TEST(Manifest, RefusesBadRowsWithLine) {
  TempFolder folder;
  const std::string header =
      "name,video,person,split,annotation,crops,video_file,frame_rate,rows,annotated,crop_count,"
      "layout,root\n";
  const auto message = [&](const std::string& row) {
    WriteFileAtomically(folder / "m.csv", header + "ok,ok,ok,train,,,,0,1,1,0,x,y\n" + row + "\n");
    return ErrorOf(ErrorCode::kBadData, [&] { ReadManifest(folder / "m.csv"); });
  };
  for (const char* row : {"ok,a,a,train,,,,0,1,1,0,x,y",
                          "b,a,a,trains,,,,0,1,1,0,x,y",
                          "b,a,a,train,,,,-1,1,1,0,x,y",
                          "b,a,a,train,,,,0,1,2,0,x,y",
                          "b,a,a,train,,,,0,one,1,0,x,y"}) {
    EXPECT_NE(message(row).find("m.csv:3"), std::string::npos) << row << ": " << message(row);
  }
  ErrorOf(ErrorCode::kNotFound, [&] { ReadManifest(folder / "none.csv"); });
}

TEST(Manifest, FormatsAreOptionalAndChecked) {
  TempFolder folder;
  const std::string columns =
      "name,video,person,split,annotation,crops,video_file,frame_rate,rows,annotated,crop_count,";
  WriteFileAtomically(folder / "old.csv",
                      columns + "layout,root\nok,ok,ok,train,a.txt,,,0,1,1,0,x,y\n");
  const Manifest old = ReadManifest(folder / "old.csv");
  EXPECT_EQ(old.trials.at(0).annotation_format, AnnotationFormat::kVaPerFrame);
  EXPECT_EQ(old.layout, "x");
  const auto message = [&](const std::string& format) {
    WriteFileAtomically(folder / "m.csv",
                        columns + "annotation_format,annotation_second,layout,root\n" +
                            "ok,ok,ok,train,a.txt,,,0,1,1,0," + format + ",x,y\n");
    return ErrorOf(ErrorCode::kBadData, [&] { ReadManifest(folder / "m.csv"); });
  };
  EXPECT_NE(message("xml,").find("m.csv:2: unknown annotation format 'xml'"), std::string::npos);
  EXPECT_NE(message("two-files,").find("m.csv:2: format two-files without annotation_second"),
            std::string::npos);
}

TEST(Manifest, SplitNames) {
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest, Split::kNone}) {
    EXPECT_EQ(ParseSplit(SplitName(split), "here"), split);
  }
  EXPECT_EQ(ParseSplit(" Val ", "here"), Split::kValidation);
}

TEST(Manifest, WritesDefects) {
  TempFolder folder;
  WriteDefects(folder / "defects.csv", {{"a", "no_crops", "none, at all", "kept"}});
  EXPECT_EQ(ReadFile(folder / "defects.csv"),
            "trial,kind,detail,action\na,no_crops,\"none, at all\",kept\n");
}

}  // namespace
}  // namespace circumplex
