// SPDX-License-Identifier: Apache-2.0
#include "stills/still_images.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/files.h"
#include "faces/aligner.h"
#include "network/resnet50_module.h"
#include "stills/still_batches.h"
#include "support/test_files.h"
#include "video/image_io.h"
#include "video/resize.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::TempFolder;

// Red grows to the right, green downwards: where a pixel came from can be read off.
Image Ramp(int height, int width) {
  Image image(height, width, 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.Row(y)[3 * x] = static_cast<std::uint8_t>(x);
      image.Row(y)[3 * x + 1] = static_cast<std::uint8_t>(y);
      image.Row(y)[3 * x + 2] = 128;
    }
  }
  return image;
}

StillImage Still(const fs::path& path) {
  StillImage still;
  still.path = path;
  still.valid = still.exists = true;
  still.split = Split::kTrain;
  return still;
}

RunOptions Options(int side, StillCrop crop = StillCrop::kAuto) {
  RunOptions options;
  options.backbone.input_size = side;
  options.faces.crop_size = 48;
  options.stills.crop = crop;
  return options;
}

TEST(StillImages, TheBoxIsCutOutAsASquare) {
  const TempFolder folder;
  WriteImage(folder / "a.png", Ramp(120, 200));
  StillImage still = Still(folder / "a.png");
  // 48 px high and 40 wide: the square is 48 px wide, 4 px more on the left and right.
  still.face = StillBox{100, 20, 40, 48};
  const Image crop = LoadStill(still, Options(48));
  ASSERT_EQ(crop.width, 48);
  for (const int i : {0, 10, 47}) {
    EXPECT_EQ(crop.Row(i)[3 * i], 96 + i);
    EXPECT_EQ(crop.Row(i)[3 * i + 1], 20 + i);
  }
}

TEST(StillImages, ABoxOfTheWholePictureAndNoBoxLeaveItWhole) {
  const TempFolder folder;
  WriteImage(folder / "a.png", Ramp(64, 64));
  const Image expected = Resize(Ramp(64, 64), 32, 32, ResizeFilter::kBilinear);
  StillImage still = Still(folder / "a.png");
  EXPECT_EQ(LoadStill(still, Options(32)).pixels, expected.pixels);
  still.face = StillBox{0, 0, 64, 64};
  EXPECT_EQ(LoadStill(still, Options(32)).pixels, expected.pixels);
  still.face = StillBox{10, 10, 20, 20};
  EXPECT_EQ(LoadStill(still, Options(32, StillCrop::kWhole)).pixels, expected.pixels);
  EXPECT_NE(LoadStill(still, Options(32)).pixels, expected.pixels);
}

TEST(StillImages, LandmarksGiveTheCropOfTheVideoPath) {
  const TempFolder folder;
  const Image picture = Ramp(200, 200);
  WriteImage(folder / "a.png", picture);
  StillImage still = Still(folder / "a.png");
  still.face = StillBox{0, 0, 10, 10};
  std::vector<Point2> points;
  for (const Point2& point : Template68()) {
    points.push_back({1.2 * point.x + 20, 1.2 * point.y + 15});
    still.landmarks.push_back(static_cast<float>(points.back().x));
    still.landmarks.push_back(static_cast<float>(points.back().y));
    points.back() = {still.landmarks[still.landmarks.size() - 2], still.landmarks.back()};
  }
  const Image crop = CutCrop(picture, CropTransform(points, 48), 48);
  EXPECT_EQ(LoadStill(still, Options(32)).pixels,
            Resize(crop, 32, 32, ResizeFilter::kBilinear).pixels);
  EXPECT_NE(LoadStill(still, Options(32, StillCrop::kBox)).pixels,
            LoadStill(still, Options(32)).pixels);
}

TEST(StillImages, UnusableOnesAreLeftOutAndCountedOnce) {
  const TempFolder folder;
  StillSet set;
  for (int i = 0; i < 12; ++i) {
    StillImage still = Still(folder / (std::to_string(i) + ".png"));
    if (i == 0) still.valid = false;
    if (i == 1) still.exists = false;
    if (i == 11) still.split = Split::kValidation;
    if (i == 4) still.face = StillBox{100, 100, 5, 5};
    WriteImage(still.path, Ramp(40, 40));
    if (i == 5) WriteFileAtomically(still.path, "no picture");
    set.images.push_back(still);
  }
  StillCounts counts;
  std::vector<std::string> unreadable;
  const StillImages images(ChooseStills(set, Split::kTrain, 0, 1, &counts),
                           Options(32),
                           4 * 3 * 32 * 32 + 5,
                           2,
                           &counts,
                           &unreadable);
  EXPECT_EQ(counts.listed, 11);
  EXPECT_EQ(counts.unlabelled, 1);
  EXPECT_EQ(counts.missing, 1);
  EXPECT_EQ(counts.unreadable, 2);
  EXPECT_EQ(counts.used, 7);
  EXPECT_EQ(images.size(), 7);
  ASSERT_EQ(unreadable.size(), 2u);
  EXPECT_NE(unreadable[0].find("4.png': the face box lies outside of the picture of 40 x 40 px"),
            std::string::npos)
      << unreadable[0];
  EXPECT_NE(unreadable[1].find("5.png"), std::string::npos);
  // Four images fit into the memory given; two of those are the unreadable ones.
  EXPECT_EQ(images.kept(), 2);
  EXPECT_EQ(images.bytes(), 2 * 3 * 32 * 32);
  EXPECT_EQ(images.Load(0).pixels, images.Load(6).pixels);
}

