// SPDX-License-Identifier: Apache-2.0
#include "core/files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/check.h"
#include "core/progress.h"
#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::Forbidden;
using testing_support::TempFolder;

std::size_t EntriesOf(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(Files, WriteIfAbsentLeavesWhatIsThere) {
  const TempFolder folder;
  EXPECT_TRUE(WriteFileIfAbsent(folder / "a/b.toml", "first"));
  EXPECT_FALSE(WriteFileIfAbsent(folder / "a/b.toml", "second"));
  EXPECT_EQ(ReadFile(folder / "a/b.toml"), "first");
  int entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "a"))
    entries += entry.exists();
  EXPECT_EQ(entries, 1) << "a temporary file was left behind";
}

TEST(NaturalOrder, DigitsCompareAsNumbers) {
  const std::vector<std::string> ordered = {"",
                                            "1.jpg",
                                            "01.jpg",
                                            "2.jpg",
                                            "10.jpg",
                                            "10a",
                                            "00010b",
                                            "a",
                                            "a1b2",
                                            "a1b10",
                                            "a2",
                                            "a02",
                                            "a10",
                                            "b",
                                            "b18446744073709551616",
                                            "b18446744073709551617"};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      EXPECT_EQ(NaturalLess(ordered[i], ordered[j]), i < j) << ordered[i] << " " << ordered[j];
    }
  }
}

TEST(NaturalOrder, IsAStrictTotalOrder) {
  Rng rng(1);
  std::vector<std::string> names;
  for (int i = 0; i < 60; ++i) {
    std::string name;
    for (std::uint64_t k = rng.Below(6); k > 0; --k) name += "0012a-"[rng.Below(6)];
    names.push_back(name);
  }
  for (const auto& a : names) {
    for (const auto& b : names) {
      EXPECT_EQ(NaturalLess(a, b) + NaturalLess(b, a), a != b) << a << " " << b;
      for (const auto& c : names) {
        if (NaturalLess(a, b) && NaturalLess(b, c)) {
          EXPECT_TRUE(NaturalLess(a, c)) << a << " " << b << " " << c;
        }
      }
    }
  }
}

TEST(Files, WriteAndReadAnyBytes) {
  TempFolder folder;
  std::string bytes;
  for (int i = 0; i < 100000; ++i) bytes += static_cast<char>(i * 31);
  WriteFileAtomically(folder / "a/b/c.bin", bytes);
  EXPECT_EQ(ReadFile(folder / "a/b/c.bin"), bytes);
  WriteFileAtomically(folder / "a/b/c.bin", "");
  EXPECT_EQ(ReadFile(folder / "a/b/c.bin"), "");
  EXPECT_EQ(EntriesOf(folder / "a/b"), 1u) << "a temporary file was left";
}

// std::filesystem throws its own exception where the system will not say what a path is.
TEST(Files, APathThatMayNotBeLookedAtIsAnErrorAndNotAnAbsence) {
  TempFolder folder;
  WriteFileAtomically(folder / "closed/inner/file", "x");
  const fs::path closed = folder / "closed", file = closed / "inner/file";
  {
    const Forbidden forbidden(closed);
    const auto refused = [&](ErrorCode code, auto&& call) {
      const std::string message = ErrorOf(code, call);
      EXPECT_NE(message.find(closed.string()), std::string::npos) << message;
      EXPECT_NE(message.find("Permission denied; check "), std::string::npos) << message;
    };
    refused(ErrorCode::kNotFound, [&] { PathExists(file); });
    refused(ErrorCode::kIo, [&] { PathExists(file, ErrorCode::kIo); });
    refused(ErrorCode::kNotFound, [&] { IsFolder(file); });
    refused(ErrorCode::kNotFound, [&] { IsFile(file); });
    refused(ErrorCode::kBadModel, [&] { ReadFile(file, ErrorCode::kBadModel); });
    refused(ErrorCode::kNotFound, [&] { ListFolder(closed); });
    refused(ErrorCode::kNotFound, [&] { FilesBelow(closed); });
    refused(ErrorCode::kIo, [&] { WriteFileAtomically(closed / "new", "x"); });
  }
  EXPECT_TRUE(IsFile(file));
  EXPECT_FALSE(PathExists(file / "below a file"));
  {
    const Forbidden forbidden(file);
    EXPECT_TRUE(IsFile(file));
    const std::string message = ErrorOf(ErrorCode::kNotFound, [&] { ReadFile(file); });
    EXPECT_NE(message.find("Permission denied"), std::string::npos) << message;
  }
  ErrorOf(ErrorCode::kNotFound, [&] { IsFile(folder / std::string(300, 'x')); });
  fs::create_symlink("loop", folder / "loop");
  ErrorOf(ErrorCode::kNotFound, [&] { PathExists(folder / "loop"); });
  EXPECT_EQ(FilesBelow(closed), std::vector<fs::path>{file});
}

