// SPDX-License-Identifier: Apache-2.0
#include "support/layout_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/files.h"
#include "datasets/aff_wild.h"
#include "datasets/aff_wild2.h"
#include "datasets/affect_net.h"
#include "datasets/folds.h"
#include "datasets/layout.h"
#include "datasets/merge.h"
#include "datasets/row_usage.h"
#include "datasets/trial_labels.h"
#include "predictions/submission_check.h"
#include "support/find_trial.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::FindTrial;
using testing_support::TempFolder;

Layout LayoutOf(FixtureLayout layout) {
  switch (layout) {
    case FixtureLayout::kAffWild2:
    case FixtureLayout::kAbaw3:
    case FixtureLayout::kAbaw5:
    case FixtureLayout::kAbaw6:
    case FixtureLayout::kAbaw10:
      return Layout::kAffWild2;
    case FixtureLayout::kAffWild:
      return Layout::kAffWild;
    case FixtureLayout::kAffectNetLists:
    case FixtureLayout::kAffectNetArrays:
      return Layout::kAffectNet;
    case FixtureLayout::kAfewVa:
      return Layout::kAfewVa;
    case FixtureLayout::kOmg:
      return Layout::kOmg;
    case FixtureLayout::kPlain:
      return Layout::kPlainFolder;
  }
  return Layout::kPlainFolder;
}

std::string TestName(const testing::TestParamInfo<FixtureLayout>& layout) {
  std::string name = FixtureLayoutName(layout.param);
  name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
  return name;
}

std::vector<FixtureLayout> VideoLayouts() {
  std::vector<FixtureLayout> layouts;
  for (const FixtureLayout layout : AllFixtureLayouts()) {
    if (LayoutOf(layout) != Layout::kAffectNet) layouts.push_back(layout);
  }
  return layouts;
}

class EveryLayout : public testing::TestWithParam<FixtureLayout> {};
INSTANTIATE_TEST_SUITE_P(Fixture, EveryLayout, testing::ValuesIn(AllFixtureLayouts()), TestName);
class EveryVideoLayout : public testing::TestWithParam<FixtureLayout> {};
INSTANTIATE_TEST_SUITE_P(Fixture, EveryVideoLayout, testing::ValuesIn(VideoLayouts()), TestName);

TEST_P(EveryLayout, IsDetectedAndReadAsWritten) {
  TempFolder folder;
  const fs::path root = folder / "set";
  const std::vector<FixtureTrial> facts = WriteFixture(root, GetParam());
  ASSERT_EQ(DetectLayout(root), LayoutOf(GetParam()));
  if (LayoutOf(GetParam()) == Layout::kAffectNet) {
    const std::string message = ErrorOf(ErrorCode::kBadData, [&] { ReadDataset(root); });
    EXPECT_NE(message.find("single photographs"), std::string::npos) << message;
    return;
  }
  const Manifest manifest = ReadDataset(root);
  EXPECT_EQ(manifest.layout, LayoutName(LayoutOf(GetParam())));
  const std::vector<RowUsage> usage = CountRowUsage(manifest);
  ASSERT_EQ(manifest.trials.size(), facts.size());
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const Trial& trial = manifest.trials[i];
    SCOPED_TRACE(facts[i].name);
    EXPECT_EQ(trial.name, facts[i].name);
    EXPECT_EQ(trial.rows, facts[i].rows);
    EXPECT_EQ(trial.annotated, facts[i].annotated);
    EXPECT_EQ(trial.crop_count, facts[i].crops);
    EXPECT_EQ(trial.split == Split::kTest, facts[i].test);
    EXPECT_EQ(trial.annotation.empty(), facts[i].test || facts[i].rows == 0);
    EXPECT_EQ(usage[i].used, facts[i].used);
    EXPECT_EQ(usage[i].beyond_rows, facts[i].beyond);
    EXPECT_EQ(usage[i].crops, facts[i].crops);

    const std::vector<VaLabel> labels = ReadTrialLabels(trial);
    EXPECT_EQ(static_cast<std::int64_t>(labels.size()), facts[i].test ? 0 : facts[i].rows);
    std::int64_t annotated = 0;
    for (std::size_t row = 0; row < labels.size(); ++row) {
      if (!labels[row].annotated) continue;
      ++annotated;
      const bool one_label = trial.annotation_format == AnnotationFormat::kUtterance;
      const VaLabel want = FixtureLabel(trial.name, one_label ? 0 : static_cast<std::int64_t>(row));
      const bool tenths = trial.annotation_format == AnnotationFormat::kAfewJson;
      EXPECT_NEAR(labels[row].valence, want.valence, tenths ? 0.0501 : 1e-7) << row;
      EXPECT_NEAR(labels[row].arousal, want.arousal, tenths ? 0.0501 : 1e-7) << row;
    }
    EXPECT_EQ(annotated, facts[i].annotated);
  }
}