TEST(StillImages, ALimitDrawsBySeedAndKeepsTheOrderOfTheList) {
  StillSet set;
  for (int i = 0; i < 100; ++i) set.images.push_back(Still("p" + std::to_string(1000 + i)));
  const auto names = [&](std::uint64_t seed) {
    StillCounts counts;
    std::vector<std::string> paths;
    for (const StillImage& still : ChooseStills(set, Split::kTrain, 20, seed, &counts))
      paths.push_back(still.path.string());
    EXPECT_EQ(counts.used, 20);
    EXPECT_EQ(counts.not_drawn, 80);
    return paths;
  };
  EXPECT_EQ(names(1), names(1));
  EXPECT_NE(names(1), names(2));
  const std::vector<std::string> drawn = names(1);
  EXPECT_TRUE(std::is_sorted(drawn.begin(), drawn.end()));
}

TEST(StillOrder, IsAPermutationThatFollowsSeedAndEpoch) {
  const StillOrder order = DrawStillOrder(500, true, 7, 3);
  EXPECT_EQ(std::set<std::int64_t>(order.index.begin(), order.index.end()).size(), 500u);
  EXPECT_EQ(DrawStillOrder(500, true, 7, 3).index, order.index);
  EXPECT_EQ(DrawStillOrder(500, true, 7, 3).mirrored, order.mirrored);
  EXPECT_NE(DrawStillOrder(500, true, 7, 4).index, order.index);
  EXPECT_NE(DrawStillOrder(500, true, 8, 3).index, order.index);
  const auto mirrored = std::count(order.mirrored.begin(), order.mirrored.end(), true);
  // Binomial(500, 1/2): 250 +- 6 spreads.
  EXPECT_GT(mirrored, 180);
  EXPECT_LT(mirrored, 320);
  const StillOrder plain = DrawStillOrder(500, false, 7, 3);
  EXPECT_EQ(std::count(plain.mirrored.begin(), plain.mirrored.end(), true), 0);
}

TEST(StillBatches, GiveTheOrderedInputsWhetherKeptOrDecodedAgain) {
  const TempFolder folder;
  std::vector<StillImage> stills;
  for (int i = 0; i < 7; ++i) {
    stills.push_back(Still(folder / (std::to_string(i) + ".png")));
    WriteImage(stills.back().path, Ramp(32 + i, 40));
  }
  const ResNet50Layers layers = MakeResNet50Layers(BackboneLayout::kTorchvision);
  StillOrder order{{3, 0, 6, 1, 5}, {false, true, false, false, true}};
  std::vector<at::Tensor> all;
  for (const std::int64_t memory : {std::int64_t{1} << 20, std::int64_t{0}}) {
    StillCounts counts;
    std::vector<std::string> unreadable;
    const StillImages images(stills, Options(32), memory, 2, &counts, &unreadable);
    EXPECT_EQ(images.kept(), memory > 0 ? 7 : 0);
    StillBatches batches(images, layers, order, 2, 2);
    std::vector<at::Tensor> parts;
    while (auto batch = batches.Next()) parts.push_back(*batch);
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(parts[2].size(0), 1);
    std::vector<Image> expected;
    for (std::size_t i = 0; i < 5; ++i) {
      const Image image = LoadStill(stills[order.index[i]], Options(32));
      expected.push_back(order.mirrored[i] ? Mirrored(image) : image);
    }
    all.push_back(at::cat(parts));
    EXPECT_TRUE(at::equal(all.back(), NormalizeImages(layers, expected)));
  }
  EXPECT_TRUE(at::equal(all[0], all[1]));
}

TEST(StillBatches, APictureThatVanishedEndsTheEpochWithItsName) {
  const TempFolder folder;
  std::vector<StillImage> stills = {Still(folder / "a.png"), Still(folder / "b.png")};
  for (const StillImage& still : stills) WriteImage(still.path, Ramp(32, 32));
  StillCounts counts;
  std::vector<std::string> unreadable;
  const StillImages images(stills, Options(32), 0, 1, &counts, &unreadable);
  fs::remove(folder / "b.png");
  const ResNet50Layers layers = MakeResNet50Layers(BackboneLayout::kTorchvision);
  StillBatches batches(images, layers, ListOrder(2), 1, 1);
  EXPECT_TRUE(batches.Next().has_value());
  EXPECT_NE(ErrorOf(ErrorCode::kNotFound, [&] { batches.Next(); }).find("b.png"),
            std::string::npos);
}

TEST(StillBatches, CanBeLeftHalfway) {
  const TempFolder folder;
  std::vector<StillImage> stills(30, Still(folder / "a.png"));
  WriteImage(stills[0].path, Ramp(32, 32));
  StillCounts counts;
  std::vector<std::string> unreadable;
  const StillImages images(stills, Options(32), 1 << 20, 1, &counts, &unreadable);
  const ResNet50Layers layers = MakeResNet50Layers(BackboneLayout::kTorchvision);
  StillBatches batches(images, layers, ListOrder(30), 1, 1);
  EXPECT_TRUE(batches.Next().has_value());
}

TEST(Mirrored, TwiceIsTheImage) {
  const Image image = Ramp(5, 7);
  EXPECT_EQ(Mirrored(image).Row(2)[0], 6);
  EXPECT_EQ(Mirrored(Mirrored(image)).pixels, image.pixels);
}

}  // namespace
}  // namespace circumplex
