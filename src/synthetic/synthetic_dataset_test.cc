// SPDX-License-Identifier: Apache-2.0
#include "synthetic/synthetic_dataset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "circumplex/ccc.h"

#include "core/csv.h"
#include "core/files.h"
#include "datasets/aff_wild2.h"
#include "datasets/affect_net.h"
#include "datasets/crop_scan.h"
#include "datasets/folds.h"
#include "datasets/layout.h"
#include "datasets/row_usage.h"
#include "labels/annotation_io.h"
#include "support/test_files.h"
#include "video/image_io.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::TempFolder;

SyntheticOptions Small() {
  SyntheticOptions options;
  options.train_trials = 4;
  options.validation_trials = 3;
  options.frames = 40;
  options.size = 48;
  options.threads = 1;
  return options;
}

/// All files below `root` with the hash of their content.
std::map<std::string, std::uint64_t> Contents(const fs::path& root) {
  std::map<std::string, std::uint64_t> contents;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) {
      contents[fs::relative(entry.path(), root).string()] = Fnv1a64(ReadFile(entry.path()));
    }
  }
  return contents;
}

TEST(SyntheticDataset, EqualOptionsGiveEqualBytesWhateverTheThreads) {
  TempFolder folder;
  SyntheticOptions options = Small();
  options.stills = 5;
  WriteSyntheticDataset(folder / "a", options);
  options.threads = 3;
  WriteSyntheticDataset(folder / "b", options);
  const auto first = Contents(folder / "a");
  EXPECT_GT(first.size(), 7u * 30u);
  EXPECT_EQ(first, Contents(folder / "b"));
  options.seed = 2;
  WriteSyntheticDataset(folder / "c", options);
  EXPECT_NE(first, Contents(folder / "c"));
}

TEST(SyntheticStills, AreAffectNetPhotographsOfOtherPersons) {
  TempFolder folder;
  SyntheticOptions options = Small();
  options.train_trials = 1;
  options.validation_trials = 0;
  options.stills = 300;
  options.size = 32;
  WriteSyntheticDataset(folder / "set", options);
  EXPECT_EQ(DetectLayout(folder / "set"), Layout::kAffWild2);
  const StillSet stills = ReadAffectNet(folder / "set" / "stills");
  EXPECT_TRUE(stills.defects.empty());
  ASSERT_EQ(stills.images.size(), 360u);
  CccAccumulator moments;
  std::set<int> expressions;
  std::set<std::uint64_t> pictures;
  for (const StillImage& image : stills.images) {
    EXPECT_TRUE(image.valid && image.exists && image.face.has_value());
    EXPECT_EQ(image.split,
              &image - stills.images.data() < 300 ? Split::kTrain : Split::kValidation);
    moments.Add(image.va.valence, image.va.arousal);
    expressions.insert(image.expression);
    pictures.insert(Fnv1a64(ReadFile(image.path)));
  }
  EXPECT_EQ(pictures.size(), 360u);
  // The moments of Aff-Wild2's training labels, as in the trials.
  EXPECT_NEAR(moments.mean_x(), 0.1, 0.1);
  EXPECT_NEAR(std::sqrt(moments.variance_x()), 0.4, 0.08);
  EXPECT_NEAR(moments.mean_y(), 0.3, 0.1);
  EXPECT_NEAR(std::sqrt(moments.variance_y()), 0.3, 0.08);
  EXPECT_GE(expressions.size(), 5u);
  const Image image = ReadImage(stills.images.front().path);
  EXPECT_EQ(image.width, 32);
  EXPECT_EQ(image.height, 32);
}

