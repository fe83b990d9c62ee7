// SPDX-License-Identifier: Apache-2.0
#include "video/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>

#include "core/csv.h"
#include "core/rng.h"
#include "support/npy.h"
#include "support/sha256.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::GoldenFolder;
using testing_support::NpyArray;
using testing_support::ReadNpy;

Image ImageOf(const NpyArray<std::uint8_t>& array) {
  Image image(static_cast<int>(array.shape.at(0)),
              static_cast<int>(array.shape.at(1)),
              array.shape.size() == 3 ? static_cast<int>(array.shape[2]) : 1);
  image.pixels = array.values;
  return image;
}

std::size_t CountDifferences(const std::vector<std::uint8_t>& a,
                             const std::vector<std::uint8_t>& b) {
  EXPECT_EQ(a.size(), b.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) count += a[i] != b[i];
  return count;
}

TEST(Resize, EveryGoldenJobIsEqualByteForByte) {
  const auto folder = GoldenFolder() / "model" / "resize";
  const CsvTable jobs = ReadCsv(folder / "jobs.csv");
  const auto field = [&](const std::vector<std::string>& row, const char* name) {
    return row[jobs.Column(name, "jobs.csv")];
  };
  ASSERT_GE(jobs.rows.size(), 6u);
  for (const auto& row : jobs.rows) {
    const std::string file = field(row, "file");
    SCOPED_TRACE(file);
    const auto rgb = ReadNpy<std::uint8_t>(folder / ("image" + field(row, "image") + "_rgb.npy"));
    Image image = ImageOf(rgb);
    if (field(row, "mode") == "gray") image = ToGray(image);
    const std::string filter = field(row, "filter");
    if (filter != "none") {
      image = Resize(image,
                     std::stoi(field(row, "out_height")),
                     std::stoi(field(row, "out_width")),
                     filter == "lanczos" ? ResizeFilter::kLanczos : ResizeFilter::kBilinear);
    }
    EXPECT_EQ(testing_support::Sha256(image.pixels.data(), image.pixels.size()),
              field(row, "sha256"));
    EXPECT_EQ(
        std::to_string(std::accumulate(image.pixels.begin(), image.pixels.end(), std::int64_t{0})),
        field(row, "sum"));
    if (std::filesystem::exists(folder / file)) {
      EXPECT_EQ(CountDifferences(image.pixels, ReadNpy<std::uint8_t>(folder / file).values), 0u);
    }
  }
}

TEST(Resize, PreprocessingOfThePhaseVectorsIsEqualByteForByte) {
  const auto folder = GoldenFolder() / "phase";
  const Image rgb = ImageOf(ReadNpy<std::uint8_t>(folder / "preproc_rgb112_u8.npy"));
  const Image gray = ToGray(rgb);
  EXPECT_EQ(CountDifferences(gray.pixels,
                             ReadNpy<std::uint8_t>(folder / "preproc_gray112_u8.npy").values),
            0u);
  const Image small = Resize(gray, 48, 48, ResizeFilter::kLanczos);
  EXPECT_EQ(
      CountDifferences(small.pixels,
                       ReadNpy<std::uint8_t>(folder / "preproc_gray48_lanczos_u8.npy").values),
      0u);

  const auto every_second = [](const Image& image, int offset) {
    std::vector<std::uint8_t> values;
    for (int y = 0; y < 224; y += 2) {
      for (int x = 0; x < 224; x += 2) {
        const std::uint8_t* pixel = image.Row(y + offset) + 3 * (x + offset);
        values.insert(values.end(), pixel, pixel + 3);
      }
    }
    return values;
  };
  const auto direct = every_second(Resize(rgb, 224, 224, ResizeFilter::kBilinear), 0);
  EXPECT_EQ(
      CountDifferences(
          direct, ReadNpy<std::uint8_t>(folder / "preproc_rgb224_direct_u8_every2.npy").values),
      0u);
  const auto cropped = every_second(Resize(rgb, 256, 256, ResizeFilter::kBilinear), 16);
  EXPECT_EQ(
      CountDifferences(
          cropped,
          ReadNpy<std::uint8_t>(folder / "preproc_rgb224_resize256crop_u8_every2.npy").values),
      0u);
}

TEST(Resize, GrayWeightsAndRoundingAtTheCorners) {
  Image image(1, 4, 3);
  image.pixels = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255};
  // 19595 * 255 / 65536 = 76.24, 149.69, 29.07.
  EXPECT_EQ(ToGray(image).pixels, (std::vector<std::uint8_t>{76, 150, 29, 255}));
}

TEST(Resize, ConstantImagesStayConstantInBothDirections) {
  Image image(37, 53, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), std::uint8_t{201});
  for (const ResizeFilter filter : {ResizeFilter::kBilinear, ResizeFilter::kLanczos}) {
    for (const int side : {1, 16, 37, 112, 331}) {
      const Image result = Resize(image, side, side, filter);
      EXPECT_EQ(result.pixels,
                std::vector<std::uint8_t>(static_cast<std::size_t>(side) * side * 3, 201));
    }
  }
}

TEST(Resize, TransposingTheImageTransposesASquareResult) {
  // Rows come first and are rounded, so the two orders may differ by one level.
  Rng rng(5);
  Image image(31, 31, 1);
  for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(rng.Below(256));
  Image turned(31, 31, 1);
  for (int y = 0; y < 31; ++y) {
    for (int x = 0; x < 31; ++x) turned.Row(x)[y] = image.Row(y)[x];
  }
  const Image a = Resize(image, 12, 12, ResizeFilter::kLanczos);
  const Image b = Resize(turned, 12, 12, ResizeFilter::kLanczos);
  for (int y = 0; y < 12; ++y) {
    for (int x = 0; x < 12; ++x) EXPECT_LE(std::abs(a.Row(y)[x] - b.Row(x)[y]), 1);
  }
}

TEST(Resize, GrayAndRgbPathsAgree) {
  Rng rng(6);
  Image gray(40, 30, 1);
  Image rgb(40, 30, 3);
  for (std::size_t i = 0; i < gray.pixels.size(); ++i) {
    gray.pixels[i] = static_cast<std::uint8_t>(rng.Below(256));
    std::fill_n(rgb.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, gray.pixels[i]);
  }
  const Image a = Resize(gray, 17, 61, ResizeFilter::kLanczos);
  const Image b = Resize(rgb, 17, 61, ResizeFilter::kLanczos);
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) ASSERT_EQ(b.pixels[3 * i + c], a.pixels[i]);
  }
}

TEST(Resize, RefusesNonsense) {
  const Image image(4, 4, 1);
  Image broken(4, 4, 3);
  broken.pixels.pop_back();
  ErrorOf(ErrorCode::kInvalidArgument, [&] { Resize(image, 0, 4, ResizeFilter::kBilinear); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { Resize(image, 4, 100000, ResizeFilter::kBilinear); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { Resize(broken, 4, 4, ResizeFilter::kBilinear); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { ToGray(Image()); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { ToGray(Image(2, 2, 4)); });
}

}  // namespace
}  // namespace circumplex
