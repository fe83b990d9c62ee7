// SPDX-License-Identifier: Apache-2.0
#include "core/csv.h"

#include <cmath>
#include <limits>

#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using Row = std::vector<std::string>;

TEST(Csv, PlainTable) {
  const CsvTable table = ParseCsv("a,b\n1,2\n3,\n", "t.csv");
  EXPECT_EQ(table.header, (Row{"a", "b"}));
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0], (Row{"1", "2"}));
  EXPECT_EQ(table.rows[1], (Row{"3", ""}));
}

TEST(Csv, ByteOrderMarkCrlfAndMissingNewline) {
  const CsvTable plain = ParseCsv("a,b\n1,2\n3,4\n", "t");
  for (const char* text : {"\xEF\xBB\xBF"
                           "a,b\r\n1,2\r\n3,4\r\n",
                           "a,b\n1,2\n3,4",
                           "a,b\r\n1,2\r\n3,4\r",
                           "a,b\n\n1,2\r\n\r\n3,4\n\n"}) {
    const CsvTable table = ParseCsv(text, "t");
    EXPECT_EQ(table.header, plain.header) << text;
    EXPECT_EQ(table.rows, plain.rows) << text;
  }
}

TEST(Csv, Quoting) {
  const CsvTable table =
      ParseCsv("name,note\n\"a,b\",\"say \"\"hi\"\"\"\n\"two\nlines\",\"\"\n", "t");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0], (Row{"a,b", "say \"hi\""}));
  EXPECT_EQ(table.rows[1], (Row{"two\nlines", ""}));
}

TEST(Csv, FormatRoundTrip) {
  Rng rng(1);
  const char kLetters[] = "ab,\"\n 0.\xC3\xA9";
  for (int round = 0; round < 300; ++round) {
    CsvTable table;
    const std::size_t columns = 2 + rng.Below(4), rows = rng.Below(5);
    const auto row = [&] {
      Row fields;
      for (std::size_t c = 0; c < columns; ++c) {
        std::string field;
        for (std::uint64_t k = rng.Below(6); k > 0; --k)
          field += kLetters[rng.Below(sizeof(kLetters) - 1)];
        fields.push_back(field);
      }
      return fields;
    };
    table.header = row();
    for (std::size_t r = 0; r < rows; ++r) table.rows.push_back(row());
    const CsvTable back = ParseCsv(FormatCsv(table), "t");
    EXPECT_EQ(back.header, table.header);
    EXPECT_EQ(back.rows, table.rows);
  }
}

TEST(Csv, ErrorsNameFileLineAndColumns) {
  const auto defect = [](const std::string& text) {
    return ErrorOf(ErrorCode::kBadData, [&] { ParseCsv(text, "t.csv"); });
  };
  EXPECT_EQ(defect("a,b\n1,2\n3\n"), "t.csv:3: 1 fields where the header has 2");
  EXPECT_EQ(defect("a,b\n\n1,2,3\n"), "t.csv:3: 3 fields where the header has 2");
  EXPECT_EQ(defect("a,b\n\"x\ny\",1\n1\n"), "t.csv:4: 1 fields where the header has 2");
  EXPECT_EQ(defect("a,b\n1,\"2\n3,4\n"), "t.csv:2: a quoted field is not closed");
  EXPECT_EQ(defect(""), "t.csv: the file is empty, a header line is needed");
  EXPECT_EQ(defect("\n\r\n"), "t.csv: the file is empty, a header line is needed");
  const CsvTable table = ParseCsv("a,b\n", "t.csv");
  EXPECT_EQ(table.Column("b", "t.csv"), 1u);
  EXPECT_EQ(ErrorOf(ErrorCode::kBadData, [&] { table.Column("c", "t.csv"); }),
            "t.csv:1: no column 'c'; the columns are: a, b");
  testing_support::TempFolder folder;
  ErrorOf(ErrorCode::kNotFound, [&] { ReadCsv(folder / "absent.csv"); });
}

TEST(Csv, Lines) {
  using Views = std::vector<std::string_view>;
  EXPECT_EQ(SplitLines("a\nb\n"), (Views{"a", "b"}));
  EXPECT_EQ(SplitLines("a\r\nb"), (Views{"a", "b"}));
  EXPECT_EQ(SplitLines("\xEF\xBB\xBF"
                       "a\n\nb"),
            (Views{"a", "", "b"}));
  EXPECT_TRUE(SplitLines("").empty());
  EXPECT_EQ(Trim(" \t x y\r "), "x y");
  EXPECT_EQ(Trim("  "), "");
}

TEST(Csv, Numbers) {
  EXPECT_EQ(ParseDouble(" -0.5 "), -0.5);
  EXPECT_EQ(ParseDouble("+1e-3"), 1e-3);
  EXPECT_EQ(ParseDouble("5."), 5.0);
  EXPECT_TRUE(std::isnan(ParseDouble("nan").value()));
  for (const char* bad :
       {"", " ", "+", "-", "+-5", "++5", "1,5", "1.5x", "0x10", "1 2", "1e999", "--1"}) {
    EXPECT_FALSE(ParseDouble(bad).has_value()) << bad;
  }
  EXPECT_EQ(ParseInt("-12"), -12);
  EXPECT_EQ(ParseInt(" 007 "), 7);
  for (const char* bad : {"", "1.0", "1e3", "9223372036854775808", "a1", "1a"}) {
    EXPECT_FALSE(ParseInt(bad).has_value()) << bad;
  }
}

TEST(Csv, NumberFormats) {
  EXPECT_EQ(FormatFixed(0.12345, 4), "0.1235");
  EXPECT_EQ(FormatFixed(-0.00001, 3), "0.000");
  EXPECT_EQ(FormatFixed(-0.0, 0), "0");
  EXPECT_EQ(FormatFixed(-1.5, 1), "-1.5");
  EXPECT_EQ(FormatFixed(std::numeric_limits<double>::quiet_NaN(), 3), "");
  EXPECT_EQ(FormatFixed(1e300, 2).size(), 304u);
  Rng rng(2);
  for (int i = 0; i < 1000; ++i) {
    const double value = rng.Normal() * std::pow(10.0, rng.Uniform(-300, 300));
    EXPECT_EQ(ParseDouble(FormatShortest(value)), value);
  }
  EXPECT_EQ(FormatShortest(0.1), "0.1");
}

TEST(Csv, WhatOnlyQuotesKeepSurvives) {
  CsvTable table;
  table.header = {"\xEF\xBB\xBFname"};
  table.rows = {{""}, {"ends in\r"}, {"\r"}, {"\n"}, {"a,\"b\""}};
  const CsvTable again = ParseCsv(FormatCsv(table), "copy");
  EXPECT_EQ(again.header, table.header);
  EXPECT_EQ(again.rows, table.rows);
}

}  // namespace
}  // namespace circumplex
