// SPDX-License-Identifier: Apache-2.0
#include "datasets/aff_wild2.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "core/files.h"
#include "datasets/crop_scan.h"
#include "datasets/folds.h"
#include "datasets/layout.h"
#include "datasets/row_usage.h"
#include "support/find_trial.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::FindTrial;
using testing_support::SharedFolder;
using testing_support::TempFolder;

/// `pattern`: one character per row, '.' annotated, '-' not annotated.
void WriteAnnotation(const fs::path& path,
                     const std::string& pattern,
                     const std::string& newline = "\n",
                     bool last_newline = true) {
  std::string text = "valence,arousal";
  for (const char c : pattern) text += newline + (c == '.' ? "0.12345678901234,-0.5" : "-5,-5");
  if (last_newline) text += newline;
  WriteFileAtomically(path, text);
}

/// Crops of the rows marked 'x' in `pattern`; row k is file k + 1.
void WriteCrops(const fs::path& folder, const std::string& pattern) {
  fs::create_directories(folder);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != 'x') continue;
    char name[32];
    std::snprintf(name, sizeof name, "%05d.jpg", static_cast<int>(i) + 1);
    std::ofstream(folder / name) << "x";
  }
}

/// The irregularities of the real data in small.
void WriteTree(const fs::path& root) {
  const fs::path train = root / "annotations" / "VA_Set" / "Train_Set";
  const fs::path validation = root / "annotations" / "VA_Set" / "Validation_Set";
  const fs::path crops = root / "cropped_aligned";
  WriteAnnotation(train / "7.txt", "....................");
  WriteCrops(crops / "7", "xxxxxxxxxxxxxxxxxxxx");
  WriteAnnotation(train / "10-60-1280x720.txt", "--....-...-");
  WriteCrops(crops / "10-60-1280x720", "xxxxxxxxxxx");
  WriteAnnotation(train / "10-60-1280x720_right.txt", "...........");
  WriteCrops(crops / "10-60-1280x720_right", "   xx      ");
  WriteAnnotation(train / "5-25-640x480-1.txt", "..........", "\r\n", false);
  WriteCrops(crops / "5-25-640x480-1", "      xx xxx");
  WriteAnnotation(train / "5-25-640x480-2.txt", "-.........");
  WriteCrops(root / "cropped_aligned_new_50_vids" / "5-25-640x480-2", "  xxxxxx  x");
  WriteAnnotation(validation / "video9_left.txt", ".....");
  WriteCrops(crops / "video9_left", "xxxxx");
  WriteAnnotation(validation / "video9_right.txt", ".....");
  WriteCrops(crops / "9-30-64x64", "xxx");
  WriteFileAtomically(root / "va_test_set.txt", "9-30-64x64\r\n11-30-64x64\n");
  fs::create_directories(root / "videos" / "batch1");
  std::ofstream(root / "videos" / "batch1" / "10-60-1280x720.avi") << "x";
  std::ofstream(root / "videos" / "batch1" / "video9.mp4") << "x";
}

std::string DetailOf(const Manifest& manifest, const std::string& trial, const std::string& kind) {
  for (const Defect& defect : manifest.defects) {
    if (defect.trial == trial && defect.kind == kind) return defect.detail;
  }
  return "";
}