TEST(SyntheticDataset, TheReaderUnderstandsIt) {
  TempFolder folder;
  SyntheticOptions options = Small();
  options.missing_crop_trials = 0.5;
  options.unannotated_trials = 0.5;
  const SyntheticSummary summary = WriteSyntheticDataset(folder / "set", options);
  EXPECT_EQ(DetectLayout(folder / "set"), Layout::kAffWild2);
  const Manifest manifest = ReadAffWild2(folder / "set");
  ASSERT_EQ(manifest.trials.size(), 7u);
  EXPECT_EQ(summary.trials, 7);
  EXPECT_EQ(summary.persons, 4);
  std::map<Split, std::set<std::string>> persons;
  std::set<std::string> everyone;
  std::int64_t rows = 0, annotated = 0, crops = 0;
  for (const Trial& trial : manifest.trials) {
    persons[trial.split].insert(trial.person);
    everyone.insert(trial.person);
    rows += trial.rows;
    annotated += trial.annotated;
    crops += trial.crop_count;
    EXPECT_EQ(trial.frame_rate, 30) << trial.name;
    const std::vector<std::int64_t> frames = ScanCrops(trial.crops).frames;
    const Image crop = ReadImage(trial.crops / "00030.jpg");
    EXPECT_EQ(crop.height, 48);
    EXPECT_EQ(crop.width, 48);
  }
  EXPECT_EQ(persons[Split::kTrain].size(), 2u);
  EXPECT_EQ(persons[Split::kValidation].size(), 2u);
  EXPECT_EQ(everyone.size(), 4u);
  EXPECT_EQ(rows, summary.rows);
  EXPECT_EQ(annotated, summary.annotated);
  EXPECT_EQ(crops, summary.crops);
  EXPECT_LT(annotated, rows);
  EXPECT_LT(crops, rows);
  std::set<std::string> kinds;
  for (const Defect& defect : manifest.defects) kinds.insert(defect.kind);
  EXPECT_EQ(kinds, (std::set<std::string>{"missing_crops", "unannotated_rows"}));
  EXPECT_EQ(TotalUsage(CountRowUsage(manifest)).crops, summary.crops);
  EXPECT_EQ(MakeFolds(manifest, FoldRule::kSubject, 4, true, 1).size(), 4u);
  EXPECT_EQ(MakeFolds(manifest, FoldRule::kOfficial, 1, true, 1).size(), 1u);
}

TEST(SyntheticDataset, LabelsAreTheTruthRounded) {
  TempFolder folder;
  SyntheticOptions options = Small();
  WriteSyntheticDataset(folder / "set", options);
  const Manifest manifest = ReadAffWild2(folder / "set");
  for (const Trial& trial : manifest.trials) {
    const std::vector<VaLabel> labels = ReadVaAnnotation(trial.annotation);
    const fs::path path = folder / "set" / "truth" / (trial.name + ".csv");
    const CsvTable truth = ReadCsv(path);
    ASSERT_EQ(truth.rows.size(), labels.size());
    for (std::size_t t = 0; t < labels.size(); ++t) {
      if (!labels[t].annotated) continue;
      EXPECT_NEAR(
          labels[t].valence, *ParseDouble(truth.rows[t][truth.Column("valence", "truth")]), 5.1e-4);
      EXPECT_NEAR(
          labels[t].arousal, *ParseDouble(truth.rows[t][truth.Column("arousal", "truth")]), 5.1e-4);
    }
  }
}

/// Mean absolute change of the pixels between consecutive crops, over all trials.
double MeanChange(const fs::path& set) {
  double sum = 0, count = 0;
  for (const Trial& trial : ReadAffWild2(set).trials) {
    Image last;
    for (const fs::path& path : ListFolder(trial.crops)) {
      const Image image = ReadImage(path);
      for (std::size_t i = 0; i < last.pixels.size(); ++i)
        sum += std::abs(image.pixels[i] - last.pixels[i]);
      count += static_cast<double>(last.pixels.size());
      last = image;
    }
  }
  return sum / count;
}

