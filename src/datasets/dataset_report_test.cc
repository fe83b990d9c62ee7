// SPDX-License-Identifier: Apache-2.0
#include "datasets/dataset_report.h"

#include <gtest/gtest.h>

#include "core/csv.h"
#include "core/files.h"
#include "datasets/layout.h"
#include "datasets/merge.h"
#include "datasets/training_overlap.h"
#include "support/layout_fixture.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

std::string Described(const Manifest& manifest) {
  return DescribeDataset(manifest, CountRowUsage(manifest));
}

std::string LineStarting(const std::string& text, const std::string& start) {
  for (const std::string_view line : SplitLines(text)) {
    if (line.rfind(start, 0) == 0) return std::string(line);
  }
  return "";
}

TEST(DatasetReport, SumsOfTheAbaw6FixtureByHand) {
  TempFolder folder;
  WriteFixture(folder / "set", FixtureLayout::kAbaw6);
  const std::string text = Described(ReadDataset(folder / "set"));
  EXPECT_EQ(LineStarting(text, "layout"), "layout   aff-wild2, lists of ABAW3 or later");
  // 14 annotated trials: 8-15 has no labelled row, 11-30 and video45_1 have no crop; 6 are tested.
  EXPECT_EQ(LineStarting(text, "trials"),
            "trials   20 = 11 with labels and crops + 2 with labels, without crops + 1 without a "
            "labelled row + 6 to predict")
      << text;
  // 345 rows; -5 in 10-60 (9), 8-15 (12) and video45_2 (1), all with a crop. Without one:
  // 5-25-1 10, 5-25-2 2, 10-60_right 42, 11-30 10, video9_right 2, video45_1 15.
  EXPECT_EQ(LineStarting(text, "rows"),
            "rows     345 = 242 used + 22 not annotated + 81 without a crop; 125 to predict")
      << text;
  EXPECT_EQ(LineStarting(text, "crops"),
            "crops    425 = 242 used + 22 of rows not annotated + 51 beyond the rows + 109 to "
            "predict + 1 left out with their folders")
      << text;
  EXPECT_NE(text.find("\nunannotated_rows  "), std::string::npos);
  EXPECT_NE(text.find("predicted, never trained on or scored"), std::string::npos);
}

TEST(DatasetReport, SumsHoldForEveryLayoutAndForJoinedSets) {
  for (const FixtureLayout layout : AllFixtureLayouts()) {
    SCOPED_TRACE(FixtureLayoutName(layout));
    TempFolder folder;
    WriteFixture(folder / "set", layout);
    if (DetectLayout(folder / "set") == Layout::kAffectNet) {
      const std::string text = DescribeDataset(ReadAffectNet(folder / "set"));
      EXPECT_EQ(LineStarting(text, "images"),
                layout == FixtureLayout::kAffectNetLists
                    ? "images   16 = 13 used + 2 without labels + 1 not on disk"
                    : "images   8 = 7 used + 1 without labels")
          << text;
      continue;
    }
    EXPECT_FALSE(LineStarting(Described(ReadDataset(folder / "set")), "crops    ").empty());
  }
  TempFolder folder;
  WriteFixture(folder / "two", FixtureLayout::kAffWild2);
  WriteFixture(folder / "one", FixtureLayout::kAffWild);
  const Manifest two = ReadDataset(folder / "two"), one = ReadDataset(folder / "one");
  for (const DuplicateRule rule : {DuplicateRule::kDrop, DuplicateRule::kKeep}) {
    const std::string text = Described(MergeManifests(two, one, rule));
    EXPECT_EQ(LineStarting(text, "layout"), "layout   aff-wild2+aff-wild, lists of ABAW1/ABAW2");
    // 171, 212 (3 missing) and 303 of v1: 21 + 19 + 23 crops.
    EXPECT_EQ(text.find("+ 64 left out with their folders") != std::string::npos,
              rule == DuplicateRule::kDrop)
        << text;
  }
}