TEST(AffWild2, ReadsTheIrregularTree) {
  TempFolder folder;
  WriteTree(folder.path());
  const Manifest manifest = ReadAffWild2(folder.path());
  EXPECT_EQ(manifest.layout, "aff-wild2");
  std::vector<std::string> names;
  for (const Trial& trial : manifest.trials) names.push_back(trial.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"5-25-640x480-1",
                                      "5-25-640x480-2",
                                      "7",
                                      "9-30-64x64",
                                      "10-60-1280x720",
                                      "10-60-1280x720_right",
                                      "11-30-64x64",
                                      "video9_left",
                                      "video9_right"}));

  const Trial& right = FindTrial(manifest, "10-60-1280x720_right");
  EXPECT_EQ(right.video, "10-60-1280x720");
  EXPECT_EQ(right.person, "10-60-1280x720_right");
  EXPECT_EQ(right.recording, "10-60-1280x720");
  EXPECT_EQ(right.split, Split::kTrain);
  EXPECT_EQ(right.video_file.filename(), "10-60-1280x720.avi");
  EXPECT_EQ(right.frame_rate, 60);
  EXPECT_EQ(right.crop_count, 2);

  EXPECT_EQ(FindTrial(manifest, "5-25-640x480-1").person,
            FindTrial(manifest, "5-25-640x480-2").person);
  EXPECT_NE(FindTrial(manifest, "5-25-640x480-1").video,
            FindTrial(manifest, "5-25-640x480-2").video);
  EXPECT_EQ(FindTrial(manifest, "video9_left").video_file.filename(), "video9.mp4");
  EXPECT_EQ(FindTrial(manifest, "video9_left").split, Split::kValidation);
  EXPECT_EQ(FindTrial(manifest, "9-30-64x64").split, Split::kTest);
  EXPECT_EQ(FindTrial(manifest, "9-30-64x64").crop_count, 3);
  EXPECT_TRUE(FindTrial(manifest, "9-30-64x64").annotation.empty());

  EXPECT_EQ(DetailOf(manifest, "10-60-1280x720", "unannotated_rows"),
            "4 of 11 rows (leading 2, inner 1, trailing 1)");
  EXPECT_EQ(DetailOf(manifest, "5-25-640x480-1", "missing_crops"),
            "7 of 10 rows (leading 6, inner 1, trailing 0)");
  EXPECT_EQ(DetailOf(manifest, "5-25-640x480-1", "crops_beyond_rows"), "2 crops after row 10");
  EXPECT_EQ(DetailOf(manifest, "5-25-640x480-2", "missing_crops"),
            "4 of 10 rows (leading 2, inner 0, trailing 2)");
  EXPECT_EQ(DetailOf(manifest, "10-60-1280x720_right", "missing_crops"),
            "9 of 11 rows (leading 3, inner 0, trailing 6)");
  EXPECT_NE(DetailOf(manifest, "video9_right", "no_crops"), "");
  EXPECT_NE(DetailOf(manifest, "11-30-64x64", "no_crops"), "");
  EXPECT_EQ(DetailOf(manifest, "7", "missing_crops"), "");
  EXPECT_EQ(DetectLayout(folder.path()), Layout::kAffWild2);
}

TEST(AffWild2, RowsAreAllAccountedFor) {
  TempFolder folder;
  WriteTree(folder.path());
  const std::vector<RowUsage> usage = CountRowUsage(ReadAffWild2(folder.path()));
  std::map<std::string, RowUsage> by_trial;
  for (const RowUsage& one : usage) by_trial[one.trial] = one;
  EXPECT_EQ(by_trial["10-60-1280x720"], (RowUsage{"10-60-1280x720", 11, 7, 4, 0, 0, 11, 0}));
  EXPECT_EQ(by_trial["5-25-640x480-1"], (RowUsage{"5-25-640x480-1", 10, 3, 0, 7, 0, 5, 2}));
  EXPECT_EQ(by_trial["5-25-640x480-2"], (RowUsage{"5-25-640x480-2", 10, 6, 0, 3, 1, 7, 1}));
  EXPECT_EQ(by_trial["video9_right"], (RowUsage{"video9_right", 5, 0, 0, 5, 0, 0, 0}));
  EXPECT_EQ(by_trial["9-30-64x64"], (RowUsage{"9-30-64x64", 0, 0, 0, 0, 0, 3, 3}));
  const RowUsage total = TotalUsage(usage);
  EXPECT_EQ(total.rows, 20 + 11 + 11 + 10 + 10 + 5 + 5);
  EXPECT_EQ(total.rows,
            total.used + total.unannotated + total.without_crop + total.unannotated_without_crop);
  WriteRowUsage(folder / "rows.csv", usage);
  const std::string text = ReadFile(folder / "rows.csv");
  EXPECT_NE(text.find("\ntotal,72,"), std::string::npos) << text;
}