TEST(SyntheticDataset, FasterMotionChangesFramesMoreButNotTheFirst) {
  TempFolder folder;
  SyntheticOptions options = Small();
  options.noise = 0;
  options.occlusion = 0;
  options.missing_crop_trials = 0;
  options.motion_low_hz = options.motion_high_hz = 0.5;
  WriteSyntheticDataset(folder / "slow", options);
  options.motion_low_hz = options.motion_high_hz = 6;
  WriteSyntheticDataset(folder / "fast", options);
  EXPECT_GT(MeanChange(folder / "fast"), 2 * MeanChange(folder / "slow"));
  // Phases start equal, so the first crops, drawn before any step, are the same bytes;
  // labels always are.
  auto slow = Contents(folder / "slow"), fast = Contents(folder / "fast");
  std::int64_t equal_later = 0, later = 0;
  for (const auto& [name, hash] : slow) {
    if (name.find(".jpg") == std::string::npos || name.find("00001.jpg") != std::string::npos) {
      EXPECT_EQ(hash, fast[name]) << name;
    } else {
      ++later;
      equal_later += hash == fast[name];
    }
  }
  EXPECT_LT(equal_later, later / 10);
}

TEST(SyntheticDataset, VideosShowTheSameTrials) {
  TempFolder folder;
  SyntheticOptions options = Small();
  options.train_trials = 1;
  options.validation_trials = 0;
  options.frames = 20;
  options.videos = true;
  options.video_width = 160;
  options.video_height = 120;
  WriteSyntheticDataset(folder / "set", options);
  const Manifest manifest = ReadAffWild2(folder / "set");
  ASSERT_EQ(manifest.trials.size(), 1u);
  EXPECT_EQ(manifest.trials[0].name, "1-30-160x120");
  EXPECT_FALSE(manifest.trials[0].video_file.empty());
  EXPECT_GT(fs::file_size(manifest.trials[0].video_file), 1000u);
}

TEST(SyntheticDataset, SummaryOfTheDefaultSet) {
  // Only the plan is checked, at a size that draws quickly.
  TempFolder folder;
  SyntheticOptions options;
  options.size = 32;
  options.frames = 60;
  const SyntheticSummary summary = WriteSyntheticDataset(folder / "set", options);
  EXPECT_EQ(summary.trials, 48);
  EXPECT_EQ(summary.persons, 24);
  EXPECT_NEAR(summary.valence_mean, 0.12, 0.05);
  EXPECT_NEAR(summary.valence_spread, 0.40, 0.05);
  EXPECT_NEAR(summary.arousal_mean, 0.31, 0.05);
  EXPECT_NEAR(summary.arousal_spread, 0.29, 0.05);
  EXPECT_NEAR(summary.correlation, 0, 0.12);
  EXPECT_NEAR(summary.train.arousal, 0.5, 0.12);
  EXPECT_NEAR(summary.validation.arousal, 0.5, 0.18);
  EXPECT_NE(summary.Text().find("single frames can explain 1.000 of the variance of valence"),
            std::string::npos)
      << summary.Text();
}

TEST(SyntheticDataset, RefusesBadOptionsAndFullFolders) {
  TempFolder folder;
  SyntheticOptions options = Small();
  options.train_trials = 0;
  options.motion_high_hz = 15;
  options.noise = std::nan("");
  const std::string message =
      ErrorOf(ErrorCode::kInvalidOptions, [&] { WriteSyntheticDataset(folder / "set", options); });
  for (const char* key : {"train_trials = 0", "motion_high_hz = 15", "noise = "}) {
    EXPECT_NE(message.find(key), std::string::npos) << message;
  }
  EXPECT_FALSE(fs::exists(folder / "set"));
  WriteFileAtomically(folder / "full/file.txt", "mine");
  const std::string full = ErrorOf(ErrorCode::kInvalidArgument,
                                   [&] { WriteSyntheticDataset(folder / "full", Small()); });
  EXPECT_NE(full.find("name a new folder"), std::string::npos);
  EXPECT_EQ(ReadFile(folder / "full/file.txt"), "mine");
  EXPECT_TRUE(SyntheticOptions().Violations().empty());
}

}  // namespace
}  // namespace circumplex
