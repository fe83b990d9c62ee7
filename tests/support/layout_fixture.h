// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "labels/annotation_io.h"

namespace circumplex {

/// One small tree per layout that the readers know.
enum class FixtureLayout {
  kAffWild2,         ///< ABAW1, ABAW2: annotations/VA_Set, test list of names.
  kAbaw3,            ///< ABAW3: VA_Estimation_Challenge, two crop folders, test list of names.
  kAbaw5,            ///< As kAbaw3, with a sample file instead of the list, whose rows end in ','.
  kAbaw6,            ///< As kAbaw5, sample file with placeholder values.
  kAbaw10,           ///< As kAbaw5, sample file of the name that ABAW8 and ABAW10 use.
  kAffWild,          ///< v1: two files per video; three of its videos are in kAffWild2, too.
  kAffectNetLists,   ///< First release.
  kAffectNetArrays,  ///< Newer release.
  kAfewVa,
  kOmg,
  kPlain,
};
const char* FixtureLayoutName(FixtureLayout layout);  ///< e.g. "abaw5".
/// All of them, for tests and tools that go through every layout.
std::vector<FixtureLayout> AllFixtureLayouts();

/// What is true of a trial that a fixture wrote; readers must find the same.
struct FixtureTrial {
  std::string name;
  std::int64_t rows = 0;       ///< Annotation rows; of a test trial the sample's, 0 = not stated.
  std::int64_t annotated = 0;  ///< Rows that are not -5.
  std::int64_t crops = 0;      ///< Files, each number once.
  std::int64_t used = 0;       ///< Annotated rows with a crop.
  std::int64_t beyond = 0;     ///< Crops without a row.
  bool test = false;
};

/// Writes a tree with the irregularities of the real data: parts of one recording, `_left` and
/// `_right`, `X` beside `X_right` with few crops, digits-only names, unannotated rows at the start,
/// inside and at the end, a late first crop, gaps, crops beyond the rows, rows = last crop + 0, 1,
/// 2 and - 1, a trial shorter than a window, trials without crops, 14 decimals, CRLF, a missing
/// last newline, a byte order mark, odd frame rates.
///
/// Labels follow FixtureLabel, crops are grey 8 x 8 JPEG files, videos are placeholders that cannot
/// be decoded. Nothing in it comes from a data set.
///
/// @param root  Must not exist or be empty.
/// @return The trials (photographs: none), in natural order.
/// @throws Error kInvalidArgument if `root` is not empty, kIo. Cost: some hundred small files.
std::vector<FixtureTrial> WriteFixture(const std::filesystem::path& root, FixtureLayout layout);

/// Closed form of the label of row `row` (zero-based) of a trial, by its name:
///
///     valence = ((7 row + 131 k) mod 2001 - 1000) / 1000      k = Fnv1a64(name) mod 1000
///     arousal = ((11 row + 37 k) mod 1001) / 1000
///
/// Arousal is not negative, so that the same form serves every set (OMG-Emotion has [0, 1]);
/// AFEW-VA has it rounded to tenths. Three decimals are exact.
VaLabel FixtureLabel(const std::string& trial, std::int64_t row);

/// A decodable JPEG of 8 x 8 grey pixels.
const std::string& FixtureJpeg();

}  // namespace circumplex
