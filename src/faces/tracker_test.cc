// SPDX-License-Identifier: Apache-2.0
#include "faces/tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/rng.h"
#include "faces/assignment.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

FaceBox BoxAt(double center_x, double center_y, double side) {
  return {center_x - side / 2, center_y - side / 2, side, side};
}

TEST(FaceTracker, IdsFollowTheFirstFrameBySizeWhateverTheOrder) {
  FaceTracker tracker;
  EXPECT_EQ(tracker.Update({BoxAt(100, 100, 60), BoxAt(400, 100, 90)}, 0.0),
            (std::vector<int>{1, 0}));
  EXPECT_EQ(tracker.Update({BoxAt(402, 101, 91), BoxAt(101, 100, 60)}, 0.04),
            (std::vector<int>{0, 1}));
  EXPECT_EQ(tracker.Update({}, 0.08), std::vector<int>{});
  EXPECT_EQ(tracker.Update({BoxAt(102, 100, 60), BoxAt(404, 101, 90)}, 0.12),
            (std::vector<int>{1, 0}));
  EXPECT_EQ(tracker.ids_given(), 2);
}

TEST(FaceTracker, JitterOfTheDetectorKeepsTheId) {
  FaceTracker tracker;
  Rng rng(4);
  for (int frame = 0; frame < 300; ++frame) {
    const FaceBox box = BoxAt(200 + 8 * rng.Normal() + 60 * std::sin(frame / 20.0),
                              150 + 8 * rng.Normal(),
                              100 * (1 + 0.08 * rng.Normal()));
    EXPECT_EQ(tracker.Update({box}, frame / 25.0), std::vector<int>{0}) << frame;
  }
}

TEST(FaceTracker, CrossingFacesKeepTheirIds) {
  // Equal size and height, 8 px per frame towards each other; overlap alone would swap them
  // where they meet.
  for (const bool hidden : {false, true}) {
    FaceTracker tracker;
    for (int frame = 0; frame < 80; ++frame) {
      const FaceBox right_going = BoxAt(100 + 8 * frame, 200, 101);
      const FaceBox left_going = BoxAt(732 - 8 * frame, 200, 100);
      const bool meeting = std::abs(right_going.x - left_going.x) < 30;
      if (hidden && meeting) {
        // The one in front is found only.
        EXPECT_EQ(tracker.Update({right_going}, frame / 25.0), std::vector<int>{0}) << frame;
      } else {
        EXPECT_EQ(tracker.Update({left_going, right_going}, frame / 25.0), (std::vector<int>{1, 0}))
            << frame;
      }
    }
    EXPECT_EQ(tracker.ids_given(), 2);
  }
}

TEST(FaceTracker, AFaceThatReturnsNearKeepsItsIdWithinTheMemory) {
  FaceTracker tracker;
  tracker.Update({BoxAt(200, 200, 100)}, 0);
  tracker.Update({}, 0.04);
  tracker.Update({}, 3.0);
  // 1.2 sides away, a tenth larger: too far to continue, near enough to return.
  EXPECT_EQ(tracker.Update({BoxAt(320, 200, 110)}, 4.0), std::vector<int>{0});
  tracker.Update({}, 4.04);
  EXPECT_EQ(tracker.Update({BoxAt(320, 200, 110)}, 9.5), std::vector<int>{1}) << "memory is 5 s";
}

TEST(FaceTracker, AStrangerGetsANewId) {
  FaceTracker far_away, other_size, two_candidates;
  far_away.Update({BoxAt(200, 200, 100)}, 0);
  far_away.Update({}, 0.04);
  EXPECT_EQ(far_away.Update({BoxAt(600, 200, 100)}, 1.0), std::vector<int>{1});
  other_size.Update({BoxAt(200, 200, 100)}, 0);
  other_size.Update({}, 0.04);
  EXPECT_EQ(other_size.Update({BoxAt(200, 200, 40)}, 1.0), std::vector<int>{1});
  two_candidates.Update({BoxAt(200, 200, 100), BoxAt(500, 200, 90)}, 0);
  two_candidates.Update({}, 0.04);
  EXPECT_EQ(two_candidates.Update({BoxAt(320, 200, 95)}, 1.0), std::vector<int>{2})
      << "either could have come back";
}

TEST(FaceTracker, MoreFacesThanAllowedKeepsTheLargest) {
  TrackerOptions options;
  options.max_faces = 2;
  FaceTracker tracker(options);
  const std::vector<FaceBox> boxes = {
      BoxAt(100, 100, 50), BoxAt(300, 100, 80), BoxAt(500, 100, 30), BoxAt(700, 100, 90)};
  for (int frame = 0; frame < 5; ++frame) {
    EXPECT_EQ(tracker.Update(boxes, frame * 0.04), (std::vector<int>{-1, 1, -1, 0}));
  }
  EXPECT_EQ(tracker.ids_given(), 2);
}

// The best single pair (B and the left box) would leave A without any.
TEST(FaceTracker, FacesArePairedTogetherAndNotOneAfterTheOther) {
  FaceTracker tracker;
  EXPECT_EQ(tracker.Update({BoxAt(100, 100, 101), BoxAt(160, 100, 100)}, 0),
            (std::vector<int>{0, 1}));
  EXPECT_EQ(tracker.Update({BoxAt(145, 100, 101), BoxAt(225, 100, 100)}, 0.04),
            (std::vector<int>{0, 1}));
}

TEST(AssignBest, TakesTheLargestSumAmongAllPermutations) {
  Rng rng(8);
  for (int round = 0; round < 200; ++round) {
    const std::size_t rows = 1 + rng.Below(4), columns = 1 + rng.Below(4);
    std::vector<std::vector<double>> gain(rows, std::vector<double>(columns));
    for (auto& row : gain) {
      for (double& value : row) value = rng.Uniform(-1, 3);
    }
    double sum = 0;
    const std::vector<std::size_t> assigned = AssignBest(gain);
    for (std::size_t row = 0; row < rows; ++row) {
      if (assigned[row] != kUnassigned) sum += gain[row][assigned[row]];
    }
    std::vector<std::size_t> order = {0, 1, 2, 3};
    double best = 0;
    do {
      double total = 0;
      for (std::size_t row = 0; row < rows; ++row) {
        if (order[row] < columns) total += std::max(0.0, gain[row][order[row]]);
      }
      best = std::max(best, total);
    } while (std::next_permutation(order.begin(), order.end()));
    EXPECT_NEAR(sum, best, 1e-5) << round;
  }
  EXPECT_TRUE(AssignBest({}).empty());
  EXPECT_EQ(AssignBest({{}, {}}), (std::vector<std::size_t>{kUnassigned, kUnassigned}));
}

TEST(FaceTracker, RefusesNonsense) {
  FaceTracker tracker;
  tracker.Update({}, 1.0);
  ErrorOf(ErrorCode::kInvalidArgument, [&] { tracker.Update({}, 1.0); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { tracker.Update({{0, 0, 0, 5}}, 2.0); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { tracker.Update({{NAN, 0, 5, 5}}, 3.0); });
  TrackerOptions options;
  options.max_faces = 0;
  ErrorOf(ErrorCode::kInvalidOptions, [&] { FaceTracker broken(options); });
}

}  // namespace
}  // namespace circumplex
