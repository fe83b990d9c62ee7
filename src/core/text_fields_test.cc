// SPDX-License-Identifier: Apache-2.0
#include "core/text_fields.h"

#include <gtest/gtest.h>

namespace circumplex {
namespace {

TEST(TextFields, TheNearestWordIsTheOneWithTheFewestChanges) {
  const std::vector<std::string> words = {"predict", "report", "reproduce", "lds"};
  EXPECT_EQ(NearestWord("predikt", words), "predict");
  EXPECT_EQ(NearestWord("lsd", words), "lds");
  EXPECT_EQ(NearestWord("repotr", words), "report");
  EXPECT_EQ(NearestWord("Reproduce", words), "reproduce");
  EXPECT_EQ(NearestWord("nonsense", words), "");
  EXPECT_EQ(NearestWord("", words), "");
}

}  // namespace
}  // namespace circumplex
