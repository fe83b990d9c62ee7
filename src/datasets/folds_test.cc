// SPDX-License-Identifier: Apache-2.0
#include "datasets/folds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/files.h"
#include "core/rng.h"
#include "datasets/aff_wild2.h"
#include "datasets/folds_file.h"
#include "support/find_trial.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::FindTrial;
using testing_support::TempFolder;

/// 60 trials of 25 persons in 50 videos; trials of one video have two persons, who
/// return in others.
Manifest Example(std::uint64_t seed = 3) {
  Manifest manifest;
  Rng rng(seed);
  for (int i = 0; i < 60; ++i) {
    Trial trial;
    trial.name = "t" + std::to_string(i);
    trial.video = "v" + std::to_string(i % 50);
    trial.person = "p" + std::to_string(i % 25 + (i >= 50 ? 25 * (i % 2) : 0));
    trial.split = i % 5 == 0 ? Split::kValidation : Split::kTrain;
    trial.annotation = trial.name + ".txt";
    trial.rows = trial.annotated = 100 + static_cast<std::int64_t>(rng.Below(2000));
    manifest.trials.push_back(trial);
  }
  return manifest;
}

void ExpectPartition(const Manifest& manifest, const std::vector<Fold>& folds, bool by_person) {
  std::map<std::string, int> times;
  for (const Fold& fold : folds) {
    std::set<std::string> train_videos, train_persons;
    for (const std::string& name : fold.train) {
      train_videos.insert(FindTrial(manifest, name).video);
      train_persons.insert(FindTrial(manifest, name).person);
    }
    for (const std::string& name : fold.validation) {
      ++times[name];
      EXPECT_EQ(train_videos.count(FindTrial(manifest, name).video), 0u) << name;
      if (by_person) {
        EXPECT_EQ(train_persons.count(FindTrial(manifest, name).person), 0u) << name;
      }
    }
    EXPECT_EQ(fold.train.size() + fold.validation.size(), manifest.trials.size());
  }
  EXPECT_EQ(times.size(), manifest.trials.size());
  for (const auto& [name, count] : times) EXPECT_EQ(count, 1) << name;
}

TEST(Folds, NoVideoOrPersonCrosses) {
  const Manifest manifest = Example();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    ExpectPartition(manifest, MakeFolds(manifest, FoldRule::kVideo, 5, true, seed), false);
    ExpectPartition(manifest, MakeFolds(manifest, FoldRule::kSubject, 5, true, seed), true);
  }
}

TEST(Folds, BalancedWithinTheLargestGroup) {
  const Manifest manifest = Example();
  std::map<std::string, std::int64_t> video_rows;
  for (const Trial& trial : manifest.trials) video_rows[trial.video] += trial.annotated;
  std::int64_t largest = 0;
  for (const auto& [video, rows] : video_rows) largest = std::max(largest, rows);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::int64_t low = INT64_MAX, high = 0;
    for (const Fold& fold : MakeFolds(manifest, FoldRule::kVideo, 5, true, seed)) {
      const std::int64_t rows = AnnotatedRows(manifest, fold.validation);
      low = std::min(low, rows);
      high = std::max(high, rows);
    }
    EXPECT_LE(high - low, largest);
  }
}

TEST(Folds, SeededAndIndependentOfOrder) {
  Manifest manifest = Example();
  const auto validation = [&](std::uint64_t seed) {
    std::vector<std::vector<std::string>> result;
    for (const Fold& fold : MakeFolds(manifest, FoldRule::kSubject, 5, true, seed))
      result.push_back(fold.validation);
    return result;
  };
  const auto first = validation(1);
  EXPECT_NE(first, validation(2));
  std::reverse(manifest.trials.begin(), manifest.trials.end());
  EXPECT_EQ(first, validation(1));
}

TEST(Folds, SharedPersonAndVideoJoinTransitively) {
  Manifest manifest;
  const auto add = [&](const char* name, const char* video, const char* person) {
    Trial trial;
    trial.name = name;
    trial.video = video;
    trial.person = person;
    trial.annotated = trial.rows = 10;
    manifest.trials.push_back(trial);
  };
  add("a", "v1", "p1");
  add("b", "v1", "p2");
  add("c", "v2", "p2");
  add("d", "v3", "p3");
  const std::vector<Fold> folds = MakeFolds(manifest, FoldRule::kSubject, 2, true, 1);
  for (const Fold& fold : folds) {
    EXPECT_TRUE(fold.validation == std::vector<std::string>({"a", "b", "c"}) ||
                fold.validation == std::vector<std::string>({"d"}));
  }
  const std::string message = ErrorOf(ErrorCode::kInvalidOptions,
                                      [&] { MakeFolds(manifest, FoldRule::kSubject, 3, true, 1); });
  EXPECT_NE(message.find("training.folds = 3 but there are only 2"), std::string::npos) << message;
  EXPECT_EQ(MakeFolds(manifest, FoldRule::kVideo, 3, true, 1).size(), 3u);
}

