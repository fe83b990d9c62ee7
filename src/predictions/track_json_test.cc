// SPDX-License-Identifier: Apache-2.0
#include "predictions/track_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace circumplex {
namespace {

TEST(TrackJson, ALineIsOneObjectWithTheFieldsOfTheTrackCsv) {
  VaFrame frame;
  frame.frame = 41;
  frame.face_id = 2;
  frame.timestamp_s = 1.36667;
  frame.confidence = 0.75;
  frame.status = FrameStatus::kOk;
  frame.valence = -0.12345;
  frame.arousal = std::nan("");
  frame.filled = true;
  frame.box = {1.5, 2, 30, 40.25};
  const std::string line = FormatTrackJsonLine(frame);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json.size(), 9u);
  EXPECT_EQ(json.at("frame"), 42);
  EXPECT_EQ(json.at("face_id"), 2);
  EXPECT_EQ(json.at("timestamp"), 1.3667);
  EXPECT_EQ(json.at("confidence"), 0.75);
  EXPECT_EQ(json.at("success"), true);
  EXPECT_NEAR(json.at("valence").get<double>(), -0.1235, 1e-4);
  EXPECT_TRUE(json.at("arousal").is_null());
  EXPECT_EQ(json.at("filled"), true);
  EXPECT_EQ(json.at("box"), nlohmann::json({1.5, 2, 30, 40.25}));
}

}  // namespace
}  // namespace circumplex
