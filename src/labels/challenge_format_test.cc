// SPDX-License-Identifier: Apache-2.0
#include "labels/challenge_format.h"

#include <gtest/gtest.h>

namespace circumplex {
namespace {

TEST(ChallengeFormat, HeadersDifferInBlanksOnly) {
  for (const char* line : {"valence,arousal", " valence , arousal\t"})
    EXPECT_TRUE(IsHeader(line, kTrialHeader)) << line;
  for (const char* line :
       {"", ",valence,arousal", "valence,arousal,", "valence,,arousal", "Valence"})
    EXPECT_FALSE(IsHeader(line, kTrialHeader)) << line;
  EXPECT_TRUE(IsHeader("image_location, valence, arousal", kSingleFileHeader));
  EXPECT_FALSE(IsHeader(",image_location,valence,arousal", kSingleFileHeader));

  for (const char* line :
       {"image_location", " image_location ,x", "image_location,valence,arousal"})
    EXPECT_TRUE(IsSampleHeader(line)) << line;
  for (const char* line : {"", ",image_location", "image_location2", "name"})
    EXPECT_FALSE(IsSampleHeader(line)) << line;
}

TEST(ChallengeFormat, ImageLocations) {
  const auto location = ParseImageLocation("4-30-1920x1080_left/00012.jpg");
  ASSERT_TRUE(location.has_value());
  EXPECT_EQ(location->trial, "4-30-1920x1080_left");
  EXPECT_EQ(location->frame, 11);
  EXPECT_EQ(FormatImageLocation(*location), "4-30-1920x1080_left/00012.jpg");
  EXPECT_EQ(FormatImageLocation({"a", 99999}), "a/100000.jpg");
  EXPECT_EQ(ParseImageLocation("a/10000000")->frame, 9'999'999);
  for (const char* text : {"",
                           "a",
                           "a/",
                           "/1.jpg",
                           "a/0.jpg",
                           "a/-1.jpg",
                           "a/x.jpg",
                           "a/10000001.jpg",
                           "a/99999999999999999999.jpg",
                           "../a/1.jpg",
                           "a/b/1.jpg"}) {
    EXPECT_FALSE(ParseImageLocation(text).has_value()) << text;
  }
  EXPECT_EQ(
      ImageLocationDefect("a/0.jpg"),
      "image_location 'a/0.jpg' must be <trial>/<number>.jpg with a number from 1 to 10000000");
}

}  // namespace
}  // namespace circumplex
