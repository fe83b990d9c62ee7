// SPDX-License-Identifier: Apache-2.0
#include "support/golden_recipe.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/npy.h"
#include "support/sha256.h"
#include "support/test_files.h"

namespace circumplex::testing_support {
namespace {

std::string Cell(const CsvTable& table, std::size_t row, const char* column) {
  return table.rows[row][table.Column(column, "golden table")];
}

TEST(Sha256, PublishedValues) {
  EXPECT_EQ(Sha256(nullptr, 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const std::string two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  EXPECT_EQ(Sha256(reinterpret_cast<const std::uint8_t*>(two_blocks.data()), two_blocks.size()),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(GoldenRecipe, GeneratorTable) {
  const CsvTable table = ReadCsv(GoldenFolder() / "model/generator.csv");
  ASSERT_FALSE(table.rows.empty());
  std::string name;
  std::int64_t next = -1;
  GoldenStream z(""), u(""), s("");
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::int64_t i = *ParseInt(Cell(table, row, "i"));
    if (i == 0) {
      name = Cell(table, row, "full_name");
      z = u = s = GoldenStream(name);
      next = 0;
    }
    ASSERT_EQ(i, next++) << name;
    ASSERT_EQ(Cell(table, row, "full_name"), name);
    EXPECT_EQ(Hex64(Fnv1a64(name)), Cell(table, row, "fnv1a64_hex")) << name;
    const std::uint64_t draw = z.Z();
    EXPECT_EQ(Hex64(draw), Cell(table, row, "z_hex")) << name;
    EXPECT_EQ(std::to_string(draw >> 11), Cell(table, row, "z_shift_11")) << name;
    EXPECT_EQ(u.U(), std::strtod(Cell(table, row, "u").c_str(), nullptr)) << name;
    EXPECT_EQ(s.S(), std::strtod(Cell(table, row, "s").c_str(), nullptr)) << name;
  }
}

void CheckTensors(const std::filesystem::path& path, std::size_t max_elements) {
  const CsvTable table = ReadCsv(path);
  const auto specs = ReadGoldenTensorSpecs(path);
  ASSERT_EQ(specs.size(), table.rows.size());
  std::size_t checked = 0;
  for (std::size_t row = 0; row < specs.size(); ++row) {
    const GoldenTensorSpec& spec = specs[row];
    ASSERT_EQ(std::to_string(spec.NumElements()), Cell(table, row, "numel")) << spec.full_name;
    if (spec.NumElements() > max_elements) continue;
    ++checked;
    const std::vector<float> values = GoldenValues(spec);
    const char* const first[] = {"v0", "v1", "v2"};
    for (std::size_t i = 0; i < 3 && !Cell(table, row, first[i]).empty(); ++i) {
      EXPECT_EQ(values[i], std::strtof(Cell(table, row, first[i]).c_str(), nullptr))
          << spec.full_name;
    }
    EXPECT_EQ(values.back(), std::strtof(Cell(table, row, "last").c_str(), nullptr))
        << spec.full_name;
    double sum = 0, magnitudes = 0;
    for (const float value : values) {
      sum += value;
      magnitudes += std::abs(static_cast<double>(value));
    }
    const double expected = std::strtod(Cell(table, row, "sum_abs").c_str(), nullptr);
    // Both sums are exact but for the order of additions.
    EXPECT_NEAR(magnitudes, expected, 1e-12 * expected) << spec.full_name;
    EXPECT_NEAR(sum, std::strtod(Cell(table, row, "sum").c_str(), nullptr), 1e-12 * expected)
        << spec.full_name;
  }
  EXPECT_GT(checked, specs.size() / 2);
}

TEST(GoldenRecipe, ResNet50Tensors) {
  CheckTensors(GoldenFolder() / "model/resnet50/tensors.csv", 600000);
}
TEST(GoldenRecipe, RegressorTensors) {
  CheckTensors(GoldenFolder() / "model/regressor/tensors.csv", 2000000);
}

TEST(GoldenRecipe, Images) {
  const CsvTable table = ReadCsv(GoldenFolder() / "model/resnet50/images.csv");
  ASSERT_FALSE(table.rows.empty());
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const Image image = GoldenImage("v1",
                                    std::stoi(Cell(table, row, "image")),
                                    std::stoi(Cell(table, row, "height")),
                                    std::stoi(Cell(table, row, "width")));
    EXPECT_EQ(Sha256(image.pixels.data(), image.pixels.size()), Cell(table, row, "sha256"))
        << "image " << row;
  }
}

TEST(GoldenRecipe, Videos) {
  const CsvTable table = ReadCsv(GoldenFolder() / "model/phase/videos.csv");
  ASSERT_FALSE(table.rows.empty());
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string k = Cell(table, row, "video");
    const auto video = GoldenVideo("v1", std::stoi(k), std::stoi(Cell(table, row, "frames")));
    EXPECT_EQ(Sha256(video.data(), video.size()), Cell(table, row, "sha256")) << "video " << k;
    EXPECT_EQ(
        ReadNpy<std::uint8_t>(GoldenFolder() / "model/phase" / ("video" + k + "_u8.npy")).values,
        video);
  }
}

}  // namespace
}  // namespace circumplex::testing_support