TEST(Files, FailedWriteLeavesTheOldFileAndNoPart) {
  TempFolder folder;
  fs::create_directory(folder / "taken");
  const std::string message =
      ErrorOf(ErrorCode::kIo, [&] { WriteFileAtomically(folder / "taken", "x"); });
  EXPECT_NE(message.find("taken"), std::string::npos) << message;
  EXPECT_EQ(EntriesOf(folder.path()), 1u) << "the partial file was left";
  WriteFileAtomically(folder / "file", "old");
  ErrorOf(ErrorCode::kIo, [&] { WriteFileAtomically(folder / "file/below", "x"); });
  EXPECT_EQ(ReadFile(folder / "file"), "old");
}

TEST(Files, PendingFileAppearsOnlyOnCommit) {
  TempFolder folder;
  const fs::path final_path = folder / "out" / "clip.mp4";
  fs::path temporary;
  {
    PendingFile pending(final_path);
    temporary = pending.temporary_path();
    EXPECT_EQ(temporary.extension(), ".mp4");
    EXPECT_EQ(temporary.parent_path(), final_path.parent_path());
    std::ofstream(temporary) << "partial";
    EXPECT_FALSE(fs::exists(final_path));
    EXPECT_TRUE(ListFolder(folder / "out").empty()) << "the partial file must be hidden";
  }
  EXPECT_FALSE(fs::exists(temporary));
  EXPECT_FALSE(fs::exists(final_path));
  {
    PendingFile pending(final_path);
    EXPECT_NE(pending.temporary_path(), temporary);
    std::ofstream(pending.temporary_path()) << "whole";
    pending.Commit();
  }
  EXPECT_EQ(ReadFile(final_path), "whole");
  EXPECT_EQ(EntriesOf(folder / "out"), 1u);
}

TEST(Files, MissingAndFolders) {
  TempFolder folder;
  EXPECT_NE(ErrorOf(ErrorCode::kNotFound, [&] { ReadFile(folder / "x"); }).find("no file"),
            std::string::npos);
  ErrorOf(ErrorCode::kBadModel, [&] { ReadFile(folder / "x", ErrorCode::kBadModel); });
  EXPECT_NE(ErrorOf(ErrorCode::kNotFound, [&] { ReadFile(folder.path()); }).find("is a folder"),
            std::string::npos);
  ErrorOf(ErrorCode::kNotFound, [&] { ListFolder(folder / "x"); });
}

TEST(Files, ListsInNaturalOrderWithoutHiddenEntries) {
  TempFolder folder;
  for (const char* name : {"10.jpg", "9.jpg", ".hidden", "00011.jpg", "a"})
    WriteFileAtomically(folder / name, "");
  std::vector<std::string> names;
  for (const auto& path : ListFolder(folder.path())) names.push_back(path.filename().string());
  EXPECT_EQ(names, (std::vector<std::string>{"9.jpg", "10.jpg", "00011.jpg", "a"}));
}

