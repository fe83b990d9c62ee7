// SPDX-License-Identifier: Apache-2.0
#include "features/extract_features.h"

#include <gtest/gtest.h>

#include <string>

#include "core/files.h"
#include "core/rng.h"
#include "support/test_files.h"
#include "video/image_io.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

Image Noise(int number) {
  Image image(64, 64, 3);
  Rng rng(2, "crop " + std::to_string(number));
  for (std::uint8_t& value : image.pixels) value = static_cast<std::uint8_t>(rng.Below(256));
  return image;
}

ExtractRequest Request(const TempFolder& folder) {
  ExtractRequest request;
  request.crops = {folder / "cropped_aligned"};
  request.store = folder / "store";
  request.options.backbone.input_size = 32;
  request.options.faces.crop_size = 64;
  request.options.phase.size = 16;
  return request;
}

std::string ExtractAll(const ExtractRequest& request) {
  FeatureExtraction extraction(request);
  for (const ExtractJob& job : extraction.jobs()) extraction.Extract(job);
  return extraction.Report();
}

TEST(ExtractFeatures, ADamagedCropIsAFrameWithoutAFaceAndCounted) {
  const TempFolder folder;
  const auto crops = folder / "cropped_aligned/1-25-64x64";
  for (int number = 1; number <= 4; ++number)
    WriteImage(crops / ("0000" + std::to_string(number) + ".jpg"), Noise(number));
  const std::string whole = ReadFile(crops / "00003.jpg");
  WriteFileAtomically(crops / "00003.jpg", whole.substr(0, whole.size() / 3));
  const std::string report = ExtractAll(Request(folder));
  EXPECT_NE(report.find("1 trials written (3 frames)"), std::string::npos) << report;
  EXPECT_NE(report.find("1 pictures are damaged"), std::string::npos) << report;
  const FeatureStore store = FeatureStore::Open(folder / "store");
  const FeatureTrack track = store.Track("1-25-64x64");
  EXPECT_EQ(track.frame, (std::vector<std::int64_t>{0, 1, 3}));
  EXPECT_EQ(track.num_frames, 4);
  EXPECT_EQ(track.frame_rate, 25);
  EXPECT_EQ(track.frame_rate_from, "name");
  EXPECT_EQ(store.info().input_size, 32);
  EXPECT_EQ(store.info().crop_size, 64);
  EXPECT_EQ(store.info().crops, CropOrigin::kGiven);
  EXPECT_NE(ExtractAll(Request(folder)).find("0 trials written (0 frames), 1 already there"),
            std::string::npos);
}

TEST(ExtractFeatures, ShardsDivideTheTrialsAndAnUnknownRateIsSaid) {
  const TempFolder folder;
  for (const char* trial : {"a", "b", "c"})
    WriteImage(folder / "cropped_aligned" / trial / "1.png", Noise(1));
  ExtractRequest request = Request(folder);
  request.shards = 2;
  const std::string first = ExtractAll(request);
  EXPECT_NE(first.find("2 trials written"), std::string::npos) << first;
  EXPECT_NE(first.find("no frame rate is known of 2 trials ('a', ...)"), std::string::npos)
      << first;
  request.shard = 1;
  EXPECT_NE(ExtractAll(request).find("1 trials written"), std::string::npos);
  const FeatureStore store = FeatureStore::Open(folder / "store");
  EXPECT_EQ(store.Trials(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(store.Rows("a").frame_rate, 0);
  request.shard = 2;
  ErrorOf(ErrorCode::kInvalidArgument, [&] { FeatureExtraction extraction(request); });
  request.shard = 0;
  request.frame_rate = 50;
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions, [&] { FeatureExtraction extraction(request); })
                .find("frame rate is 0 in the store, 50 here"),
            std::string::npos);
}

TEST(ExtractFeatures, AnEmptyFolderIsRefusedBeforeAStoreIsMade) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "cropped_aligned");
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { FeatureExtraction extraction(Request(folder)); })
                .find("holds no picture and no folder"),
            std::string::npos);
  ExtractRequest nothing = Request(folder);
  nothing.crops.clear();
  ErrorOf(ErrorCode::kInvalidArgument, [&] { FeatureExtraction extraction(nothing); });
  EXPECT_FALSE(std::filesystem::exists(folder / "store"));
}

}  // namespace
}  // namespace circumplex
