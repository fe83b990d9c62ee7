// SPDX-License-Identifier: Apache-2.0
#include "inference/live_rows.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/test_files.h"
#include "support/tiny_model.h"

namespace circumplex {
namespace {

using testing_support::TempFolder;
using testing_support::TinyOptions;
using testing_support::WriteTinyModel;

Face RandomFace(int id, std::int64_t frame) {
  Rng rng(4, std::to_string(id) + "/" + std::to_string(frame));
  Face face;
  face.face_id = id;
  face.confidence = 0.9;
  face.box = {1, 2, 30, 40};
  face.crop = Image(16, 16, 3);
  for (std::uint8_t& value : face.crop.pixels) value = static_cast<std::uint8_t>(rng.Below(256));
  return face;
}

FrameFaces FrameOf(std::int64_t number, const std::vector<int>& ids) {
  FrameFaces frame;
  frame.frame = number;
  frame.timestamp_s = 0.04 * static_cast<double>(number);
  for (const int id : ids) frame.faces.push_back(RandomFace(id, number));
  return frame;
}

TEST(LiveRows, EveryRowHasTheNumberOfItsFrame) {
  const TempFolder folder;
  RunOptions options = TinyOptions();
  options.appearance.enabled = false;
  WriteTinyModel(folder.path(), options);
  const Model model = Model::Load(folder.path());
  LiveRows rows(
      &model, [&] { return FeatureBuilder(nullptr, options.phase.size, "live"); }, true);
  FrameFaces damaged = FrameOf(1, {});
  damaged.decodable = false;
  std::vector<VaFrame> all;
  for (const FrameFaces& frame :
       {FrameOf(0, {0}), damaged, FrameOf(2, {}), FrameOf(3, {0, 1}), FrameOf(5, {1})}) {
    const std::vector<VaFrame> pushed = rows.Push(frame);
    all.insert(all.end(), pushed.begin(), pushed.end());
  }
  struct Expected {
    std::int64_t frame;
    int face_id;
    FrameStatus status;
  };
  const std::vector<Expected> expected = {{0, 0, FrameStatus::kOk},
                                          {1, 0, FrameStatus::kUndecodable},
                                          {2, 0, FrameStatus::kNoFace},
                                          {3, 0, FrameStatus::kOk},
                                          {3, 1, FrameStatus::kOk},
                                          {5, 1, FrameStatus::kOk}};
  ASSERT_EQ(all.size(), expected.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].frame, expected[i].frame) << i;
    EXPECT_EQ(all[i].face_id, expected[i].face_id) << i;
    EXPECT_EQ(all[i].status, expected[i].status) << i;
    EXPECT_EQ(all[i].timestamp_s, 0.04 * static_cast<double>(expected[i].frame)) << i;
    EXPECT_EQ(std::isfinite(all[i].valence), expected[i].status == FrameStatus::kOk) << i;
    EXPECT_EQ(std::isfinite(all[i].arousal), expected[i].status == FrameStatus::kOk) << i;
  }
  EXPECT_EQ(all[0].box.height, 40);
}

}  // namespace
}  // namespace circumplex