TEST_P(EveryVideoLayout, ManifestRoundTripsAndStillReadsLabels) {
  TempFolder folder;
  WriteFixture(folder / "set", GetParam());
  const Manifest manifest = ReadDataset(folder / "set");
  WriteManifest(folder / "manifest.csv", manifest);
  const Manifest read = ReadManifest(folder / "manifest.csv");
  ASSERT_EQ(read.trials.size(), manifest.trials.size());
  EXPECT_EQ(CountRowUsage(read), CountRowUsage(manifest));
  for (std::size_t i = 0; i < read.trials.size(); ++i) {
    EXPECT_EQ(read.trials[i].annotation_format, manifest.trials[i].annotation_format);
    EXPECT_EQ(read.trials[i].annotation_second, manifest.trials[i].annotation_second);
  }
  WriteManifest(folder / "again.csv", read);
  EXPECT_EQ(ReadFile(folder / "again.csv"), ReadFile(folder / "manifest.csv"));
}

TEST_P(EveryVideoLayout, EveryRowAndCropIsAccountedFor) {
  TempFolder folder;
  WriteFixture(folder / "set", GetParam());
  const Manifest manifest = ReadDataset(folder / "set");
  const std::vector<RowUsage> usage = CountRowUsage(manifest);
  std::int64_t labels = 0, crops = 0, annotated = 0;
  for (const Trial& trial : manifest.trials) {
    labels += static_cast<std::int64_t>(ReadTrialLabels(trial).size());
    crops += trial.crop_count;
    annotated += trial.annotated;
  }
  const RowUsage total = TotalUsage(usage);
  EXPECT_EQ(total.rows, labels);
  EXPECT_EQ(total.crops, crops);
  EXPECT_EQ(total.used + total.without_crop, annotated);
  EXPECT_EQ(total.used + total.unannotated + total.without_crop + total.unannotated_without_crop,
            labels);
  EXPECT_EQ(total.used + total.unannotated + total.beyond_rows, crops);
}

TEST_P(EveryVideoLayout, FoldsKeepVideosAndPersonsTogether) {
  TempFolder folder;
  WriteFixture(folder / "set", GetParam());
  const Manifest manifest = ReadDataset(folder / "set");
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const std::vector<Fold> folds = MakeFolds(manifest, FoldRule::kSubject, 2, true, seed);
    std::map<std::string, int> validated;
    for (const Fold& fold : folds) {
      std::set<std::string> videos, persons;
      for (const std::string& name : fold.train) {
        videos.insert(FindTrial(manifest, name).video);
        persons.insert(FindTrial(manifest, name).person);
      }
      for (const std::string& name : fold.validation) {
        ++validated[name];
        EXPECT_EQ(videos.count(FindTrial(manifest, name).video), 0u) << name;
        EXPECT_EQ(persons.count(FindTrial(manifest, name).person), 0u) << name;
      }
    }
    for (const Trial& trial : manifest.trials) {
      EXPECT_EQ(validated[trial.name], trial.annotated > 0 ? 1 : 0) << trial.name;
    }
  }
}

std::map<std::string, std::string> Defects(const Manifest& manifest) {
  std::map<std::string, std::string> defects;
  for (const Defect& defect : manifest.defects)
    defects[defect.trial + "/" + defect.kind] = defect.detail;
  return defects;
}