TEST(AffWild2, LaterEditionsAndGivenPlaces) {
  TempFolder folder;
  const fs::path later = folder / "6th_ABAW_Annotations" / "VA_Estimation_Challenge";
  WriteAnnotation(later / "Train_Set" / "a.txt", "...");
  WriteAnnotation(later / "Validation_Set" / "b.txt", "...");
  WriteFileAtomically(
      folder / "ABAW_VA_test_set_sample.txt",
      "image_location,valence,arousal\nc/00001.jpg,\nc/00002.jpg,0.5,-0.5\nd/00001.jpg,,\n");
  Manifest manifest = ReadAffWild2(folder.path());
  ASSERT_EQ(manifest.trials.size(), 4u);
  EXPECT_EQ(FindTrial(manifest, "c").rows, 2);
  EXPECT_EQ(FindTrial(manifest, "c").split, Split::kTest);
  EXPECT_NE(DetailOf(manifest, "", "no_crop_folder"), "");

  WriteAnnotation(folder / "annotations" / "VA_Set" / "Training_Set" / "e.txt", "..");
  const std::string message = ErrorOf(ErrorCode::kBadData, [&] { ReadAffWild2(folder.path()); });
  EXPECT_NE(message.find("editions must not be mixed"), std::string::npos) << message;
  AffWild2Options options;
  options.annotations = folder / "annotations" / "VA_Set";
  EXPECT_EQ(FindTrial(ReadAffWild2(folder.path(), options), "e").split, Split::kTrain);
}

TEST(AffWild2, FlatFolderWithSplitsAndPersons) {
  TempFolder folder;
  WriteAnnotation(folder / "labels/VA_Set/one.txt", "....");
  WriteAnnotation(folder / "labels/VA_Set/two.txt", "....");
  WriteAnnotation(folder / "labels/VA_Set/three.txt", "....");
  WriteFileAtomically(folder / "labels/VA_Set/readme.txt", "not an annotation\n");
  WriteCrops(folder / "elsewhere/one", "xxxx");
  WriteFileAtomically(
      folder / "who.csv",
      "file,subject,split,fps\none.mp4,A,val,25\ntwo.mov,B,train,30\nfour.mp4,C,none,1\n");
  AffWild2Options options;
  options.splits = folder / "who.csv";
  options.crops = {folder / "elsewhere"};
  const Manifest manifest = ReadAffWild2(folder / "labels", options);
  ASSERT_EQ(manifest.trials.size(), 3u);
  EXPECT_EQ(FindTrial(manifest, "one").split, Split::kValidation);
  EXPECT_EQ(FindTrial(manifest, "one").person, "A");
  EXPECT_EQ(FindTrial(manifest, "one").crop_count, 4);
  EXPECT_EQ(FindTrial(manifest, "two").split, Split::kTrain);
  EXPECT_EQ(FindTrial(manifest, "three").split, Split::kNone);
  EXPECT_NE(DetailOf(manifest, "three", "no_split"), "");
  EXPECT_NE(DetailOf(manifest, "four", "unknown_in_csv"), "");

  WriteFileAtomically(folder / "labels/persons.csv", "trial,person\none,Z\n");
  EXPECT_EQ(FindTrial(ReadAffWild2(folder / "labels", options), "one").person, "Z");
}

TEST(AffWild2, RefusesContradictions) {
  TempFolder folder;
  WriteTree(folder.path());
  WriteFileAtomically(folder / "va_test_set.txt", "7\nnew\n");
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadAffWild2(folder.path()); })
                .find("1 trials of the test list"),
            std::string::npos);
  fs::remove(folder / "va_test_set.txt");
  WriteAnnotation(folder / "annotations/VA_Set/Validation_Set/7.txt", "...");
  EXPECT_NE(
      ErrorOf(ErrorCode::kBadData, [&] { ReadAffWild2(folder.path()); }).find("annotated twice"),
      std::string::npos);
  fs::remove(folder / "annotations/VA_Set/Validation_Set/7.txt");
  WriteFileAtomically(folder / "annotations/VA_Set/Validation_Set/bad.txt",
                      "valence,arousal\n0.1,1.5\n");
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadAffWild2(folder.path()); }).find("bad.txt:2"),
            std::string::npos);
  fs::remove(folder / "annotations/VA_Set/Validation_Set/bad.txt");
  WriteFileAtomically(folder / "persons.csv", "trial,name\n7,Z\n");
  EXPECT_NE(
      ErrorOf(ErrorCode::kBadData, [&] { ReadAffWild2(folder.path()); }).find("no column person"),
      std::string::npos);
  ErrorOf(ErrorCode::kNotFound, [&] { ReadAffWild2(folder / "nowhere"); });
  TempFolder empty;
  const std::string message = ErrorOf(ErrorCode::kBadData, [&] { DetectLayout(empty.path()); });
  EXPECT_NE(message.find("aff-wild2:"), std::string::npos);
  EXPECT_NE(message.find("plain:"), std::string::npos);
  ErrorOf(ErrorCode::kBadData, [&] { ReadAffWild2(empty.path()); });
}