TEST(DatasetReport, ImagesAreListed) {
  TempFolder folder;
  WriteFixture(folder / "set", FixtureLayout::kAffectNetLists);
  WriteImages(folder / "images.csv", ReadAffectNet(folder / "set"));
  const CsvTable table = ReadCsv(folder / "images.csv");
  ASSERT_EQ(table.rows.size(), 16u);
  EXPECT_EQ(table.rows[7][6], "0");
  EXPECT_EQ(table.rows[9][3], "");
  EXPECT_EQ(table.rows[9][2], "9");
}

TEST(DatasetPlaces, AreRefusedWhereALayoutHasNone) {
  TempFolder folder;
  WriteFixture(folder / "set", FixtureLayout::kAfewVa);
  DatasetPlaces places;
  places.test_list = folder / "x.txt";
  EXPECT_EQ(ErrorOf(ErrorCode::kInvalidArgument,
                    [&] { ReadDataset(folder / "set", Layout::kAfewVa, places); }),
            "layout afew-va takes no test list; lay the folder out as the data set is, or name "
            "another layout");
  EXPECT_EQ(ErrorOf(ErrorCode::kInvalidArgument, [] { ParseLayout("afew"); }),
            "unknown layout 'afew'; use aff-wild2, aff-wild, affectnet, afew-va, omg, plain");
  EXPECT_EQ(ReadDataset(folder / "set", ParseLayout("afew-va"), {}).trials.size(), 4u);
}

TEST(TrainingOverlap, NamesTrialsVideosAndWhatMoved) {
  const TrainingOverlap overlap = FindTrainingOverlap(
      {"aff-wild_171", "10-60-1280x720", "5-25-640x480-1", "40-30-1280x720", "video9_left"},
      {"171", "10-60-1280x720_right", "5-25-640x480-2", "40-30-1280x720", "video9_left", "2"});
  EXPECT_EQ(overlap.trials, (std::vector<std::string>{"40-30-1280x720", "171", "video9_left"}));
  EXPECT_EQ(overlap.same_videos, std::vector<std::string>{"10-60-1280x720_right"});
  EXPECT_EQ(overlap.moved, (std::vector<std::string>{"40-30-1280x720", "171"}));
  EXPECT_EQ(DescribeOverlap(overlap),
            "the model was trained on 3 of 6 trials (40-30-1280x720, 171, video9_left): their "
            "scores say nothing about unseen videos; the model was trained on another person in "
            "the video of 1 of 6 trials (10-60-1280x720_right); of these 40-30-1280x720, 171 moved "
            "from the training to the test set after ABAW2: a model of the ABAW2 lists cannot be "
            "scored on a later test set");
  EXPECT_EQ(DescribeOverlap(FindTrainingOverlap({"1"}, {"2"})), "");
}

TEST(EditionOf, IsToldByTheTrialsThatMovedAndRefusesAMixture) {
  TempFolder folder;
  WriteFixture(folder / "old", FixtureLayout::kAffWild2);
  WriteFixture(folder / "new", FixtureLayout::kAbaw3);
  WriteFixture(folder / "v1", FixtureLayout::kAffWild);
  EXPECT_EQ(EditionOf(ReadDataset(folder / "old")), "ABAW1/ABAW2");
  EXPECT_EQ(EditionOf(ReadDataset(folder / "new")), "ABAW3 or later");
  EXPECT_EQ(EditionOf(ReadDataset(folder / "v1")), "");
  EXPECT_EQ(TrialsMovedToTest().size(), 10u);
  // One annotation of the old edition is left in the new one's folder.
  std::filesystem::rename(folder / "old/annotations/VA_Set/Train_Set/171.txt",
                          folder /
                              "new/Third ABAW Annotations/VA_Estimation_Challenge/Train_Set/"
                              "234.txt");
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadDataset(folder / "new"); })
                .find("234 are annotated as before ABAW3, 171, 212, 303 are test trials"),
            std::string::npos);
}

}  // namespace
}  // namespace circumplex