TEST(Fixture, AffWild2NamesWhatIsIrregular) {
  TempFolder folder;
  WriteFixture(folder / "set", FixtureLayout::kAbaw6);
  std::map<std::string, std::string> defects = Defects(ReadDataset(folder / "set"));
  EXPECT_EQ(defects["10-60-1280x720/unannotated_rows"],
            "9 of 50 rows (leading 4, inner 3, trailing 2)");
  EXPECT_EQ(defects["10-60-1280x720_right/missing_crops"],
            "42 of 51 rows (leading 20, inner 1, trailing 21)");
  EXPECT_EQ(defects["5-25-640x480-1/missing_crops"],
            "10 of 30 rows (leading 6, inner 3, trailing 1)");
  EXPECT_EQ(defects["5-25-640x480-2/missing_crops"],
            "2 of 32 rows (leading 0, inner 0, trailing 2)");
  EXPECT_EQ(defects["466/crops_beyond_rows"], "51 crops after row 20");
  EXPECT_EQ(defects["171/crops_beyond_rows"], "1 crops after row 36");
  EXPECT_EQ(defects["8-15-480x360/unannotated_rows"],
            "12 of 12 rows (leading 12, inner 0, trailing 0)");
  EXPECT_EQ(defects.count("11-30-720x480/no_crops"), 1u);
  EXPECT_EQ(defects.count("video45_1/no_crops"), 1u);
  EXPECT_EQ(defects.count("99-30-1x1/crops_without_annotation"), 1u);
  EXPECT_EQ(defects.count("1-30-640x360/missing_crops"), 0u);
}

TEST(Fixture, EditionsMustNotBeMixed) {
  TempFolder folder;
  WriteFixture(folder / "old", FixtureLayout::kAffWild2);
  WriteFixture(folder / "new", FixtureLayout::kAbaw5);
  AffWild2Options options;
  // The old annotations hold trials that the new edition tests on.
  options.test_list = folder / "new" / "CVPR_5th_ABAW_VA_test_set_sample.txt";
  const std::string message =
      ErrorOf(ErrorCode::kBadData, [&] { ReadAffWild2(folder / "old", options); });
  EXPECT_NE(message.find("3 trials of the test list"), std::string::npos) << message;
  EXPECT_NE(message.find("(171, 212, 303)"), std::string::npos) << message;
}

TEST(Fixture, AffWildInsideAffWild2NeverCrossesFolds) {
  TempFolder folder;
  WriteFixture(folder / "two", FixtureLayout::kAffWild2);
  WriteFixture(folder / "one", FixtureLayout::kAffWild);
  const Manifest two = ReadDataset(folder / "two"), one = ReadDataset(folder / "one");
  const Manifest both = MergeManifests(two, one, DuplicateRule::kKeep);
  EXPECT_EQ(both.layout, "aff-wild2+aff-wild");
  EXPECT_EQ(both.trials.size(), two.trials.size() + one.trials.size());
  int duplicates = 0;
  for (const Defect& defect : both.defects) duplicates += defect.kind == "duplicate_video";
  EXPECT_EQ(duplicates, 3);
  EXPECT_EQ(FindTrial(both, "aff-wild_303").split, FindTrial(two, "303").split);
  for (const FoldRule rule : {FoldRule::kVideo, FoldRule::kSubject}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      for (const Fold& fold : MakeFolds(both, rule, 3, true, seed)) {
        const std::set<std::string> validation(fold.validation.begin(), fold.validation.end());
        for (const char* name : {"171", "212", "303"}) {
          EXPECT_EQ(validation.count(name), validation.count("aff-wild_" + std::string(name)))
              << name;
        }
      }
    }
  }
  // The released slices do let them cross, which is why the rule is named.
  bool crosses = false;
  for (const Fold& fold : MakeFolds(both, FoldRule::kReleased, 3, true, 0)) {
    const std::set<std::string> validation(fold.validation.begin(), fold.validation.end());
    crosses |= validation.count("171") != validation.count("aff-wild_171");
  }
  EXPECT_TRUE(crosses);
  const FoldLeaks leaks = FindLeaks(both, MakeFolds(both, FoldRule::kReleased, 3, true, 0));
  EXPECT_NE(std::find(leaks.videos.begin(), leaks.videos.end(), "171"), leaks.videos.end());
  EXPECT_EQ(DescribeLeaks(leaks).rfind("contaminated: ", 0), 0u) << DescribeLeaks(leaks);
  EXPECT_EQ(DescribeLeaks(FindLeaks(both, MakeFolds(both, FoldRule::kSubject, 3, true, 0))),
            "no video and no person is on both sides of a fold");

  const Manifest dropped = MergeManifests(two, one, DuplicateRule::kDrop);
  EXPECT_EQ(dropped.trials.size(), two.trials.size() + 2);
  ErrorOf(ErrorCode::kInvalidArgument, [&] { FindTrial(dropped, "aff-wild_171"); });
}

