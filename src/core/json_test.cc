// SPDX-License-Identifier: Apache-2.0
#include "core/json.h"

#include <gtest/gtest.h>

#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

struct Part {
  std::string name;
  std::int64_t count = 0;
  std::optional<double> score;
};
CIRCUMPLEX_JSON_OBJECT(Part, name, count, score);

struct Whole {
  std::vector<Part> parts;
  bool good = false;
};
CIRCUMPLEX_JSON_OBJECT(Whole, parts, good);

TEST(Json, MembersAreWrittenInOrderAndReadBack) {
  Whole whole;
  whole.parts = {{"a", 7, 0.123456789012345}, {"b", -1, {}}, {"c", 0, std::nan("")}};
  whole.good = true;
  const std::string text = FormatJson(whole, -1);
  EXPECT_EQ(text,
            R"({"parts":[{"name":"a","count":7,"score":0.123456789012345},)"
            R"({"name":"b","count":-1,"score":null},{"name":"c","count":0,"score":null}],)"
            R"("good":true})");
  const auto read = FromJson<Whole>(ParseJson(text, "f"), "f");
  EXPECT_EQ(FormatJson(read, -1), text);
}

TEST(Json, WhatIsWrongIsNamedWithPlaceAndValue) {
  const auto failure = [](const std::string& text) {
    return ErrorOf(ErrorCode::kBadData, [&] { FromJson<Whole>(ParseJson(text, "f"), "f"); });
  };
  const auto of_part = [&](const std::string& part) {
    return failure(R"({"good": true, "parts": [{"name": "a", "count": 1}, )" + part + "]}");
  };
  EXPECT_EQ(failure("{\n\"good\": "),
            "f:2: not JSON (byte 11); the file is damaged or was cut off: write it again");
  EXPECT_EQ(failure("[1]"), "f: the document is [1]; it should be an object");
  EXPECT_EQ(failure("{}"), "f: 'parts' is missing");
  EXPECT_EQ(failure(R"({"parts": 7})"), "f: 'parts' is 7; it should be an array");
  EXPECT_EQ(failure(R"({"parts": [], "good": 1})"), "f: 'good' is 1; it should be true or false");
  EXPECT_EQ(of_part("{}"), "f: 'parts[1].name' is missing");
  EXPECT_EQ(of_part(R"({"name": 1})"), "f: 'parts[1].name' is 1; it should be a text");
  EXPECT_EQ(of_part(R"({"name": "b", "count": 1.5})"),
            "f: 'parts[1].count' is 1.5; it should be a whole number");
  EXPECT_EQ(of_part(R"({"name": "b", "count": 18446744073709551615})"),
            "f: 'parts[1].count' is 18446744073709551615; it should be a whole number below 2^63");
  EXPECT_EQ(of_part(R"({"name": "b", "count": 1, "score": "0.1"})"),
            "f: 'parts[1].score' is \"0.1\"; it should be a number or null");
}

}  // namespace
}  // namespace circumplex
