// SPDX-License-Identifier: Apache-2.0
#include "clips/clip_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/rng.h"
#include "core/safetensors.h"
#include "support/feature_stores.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

FeatureTrack RandomTrack(const std::string& trial, int rows, int size) {
  Rng rng(7, trial);
  FeatureTrack track;
  track.trial = trial;
  track.gray_size = size;
  for (int t = 0; t < rows; ++t) {
    track.frame.push_back(t);
    for (int d = 0; d < kPool5Size; ++d)
      track.pool5.push_back(FloatToHalf(static_cast<float>(rng.Uniform())));
    for (int p = 0; p < size * size; ++p)
      track.gray.push_back(static_cast<std::uint8_t>(rng.Below(256)));
  }
  return track;
}

PhaseOptions SmallPhase() {
  PhaseOptions options;
  options.size = 16;
  options.snippet_frames = 5;
  return options;
}

TEST(ClipBuilder, TensorsHoldTheRowsAskedFor) {
  const PhaseOptions phase = SmallPhase();
  ClipTrack track(RandomTrack("a", 12, 16), phase);
  const ClipBuilder builder(phase, true, true);
  const ClipInputs inputs = builder.Build({{&track, {2, 3, 4}}, {&track, {7, 9, 11}}});
  EXPECT_EQ(inputs.pool5_btd.sizes(), at::IntArrayRef({2, 3, 2048}));
  EXPECT_EQ(inputs.phase1_btchw.sizes(), at::IntArrayRef({2, 3, 8, 16, 16}));
  EXPECT_EQ(inputs.phase2_btchw.sizes(), at::IntArrayRef({2, 3, 8, 8, 8}));
  const float* pool5 = inputs.pool5_btd.data_ptr<float>();
  EXPECT_EQ(pool5[(1 * 3 + 2) * 2048 + 5], HalfToFloat(track.features().pool5[11 * 2048 + 5]));
  // The same snippet straight from the phase layer.
  PhaseTrack alone(phase, track.features().gray.data(), track.features().frame);
  std::vector<float> level1(8 * 16 * 16), level2(8 * 8 * 8);
  alone.Snippet(9, level1.data(), level2.data());
  const float* phase1 = inputs.phase1_btchw.data_ptr<float>() + (1 * 3 + 1) * 8 * 16 * 16;
  EXPECT_TRUE(std::equal(level1.begin(), level1.end(), phase1));
  const float* phase2 = inputs.phase2_btchw.data_ptr<float>() + (1 * 3 + 1) * 8 * 8 * 8;
  EXPECT_TRUE(std::equal(level2.begin(), level2.end(), phase2));
}

TEST(ClipBuilder, ShorterClipsRepeatTheirLastRow) {
  const PhaseOptions phase = SmallPhase();
  ClipTrack track(RandomTrack("a", 8, 16), phase);
  const ClipInputs inputs =
      ClipBuilder(phase, true, true).Build({{&track, {0, 1, 2}}, {&track, {5}}});
  const float* pool5 = inputs.pool5_btd.data_ptr<float>() + 3 * 2048;
  EXPECT_TRUE(std::equal(pool5, pool5 + 2048, pool5 + 2 * 2048));
  const float* phase1 = inputs.phase1_btchw.data_ptr<float>() + 3 * 8 * 16 * 16;
  EXPECT_TRUE(std::equal(phase1, phase1 + 8 * 16 * 16, phase1 + 2 * 8 * 16 * 16));
}

TEST(ClipBuilder, AStreamThatIsOffHasNoTensor) {
  const PhaseOptions phase = SmallPhase();
  ClipTrack track(RandomTrack("a", 3, 16), phase);
  EXPECT_FALSE(ClipBuilder(phase, true, false).Build({{&track, {0}}}).phase1_btchw.defined());
  EXPECT_FALSE(ClipBuilder(phase, false, true).Build({{&track, {0}}}).pool5_btd.defined());
}

TEST(StridedSteps, TogetherHoldEveryRowOnce) {
  std::multiset<std::int64_t> seen;
  for (int offset = 0; offset < 4; ++offset) {
    for (const std::int64_t row : StridedSteps(11, 4, offset)) seen.insert(row);
  }
  EXPECT_EQ(seen.size(), 11u);
  EXPECT_EQ(std::set<std::int64_t>(seen.begin(), seen.end()).size(), 11u);
}

TEST(ClipTrackCache, DropsTheLeastRecentTrackAboveTheBudget) {
  const testing_support::TempFolder folder;
  const FeatureStore store = testing_support::UntrainedStore(folder.path(), 16);
  for (const char* name : {"a", "b", "c"})
    testing_support::WriteTrack(store, RandomTrack(name, 2, 16));
  ClipTrackCache cache(
      store, SmallPhase(), ClipTrack(RandomTrack("a", 2, 16), SmallPhase(), true).bytes() * 2);
  const ClipTrack* first = cache.Get("a").get();
  cache.Get("b");
  EXPECT_EQ(cache.Get("a").get(), first);
  const std::weak_ptr<ClipTrack> b = cache.Get("b");
  cache.Get("a");
  cache.Get("c");  // drops b
  EXPECT_TRUE(b.expired());
  EXPECT_EQ(cache.Get("a").get(), first);
}

TEST(ClipTrackCache, RefusesGrayImagesOfAnotherSize) {
  const testing_support::TempFolder folder;
  const FeatureStore store = testing_support::UntrainedStore(folder.path(), 32);
  testing_support::WriteTrack(store, RandomTrack("a", 2, 32));
  ClipTrackCache cache(store, SmallPhase());
  EXPECT_NE(testing_support::ErrorOf(ErrorCode::kBadData, [&] { cache.Get("a"); })
                .find("gray images of 32 px, the model needs phase.size = 16"),
            std::string::npos);
}

}  // namespace
}  // namespace circumplex