TEST(Files, HashesMatchPublishedValues) {
  EXPECT_EQ(Hex64(Fnv1a64("")), "cbf29ce484222325");
  EXPECT_EQ(Hex64(Fnv1a64("a")), "af63dc4c8601ec8c");
  EXPECT_EQ(Hex64(Fnv1a64("foobar")), "85944171f73967e8");
  EXPECT_EQ(Fnv1a64("bar", Fnv1a64("foo")), Fnv1a64("foobar"));
  EXPECT_EQ(Hex64(0), "0000000000000000");
}

TEST(Rng, MatchesPublishedValues) {
  Rng rng(1234567);
  EXPECT_EQ(rng.Next(), 6457827717110365317ull);
  EXPECT_EQ(rng.Next(), 3203168211198807973ull);
  EXPECT_EQ(rng.Next(), 9817491932198370423ull);
}

TEST(Check, ProductsAndInternalErrors) {
  EXPECT_EQ(CheckedProduct(3, 4, 12, "x"), 12u);
  EXPECT_EQ(CheckedProduct(0, SIZE_MAX, 1, "x"), 0u);
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [] { CheckedProduct(3, 5, 14, "pixels"); })
                .find("pixels: 3 x 5 exceeds"),
            std::string::npos);
  ErrorOf(ErrorCode::kBadData, [] { CheckedProduct(SIZE_MAX, 2, SIZE_MAX, "x"); });
  const std::string message =
      ErrorOf(ErrorCode::kInternal, [] { CIRCUMPLEX_CHECK(1 == 2, "detail"); });
  EXPECT_NE(message.find("files_test.cc:"), std::string::npos) << message;
  EXPECT_NE(message.find("1 == 2: detail"), std::string::npos) << message;
}

TEST(Check, ExitCodes) {
  EXPECT_EQ(ExitCode(ErrorCode::kInternal), 1);
  EXPECT_EQ(ExitCode(ErrorCode::kInvalidArgument), 2);
  EXPECT_EQ(ExitCode(ErrorCode::kInvalidOptions), 2);
  EXPECT_EQ(ExitCode(ErrorCode::kNotFound), 3);
  EXPECT_EQ(ExitCode(ErrorCode::kBadData), 3);
  EXPECT_EQ(ExitCode(ErrorCode::kBadModel), 4);
  EXPECT_EQ(ExitCode(ErrorCode::kIo), 5);
  EXPECT_EQ(ExitCode(ErrorCode::kUnsupported), 5);
}

TEST(Progress, ReportsToTheInstalledSinkOnly) {
  std::vector<ProgressReport> calls;
  std::string logged;
  SetProgressSink([&](const ProgressReport& report) {
    EXPECT_EQ(report.stage, "stage");
    calls.push_back(report);
  });
  SetLogSink([&](LogLevel, const std::string& stage, const std::string& message) {
    logged = stage + message;
  });
  {
    Progress progress("stage", 2);
    progress.Within(0.5, "item 1");
    progress.Advance();
    progress.Skip(1);
    Log(LogLevel::kInfo, "a", "b");
  }
  SetProgressSink(nullptr);
  SetLogSink(nullptr);
  { Progress silent("stage", 1); }
  Log(LogLevel::kError, "c", "d");
  ASSERT_EQ(calls.size(), 5u);
  EXPECT_EQ(calls[1].part, 0.5);
  EXPECT_EQ(calls[1].detail, "item 1");
  EXPECT_EQ(calls[2].part, 0);
  EXPECT_EQ(calls[3].done, 2);
  EXPECT_EQ(calls[3].skipped, 1);
  EXPECT_EQ(calls[3].total, 2);
  EXPECT_FALSE(calls[3].finished);
  EXPECT_TRUE(calls[4].finished);
  EXPECT_EQ(logged, "ab");
}

}  // namespace
}  // namespace circumplex
