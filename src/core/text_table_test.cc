// SPDX-License-Identifier: Apache-2.0
#include "core/text_table.h"

#include <gtest/gtest.h>

namespace circumplex {
namespace {

TEST(TextTable, AlignsNamesLeftAndNumbersRight) {
  EXPECT_EQ(FormatTextTable({{"", "CCC", "n"}, {"valence", "0.5", "1000"}, {"a", "-0.25"}}),
            "           CCC     n\n"
            "valence    0.5  1000\n"
            "a        -0.25\n");
}

TEST(TextTable, LeftColumnsMayBeMany) {
  EXPECT_EQ(FormatTextTable({{"a", "long", "1"}, {"bb", "x", "10"}}, 2),
            "a   long   1\n"
            "bb  x     10\n");
}

TEST(TextTable, CountsCharactersNotBytes) {
  EXPECT_EQ(FormatTextTable({{"é", "1"}, {"ab", "2"}}), "é   1\nab  2\n");
}

TEST(TextTable, NothingGivesNothing) {
  EXPECT_EQ(FormatTextTable({}), "");
  EXPECT_EQ(FormatTextTable({{}}), "\n");
}

}  // namespace
}  // namespace circumplex
