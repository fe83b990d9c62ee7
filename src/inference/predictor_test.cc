// SPDX-License-Identifier: Apache-2.0
#include "circumplex/predictor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "circumplex/error.h"

#include "support/feature_stores.h"
#include "support/test_files.h"
#include "support/tiny_model.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::RandomTrack;
using testing_support::TempFolder;
using testing_support::TinyOptions;
using testing_support::UntrainedStore;
using testing_support::WriteTinyModel;
using testing_support::WriteTrack;

TEST(Predictor, FeaturesGiveOneRowPerFrame) {
  const TempFolder folder;
  WriteTinyModel(folder.path(), TinyOptions());
  WriteTrack(UntrainedStore(folder / "store", 16), RandomTrack(6));
  const VaTrack track = Predictor::Load(folder.path()).PredictFeatures(folder / "store", "clip");
  ASSERT_EQ(track.frames.size(), 8u);
  EXPECT_TRUE(track.frames[0].filled);
  EXPECT_FALSE(track.frames[1].filled);
  EXPECT_TRUE(track.frames[7].filled);
  EXPECT_EQ(track.frames[7].valence, track.frames[6].valence);
  for (const VaFrame& frame : track.frames) {
    EXPECT_LE(std::abs(frame.arousal), 1.0);
    // The store states no rate: no time is made up.
    EXPECT_TRUE(std::isnan(frame.timestamp_s));
  }
  PredictorOptions options;
  options.frame_rate = 25;
  EXPECT_EQ(Predictor::Load(folder.path(), options)
                .PredictFeatures(folder / "store", "clip")
                .frames[5]
                .timestamp_s,
            0.2);
  options.frame_rate = 0;
  ErrorOf(ErrorCode::kInvalidArgument, [&] { Predictor::Load(folder.path(), options); });
}

TEST(Predictor, ATargetWithoutANetworkIsUnknownInEveryFrame) {
  for (const GapFill rule : {GapFill::kHold, GapFill::kPaper, GapFill::kLinear}) {
    const TempFolder folder;
    RunOptions options = TinyOptions();
    options.regressor.targets = Targets::kValence;
    options.inference.gap_fill = rule;
    WriteTinyModel(folder.path(), options);
    const FeatureStore store = UntrainedStore(folder / "store", 16);
    WriteTrack(store, RandomTrack(6));
    FeatureTrack nobody = RandomTrack(0);
    nobody.trial = "nobody";
    WriteTrack(store, nobody);
    Predictor predictor = Predictor::Load(folder.path());
    const VaTrack track = predictor.PredictFeatures(folder / "store", "clip");
    ASSERT_EQ(track.frames.size(), 8u);
    for (const VaFrame& frame : track.frames) {
      EXPECT_TRUE(std::isfinite(frame.valence)) << frame.frame;
      EXPECT_TRUE(std::isnan(frame.arousal)) << frame.frame;
    }
    EXPECT_TRUE(track.frames[0].filled);
    EXPECT_TRUE(
        std::isnan(predictor.PredictFeatures(folder / "store", "nobody").frames[0].arousal));
  }
}

TEST(Predictor, ArgumentsOfTheCallerAreCheckedFirst) {
  const TempFolder folder;
  WriteTinyModel(folder.path(), TinyOptions());
  PredictorOptions options;
  options.faces.max_faces = 0;
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions, [&] { Predictor::Load(folder.path(), options); })
                .find("faces.max_faces = 0"),
            std::string::npos);
  Predictor predictor = Predictor::Load(folder.path());
  const std::vector<std::uint8_t> pixels(12);
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument, [&] { predictor.PushFrame(nullptr, 2, 2, 0); })
                .find("null pointer"),
            std::string::npos);
  EXPECT_NE(
      ErrorOf(ErrorCode::kInvalidArgument, [&] { predictor.PushFrame(pixels.data(), -1, 2, 0); })
          .find("height -1"),
      std::string::npos);
}

}  // namespace
}  // namespace circumplex