TEST(Merge, RefusesOneNameForTwoVideos) {
  Manifest main, other;
  Trial trial;
  trial.name = "clip";
  trial.video = "a";
  main.trials.push_back(trial);
  trial.video = "b";
  other.trials.push_back(trial);
  const std::string message =
      ErrorOf(ErrorCode::kBadData, [&] { MergeManifests(main, other, DuplicateRule::kKeep); });
  EXPECT_NE(message.find("trial 'clip' is in"), std::string::npos) << message;
}

TEST(Fixture, SplitFoldersAreTheOfficialFold) {
  TempFolder folder;
  const std::vector<FixtureTrial> facts = WriteFixture(folder / "set", FixtureLayout::kAffWild2);
  const Manifest manifest = ReadDataset(folder / "set");
  const std::vector<Fold> folds = MakeFolds(manifest, FoldRule::kOfficial, 0, false, 0);
  ASSERT_EQ(folds.size(), 1u);
  std::int64_t annotated = 0;
  for (const FixtureTrial& one : facts) annotated += one.annotated;
  EXPECT_EQ(AnnotatedRows(manifest, folds[0].train) + AnnotatedRows(manifest, folds[0].validation),
            annotated);
}

TEST(Fixture, ASubmissionWrittenFromTheSampleIsAccepted) {
  for (const auto& [layout, file] :
       {std::make_pair(FixtureLayout::kAbaw5, "CVPR_5th_ABAW_VA_test_set_sample.txt"),
        std::make_pair(FixtureLayout::kAbaw6, "CVPR_6th_ABAW_VA_test_set_example.txt"),
        std::make_pair(FixtureLayout::kAbaw10, "ABAW_VA_test_set_sample.txt")}) {
    TempFolder folder;
    const std::vector<FixtureTrial> facts = WriteFixture(folder / "set", layout);
    const fs::path sample = folder / "set" / file;
    std::vector<TrialPrediction> predictions;
    std::int64_t rows = 0;
    for (const FixtureTrial& one : facts) {
      if (!one.test) continue;
      TrialPrediction prediction;
      prediction.trial = one.name;
      for (std::int64_t i = 0; i < one.rows; ++i) {
        prediction.values.push_back(FixtureLabel(one.name, i));
      }
      rows += one.rows;
      predictions.push_back(prediction);
    }
    WriteSingleFile(folder / "out.txt", ReadSample(sample), predictions);
    const SubmissionReport report = CheckSubmission(folder / "out.txt", ExpectSample(sample));
    EXPECT_TRUE(report.findings.empty()) << FormatReport(report);
    EXPECT_TRUE(report.ok);
    EXPECT_EQ(report.rows, rows);
    EXPECT_EQ(report.trials, 6);
  }
}

TEST(Fixture, IsDeterministicAndRefusesAFullFolder) {
  TempFolder folder;
  WriteFixture(folder / "a", FixtureLayout::kOmg);
  WriteFixture(folder / "b", FixtureLayout::kOmg);
  EXPECT_EQ(ReadFile(folder / "a" / "omg_TrainVideos.csv"),
            ReadFile(folder / "b" / "omg_TrainVideos.csv"));
  const std::string message = ErrorOf(ErrorCode::kInvalidArgument,
                                      [&] { WriteFixture(folder / "a", FixtureLayout::kOmg); });
  EXPECT_NE(message.find("is not empty"), std::string::npos) << message;
  EXPECT_EQ(FixtureJpeg().substr(0, 2), "\xFF\xD8");
}

TEST(Layout, SaysWhatEachLayoutLacks) {
  TempFolder folder;
  const std::string message = ErrorOf(ErrorCode::kBadData, [&] { DetectLayout(folder.path()); });
  for (const char* name : {"aff-wild2", "aff-wild", "affectnet", "afew-va", "omg", "plain"}) {
    EXPECT_NE(message.find("\n  " + std::string(name) + ": no "), std::string::npos) << name;
  }
  WriteFixture(folder / "set", FixtureLayout::kAffWild);
  WriteFileAtomically(folder / "set/annotations/VA_Set/Train_Set/1.txt", "valence,arousal\n0,0\n");
  const std::string two = ErrorOf(ErrorCode::kBadData, [&] { DetectLayout(folder / "set"); });
  EXPECT_NE(two.find("holds aff-wild2 and aff-wild; put each data set in its own folder"),
            std::string::npos)
      << two;
  ErrorOf(ErrorCode::kNotFound, [&] { DetectLayout(folder / "nowhere"); });
}

}  // namespace
}  // namespace circumplex
