// SPDX-License-Identifier: Apache-2.0
#include "datasets/crop_rate.h"

#include <gtest/gtest.h>

#include <limits>

#include "circumplex/va_track.h"

#include "predictions/prediction_io.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::TempFolder;

VaTrack TrackAt(double rate, int frames) {
  VaTrack track;
  for (int t = 0; t < frames; ++t) {
    VaFrame frame;
    frame.frame = t;
    frame.timestamp_s = t / rate;
    frame.valence = frame.arousal = std::numeric_limits<double>::quiet_NaN();
    track.frames.push_back(frame);
  }
  return track;
}

TEST(CropRate, OptionManifestTrackNameNobody) {
  const TempFolder out;
  const auto crops = [&](const char* trial) { return out / "cropped_aligned" / trial; };
  EXPECT_EQ(FrameRateOfCrops(crops("talk")).value, 0);
  EXPECT_EQ(FrameRateOfCrops(crops("talk")).from, "");
  EXPECT_EQ(FrameRateOfCrops(crops("2-25-320x240")).value, 25);
  EXPECT_EQ(FrameRateOfCrops(crops("2-25-320x240_left")).from, "name");
  EXPECT_EQ(FrameRateOfCrops(crops("2-99999-320x240")).value, 0);
  EXPECT_FALSE(TrackOfCrops(crops("talk")));
  WriteTrackCsv(out / "tracks" / "talk.csv", TrackAt(25, 40));
  WriteTrackCsv(out / "tracks" / "2-25-320x240.csv", TrackAt(29.97, 3000));
  EXPECT_EQ(FrameRateOfCrops(crops("talk")).value, 25);
  EXPECT_EQ(FrameRateOfCrops(crops("talk") / "").from, "tracks");
  EXPECT_EQ(FrameRateOfCrops(crops("talk_face12")).value, 25);
  EXPECT_EQ(FrameRateOfCrops(crops("talk_face")).value, 0);
  EXPECT_NEAR(FrameRateOfCrops(crops("2-25-320x240")).value, 29.97, 1e-4);
  EXPECT_EQ(FrameRateOfCrops(crops("talk"), 0, 50).value, 50);
  EXPECT_EQ(FrameRateOfCrops(crops("talk"), 0, 50).from, "manifest");
  EXPECT_EQ(FrameRateOfCrops(crops("talk"), 60, 50).value, 60);
  EXPECT_EQ(FrameRateOfCrops(crops("talk"), 60, 50).from, "option");
}

TEST(CropRate, ATrackOfOneFrameHasNoRate) {
  const TempFolder out;
  WriteTrackCsv(out / "tracks" / "a.csv", TrackAt(25, 1));
  EXPECT_TRUE(TrackOfCrops(out / "cropped_aligned" / "a"));
  EXPECT_EQ(FrameRateOfCrops(out / "cropped_aligned" / "a").value, 0);
}

}  // namespace
}  // namespace circumplex
