// SPDX-License-Identifier: Apache-2.0
#include "features/phase_sheet.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/rng.h"
#include "core/safetensors.h"
#include "features/feature_builder.h"
#include "phase/phase_track.h"
#include "support/test_files.h"
#include "video/image_io.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

Image Noise(int number) {
  Image image(112, 112, 3);  // the size of crops, so that none is resized
  Rng rng(2, "crop " + std::to_string(number));
  for (std::uint8_t& value : image.pixels) value = static_cast<std::uint8_t>(rng.Below(256));
  return image;
}

PhaseOptions SmallPhase(int levels) {
  PhaseOptions options;
  options.size = 16;
  options.snippet_frames = 5;
  options.levels = levels;
  return options;
}

TEST(PhaseImages, TheFileHoldsTheSnippetsOfTheFeatureBuildersImages) {
  const TempFolder folder;
  for (const int number : {1, 2, 3, 5, 6})
    WriteImage(folder / "crops" / (std::to_string(number) + ".png"), Noise(number));
  for (const int levels : {1, 2}) {
    const PhaseOptions options = SmallPhase(levels);
    const auto out = folder / "phase.safetensors";
    EXPECT_EQ(WritePhaseImages(folder / "crops", options, 0, out), 5);
    const TensorFile file = ReadSafetensors(out);
    EXPECT_EQ(file.tensors.size(), levels == 1 ? 2u : 3u);

    FeatureBuilder builder(nullptr, options.size, "crops");
    for (const int number : {1, 2, 3, 5, 6}) builder.Add(number - 1, Noise(number));
    const FeatureTrack features = builder.Finish(0, 6);
    const Tensor& frame = file.Get("frame", "out");
    EXPECT_EQ(std::vector<std::int64_t>(frame.Data<std::int64_t>(), frame.Data<std::int64_t>() + 5),
              features.frame);
    PhaseTrack track(options, features.gray.data(), features.frame);
    std::vector<float> level1(8 * 16 * 16), level2(8 * 8 * 8);
    for (std::int64_t row = 0; row < 5; ++row) {
      track.Snippet(row, level1.data(), levels == 2 ? level2.data() : nullptr);
      const float* phase1 = file.Get("phase1", "out").Data<float>() + row * 8 * 16 * 16;
      EXPECT_TRUE(std::equal(level1.begin(), level1.end(), phase1)) << row;
      if (levels == 1) continue;
      const float* phase2 = file.Get("phase2", "out").Data<float>() + row * 8 * 8 * 8;
      EXPECT_TRUE(std::equal(level2.begin(), level2.end(), phase2)) << row;
    }
  }
}

TEST(PhaseImages, TheSheetShowsOneSnippetOfAFrameThatHasACrop) {
  const TempFolder folder;
  for (const int number : {1, 2, 4})
    WriteImage(folder / "crops" / (std::to_string(number) + ".png"), Noise(number));
  const PhaseOptions options = SmallPhase(2);
  EXPECT_EQ(WritePhaseImages(folder / "crops", options, 4, folder / "sheet.png"), 3);
  const Image sheet = ReadImage(folder / "sheet.png");
  EXPECT_EQ(sheet.height, 4 * 18);
  EXPECT_EQ(sheet.width, 4 * 18);
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument,
                    [&] { WritePhaseImages(folder / "crops", options, 3, folder / "no.png"); })
                .find("no crop of that frame"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "no.png"));
}

}  // namespace
}  // namespace circumplex