TEST(AffWild2, TrialNames) {
  const TrialName part = ParseTrialName("10-60-1280x720-1_right");
  EXPECT_EQ(part.video, "10-60-1280x720-1");
  EXPECT_EQ(part.recording, "10-60-1280x720");
  EXPECT_EQ(part.side, "_right");
  EXPECT_EQ(part.frame_rate, 60);
  EXPECT_EQ(ParseTrialName("video52_1_left").recording, "video52");
  EXPECT_EQ(ParseTrialName("video52_1_left").video, "video52_1");
  EXPECT_EQ(ParseTrialName("171").video, "171");
  EXPECT_EQ(ParseTrialName("171").frame_rate, 0);
  EXPECT_EQ(ParseTrialName("3-29.97-640x360").frame_rate, 29.97);
  EXPECT_EQ(ParseTrialName("a-b-c_d").recording, "a-b-c_d");
}

TEST(CropScan, NumbersRepeatsAndOddNames) {
  TempFolder folder;
  for (const char* name :
       {"00002.jpg", "2.png", "frame_det_00_000010.BMP", "cover.jpg", "00000.jpg", "notes.txt"}) {
    std::ofstream(folder / name) << "x";
  }
  const CropScan scan = ScanCrops(folder.path());
  // As features and predictions read it: a picture 0 makes the numbers count from 0.
  EXPECT_EQ(scan.frames, (std::vector<std::int64_t>{0, 2, 10}));
  EXPECT_EQ(scan.repeated, 1);
  EXPECT_EQ(scan.unnumbered, 1);
  const MissingCrops missing = CountMissing({3, 5, 8, 12}, 10);
  EXPECT_EQ(missing.leading, 3);
  EXPECT_EQ(missing.inner, 3);
  EXPECT_EQ(missing.trailing, 1);
  EXPECT_EQ(missing.beyond, 1);
  EXPECT_EQ(CountMissing({11, 12}, 10).leading, 10);
  EXPECT_EQ(CountMissing({11, 12}, 10).Total(), 10);
}

TEST(AffWild2, ReadsTheSharedSamples) {
  if (SharedFolder().empty()) GTEST_SKIP() << "the folder of real clips is not here";
  const fs::path samples = SharedFolder() / "samples";
  AffWild2Options options;
  options.splits = samples / "manifest.csv";
  options.videos = {samples / "video"};
  const Manifest manifest = ReadAffWild2(samples / "va_teacher", options);
  EXPECT_EQ(manifest.trials.size(), 61u);
  std::map<Split, std::int64_t> rows;
  std::map<Split, std::set<std::string>> persons;
  for (const Trial& trial : manifest.trials) {
    EXPECT_FALSE(trial.video_file.empty()) << trial.name;
    rows[trial.split] += trial.rows;
    persons[trial.split].insert(trial.person);
  }
  // Counts stated by the samples' own description.
  EXPECT_EQ(rows[Split::kTrain], 19053);
  EXPECT_EQ(rows[Split::kValidation], 3317);
  EXPECT_EQ(persons[Split::kTrain].size(), 33u);
  EXPECT_EQ(persons[Split::kValidation].size(), 11u);
  EXPECT_EQ(FindTrial(manifest, "pyfeat_no_face").annotated, 0);
  const std::vector<Fold> folds = MakeFolds(manifest, FoldRule::kSubject, 5, true, 1);
  EXPECT_EQ(folds.size(), 5u);
}

}  // namespace
}  // namespace circumplex
