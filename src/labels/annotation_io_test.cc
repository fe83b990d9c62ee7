// SPDX-License-Identifier: Apache-2.0
#include "labels/annotation_io.h"

#include <cmath>

#include "core/files.h"
#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

std::vector<VaLabel> Parse(const std::string& text) { return ParseVaAnnotation(text, "t.txt"); }
std::string Defect(const std::string& text) {
  return ErrorOf(ErrorCode::kBadData, [&] { Parse(text); });
}

constexpr char kRemedy[] = "; write a value in [-1, 1], or -5,-5 for a frame that is not annotated";

TEST(Annotation, ReadsRowsAndSentinel) {
  const std::vector<VaLabel> labels =
      Parse("valence,arousal\n0.25,-0.5\n-5,-5\n-1,1\n0.12345678901234,0\n");
  ASSERT_EQ(labels.size(), 4u);
  EXPECT_EQ(labels[0].valence, 0.25);
  EXPECT_EQ(labels[0].arousal, -0.5);
  EXPECT_TRUE(labels[0].annotated);
  EXPECT_FALSE(labels[1].annotated);
  EXPECT_EQ(labels[1].valence, 0.0);
  EXPECT_EQ(labels[1].arousal, 0.0);
  EXPECT_EQ(labels[2].valence, -1.0);
  EXPECT_EQ(labels[3].valence, 0.12345678901234);
}

TEST(Annotation, ToleratesEncodingsAndBlanks) {
  for (const char* text : {"\xEF\xBB\xBFvalence,arousal\r\n0.5,-0.5\r\n-5.0,-5.000\r\n",
                           "valence,arousal\n0.5,-0.5\n-5,-5",
                           "valence, arousal\n 0.5 ,\t-0.5\n-5, -5\n\n \r\n",
                           "valence,arousal\n+0.5,-5e-1\n-5e0,-5\n"}) {
    const std::vector<VaLabel> labels = Parse(text);
    ASSERT_EQ(labels.size(), 2u) << text;
    EXPECT_EQ(labels[0].valence, 0.5);
    EXPECT_EQ(labels[0].arousal, -0.5);
    EXPECT_TRUE(labels[0].annotated);
    EXPECT_FALSE(labels[1].annotated);
  }
  EXPECT_TRUE(Parse("valence,arousal\n").empty());
}

TEST(Annotation, NamesEveryDefect) {
  EXPECT_EQ(Defect(""), "t.txt:1: the file is empty; its first line must be valence,arousal");
  EXPECT_EQ(Defect("arousal,valence\n0,0\n"),
            "t.txt:1: the header is 'arousal,valence'; it must be 'valence,arousal'");
  EXPECT_EQ(Defect("0.1,0.2\n"), "t.txt:1: the header is '0.1,0.2'; it must be 'valence,arousal'");
  EXPECT_EQ(Defect("valence,arousal\n0,0\nabc,0\n"),
            std::string("t.txt:3: valence 'abc' is not a number") + kRemedy);
  EXPECT_EQ(Defect("valence,arousal\n0,0.5x\n"),
            std::string("t.txt:2: arousal '0.5x' is not a number") + kRemedy);
  EXPECT_EQ(Defect("valence,arousal\n0,\n"),
            std::string("t.txt:2: arousal '' is not a number") + kRemedy);
  EXPECT_EQ(Defect("valence,arousal\n1.001,0\n"),
            std::string("t.txt:2: valence '1.001' is outside [-1, 1]") + kRemedy);
  EXPECT_EQ(Defect("valence,arousal\n0,-2\n"),
            std::string("t.txt:2: arousal '-2' is outside [-1, 1]") + kRemedy);
  EXPECT_EQ(Defect("valence,arousal\nnan,0\n"),
            std::string("t.txt:2: valence 'nan' is outside [-1, 1]") + kRemedy);
  EXPECT_EQ(Defect("valence,arousal\n0,inf\n"),
            std::string("t.txt:2: arousal 'inf' is outside [-1, 1]") + kRemedy);
  EXPECT_EQ(Defect("valence,arousal\n0,0\n-5,0.5\n"),
            "t.txt:3: '-5,0.5' has -5 in one column only; a frame is annotated in both or in none");
  EXPECT_EQ(Defect("valence,arousal\n0.5,-5\n"),
            "t.txt:2: '0.5,-5' has -5 in one column only; a frame is annotated in both or in none");
  EXPECT_EQ(Defect("valence,arousal\n0.5\n"),
            "t.txt:2: 1 field in '0.5' where valence,arousal are needed");
  EXPECT_EQ(Defect("valence,arousal\n0,0\n1,0,0\n"),
            "t.txt:3: 3 fields in '1,0,0' where valence,arousal are needed");
  EXPECT_EQ(Defect("valence,arousal\n\n0,0\n"),
            "t.txt:2: 1 field in '' where valence,arousal are needed");
  EXPECT_EQ(Defect("valence,arousal\n" + std::string(60, 'a') + "\x01,0\n")
                .find("t.txt:2: valence '" + std::string(40, 'a') + "...'"),
            0u);
}

TEST(Annotation, MissingFile) {
  TempFolder folder;
  const std::string message =
      ErrorOf(ErrorCode::kNotFound, [&] { ReadVaAnnotation(folder / "x.txt"); });
  EXPECT_NE(message.find("x.txt"), std::string::npos);
}

TEST(Annotation, RoundTrip) {
  TempFolder folder;
  Rng rng(3);
  // As many digits as Aff-Wild2 has: the label read is the number written, to the last bit.
  const auto decimal = [&rng] { return std::round(rng.Uniform(-1, 1) * 1e14) / 1e14; };
  std::vector<VaLabel> labels;
  for (int i = 0; i < 500; ++i) {
    VaLabel label;
    if (rng.Below(7) != 0) {
      label = {{decimal(), decimal()}, true};
    }
    labels.push_back(label);
  }
  WriteVaAnnotation(folder / "a" / "exact.txt", labels, 14);
  const std::vector<VaLabel> exact = ReadVaAnnotation(folder / "a" / "exact.txt");
  WriteVaAnnotation(folder / "short.txt", labels);
  const std::vector<VaLabel> rounded = ReadVaAnnotation(folder / "short.txt");
  ASSERT_EQ(exact.size(), labels.size());
  ASSERT_EQ(rounded.size(), labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    EXPECT_EQ(exact[i].annotated, labels[i].annotated);
    EXPECT_EQ(exact[i].valence, labels[i].valence);
    EXPECT_EQ(exact[i].arousal, labels[i].arousal);
    EXPECT_NEAR(rounded[i].valence, labels[i].valence, 0.0005001);
  }
}

TEST(Annotation, WritesTheDocumentedBytes) {
  TempFolder folder;
  WriteVaAnnotation(folder / "t.txt", {{{0.1, -1.0}, true}, {}, {{-0.0001, 1.0}, true}});
  EXPECT_EQ(ReadFile(folder / "t.txt"), "valence,arousal\n0.100,-1.000\n-5,-5\n0.000,1.000\n");
}

TEST(Annotation, RefusesToWriteWhatItWouldNotRead) {
  TempFolder folder;
  const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [&] {
    WriteVaAnnotation(folder / "t.txt", {{{0, 0}, true}, {{0, -5}, true}});
  });
  EXPECT_NE(message.find("frame 2 has the label -5"), std::string::npos) << message;
  ErrorOf(ErrorCode::kInvalidArgument, [&] { WriteVaAnnotation(folder / "t.txt", {}, -1); });
  EXPECT_FALSE(std::filesystem::exists(folder / "t.txt"));
}

}  // namespace
}  // namespace circumplex
