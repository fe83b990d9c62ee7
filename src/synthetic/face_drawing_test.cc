// SPDX-License-Identifier: Apache-2.0
#include "synthetic/face_drawing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

double MeanDifference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

struct Person {
  FaceIdentity identity;
  SceneLook scene;
};

Person PersonOf(std::uint64_t seed, double noise = 0) {
  Rng rng(seed);
  Person person;
  person.identity = RandomIdentity(&rng);
  person.scene = RandomScene(noise, &rng);
  return person;
}

TEST(FaceDrawing, IsAFunctionOfItsArguments) {
  const Person person = PersonOf(3, 1);
  FaceRenderer a(person.identity, person.scene, 112, 112),
      b(person.identity, person.scene, 112, 112);
  FaceState state, other;
  other.valence = -1;
  other.occluder = Occluder::kHand;
  b.Draw(other, 5);
  EXPECT_EQ(a.Draw(state, 9).pixels, b.Draw(state, 9).pixels);
  EXPECT_NE(a.Draw(state, 9).pixels, a.Draw(state, 10).pixels);
}

TEST(FaceDrawing, EveryPropertyShows) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const Person person = PersonOf(seed);
    FaceRenderer renderer(person.identity, person.scene, 112, 112);
    const FaceState neutral;
    const Image base = renderer.Draw(neutral, 0);
    const auto difference = [&](auto&& change) {
      FaceState state;
      change(&state);
      return MeanDifference(base, renderer.Draw(state, 0));
    };
    EXPECT_GT(difference([](FaceState* s) { s->valence = 1; }), 0.7) << seed;
    EXPECT_GT(difference([](FaceState* s) { s->valence = -1; }), 0.7) << seed;
    EXPECT_GT(difference([](FaceState* s) { s->still_arousal = 1; }), 1.0) << seed;
    EXPECT_GT(difference([](FaceState* s) { s->motion.head_x = 0.04; }), 0.5) << seed;
    EXPECT_GT(difference([](FaceState* s) { s->motion.head_y = 0.04; }), 0.5) << seed;
    EXPECT_GT(difference([](FaceState* s) { s->motion.brow_tilt = 0.05; }), 0.02) << seed;
    EXPECT_GT(difference([](FaceState* s) { s->motion.mouth_tilt = 0.05; }), 0.02) << seed;
    EXPECT_GT(difference([](FaceState* s) { s->motion.jaw_x = 0.04; }), 0.02) << seed;
    EXPECT_GT(difference([](FaceState* s) { s->yaw_rad = 0.3; }), 1.0) << seed;
    EXPECT_GT(difference([](FaceState* s) { s->blink = 1; }), 0.1) << seed;
    EXPECT_GT(difference([](FaceState* s) {
                s->occluder = Occluder::kMicrophone;
                s->occluder_y = 0.7;
              }),
              0.5)
        << seed;
    EXPECT_GT(difference([](FaceState* s) { s->visible = false; }), 5.0) << seed;
  }
}

TEST(FaceDrawing, SmallShiftsAreSmooth) {
  // A tenth of a pixel must move the picture by about a tenth of what a pixel does: nothing snaps
  // to the grid.
  const Person person = PersonOf(4);
  FaceRenderer renderer(person.identity, person.scene, 112, 112);
  FaceState state;
  const Image base = renderer.Draw(state, 0);
  state.motion.head_x = 1 / 42.0;
  const double one = MeanDifference(base, renderer.Draw(state, 0));
  state.motion.head_x = 0.1 / 42.0;
  const double tenth = MeanDifference(base, renderer.Draw(state, 0));
  EXPECT_GT(tenth / one, 0.05);
  EXPECT_LT(tenth / one, 0.20);
}

TEST(FaceDrawing, PersonsAndSizesDiffer) {
  const Person a = PersonOf(1), b = PersonOf(2);
  FaceRenderer first(a.identity, a.scene, 112, 112), second(b.identity, a.scene, 112, 112);
  EXPECT_GT(MeanDifference(first.Draw({}, 0), second.Draw({}, 0)), 5.0);
  FaceRenderer wide(a.identity, a.scene, 120, 200);
  const Image image = wide.Draw({}, 0);
  EXPECT_EQ(image.height, 120);
  EXPECT_EQ(image.width, 200);
  EXPECT_EQ(image.channels, 3);
  ErrorOf(ErrorCode::kInvalidArgument, [&] { FaceRenderer(a.identity, a.scene, 8, 8); });
}

}  // namespace
}  // namespace circumplex