// The left face of one part and the right face of another share neither video nor person.
TEST(Folds, PartsOfOneRecordingStayTogetherBySubject) {
  Manifest manifest;
  for (int recording = 0; recording < 12; ++recording) {
    for (const char* part : {"_1_left", "_2_right"}) {
      Trial trial;
      trial.name = "video" + std::to_string(recording) + part;
      const TrialName parsed = ParseTrialName(trial.name);
      trial.video = parsed.video;
      trial.person = parsed.recording + parsed.side;
      trial.recording = parsed.recording;
      trial.rows = trial.annotated = 100;
      manifest.trials.push_back(trial);
    }
  }
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const Fold& fold : MakeFolds(manifest, FoldRule::kSubject, 3, true, seed)) {
      std::map<std::string, int> parts;
      for (const std::string& name : fold.validation) ++parts[FindTrial(manifest, name).recording];
      for (const auto& [recording, count] : parts) EXPECT_EQ(count, 2) << recording;
    }
  }
}

TEST(Folds, OfficialAndMergeAndUnannotated) {
  Manifest manifest = Example();
  manifest.trials[0].annotated = 0;
  Trial test;
  test.name = test.video = test.person = "test";
  test.split = Split::kTest;
  manifest.trials.push_back(test);
  const std::vector<Fold> official = MakeFolds(manifest, FoldRule::kOfficial, 0, false, 0);
  ASSERT_EQ(official.size(), 1u);
  EXPECT_EQ(official[0].train.size(), 48u);
  EXPECT_EQ(official[0].validation.size(), 11u);
  for (const Fold& fold : MakeFolds(manifest, FoldRule::kVideo, 4, false, 0)) {
    EXPECT_EQ(fold.train.size() + fold.validation.size(), 48u);
  }
  for (const Fold& fold : MakeFolds(manifest, FoldRule::kVideo, 4, true, 0)) {
    EXPECT_EQ(fold.train.size() + fold.validation.size(), 59u);
  }
  ErrorOf(ErrorCode::kInvalidOptions, [&] { MakeFolds(manifest, FoldRule::kVideo, 1, true, 0); });
  for (Trial& trial : manifest.trials) trial.split = Split::kTrain;
  ErrorOf(ErrorCode::kInvalidOptions,
          [&] { MakeFolds(manifest, FoldRule::kOfficial, 0, false, 0); });
}

TEST(Folds, ReleasedSlicesAreContiguous) {
  Manifest manifest = Example();
  manifest.trials.resize(13);
  const std::vector<Fold> folds = MakeFolds(manifest, FoldRule::kReleased, 5, true, 9);
  ASSERT_EQ(folds.size(), 5u);
  EXPECT_EQ(folds[0].validation, (std::vector<std::string>{"t0", "t1"}));
  EXPECT_EQ(folds[3].validation, (std::vector<std::string>{"t6", "t7"}));
  EXPECT_EQ(folds[4].validation, (std::vector<std::string>{"t8", "t9", "t10", "t11", "t12"}));
  EXPECT_EQ(folds[0].train.size(), 11u);
}

TEST(Folds, RoundTripAndDefects) {
  TempFolder folder;
  const Manifest manifest = Example();
  const std::vector<Fold> folds = MakeFolds(manifest, FoldRule::kSubject, 5, true, 1);
  WriteFolds(folder / "folds.csv", folds, manifest);
  const std::vector<Fold> read = ReadFolds(folder / "folds.csv");
  ASSERT_EQ(read.size(), folds.size());
  for (std::size_t i = 0; i < folds.size(); ++i) {
    EXPECT_EQ(read[i].train, folds[i].train);
    EXPECT_EQ(read[i].validation, folds[i].validation);
  }
  const auto message = [&](const std::string& rows) {
    WriteFileAtomically(folder / "bad.csv", "fold,trial,person,role\n" + rows);
    return ErrorOf(ErrorCode::kBadData, [&] { ReadFolds(folder / "bad.csv"); });
  };
  EXPECT_NE(message("0,a,p,train\n0,b,p,val\n").find("bad.csv:3"), std::string::npos);
  EXPECT_NE(message("0,a,p,train\n0,a,p,validation\n").find("bad.csv:3"), std::string::npos);
  EXPECT_NE(message("1,a,p,train\n").find("bad.csv:2"), std::string::npos);
  EXPECT_NE(message("0,a,p,train\n").find("0 validation"), std::string::npos);
  EXPECT_NE(message("").find("no fold"), std::string::npos);
}

}  // namespace
}  // namespace circumplex
