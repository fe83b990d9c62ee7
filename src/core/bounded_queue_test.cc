// SPDX-License-Identifier: Apache-2.0
#include "core/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace circumplex {
namespace {

TEST(BoundedQueue, HandsOverInOrderAndNeverHoldsMoreThanItsCapacity) {
  BoundedQueue<int> queue(3);
  std::atomic<int> pushed{0};
  std::atomic<int> popped{0};
  std::atomic<int> most{0};
  std::thread producer([&] {
    for (int i = 0; i < 1000; ++i) {
      queue.Push(i);
      const int inside = ++pushed - popped;
      if (inside > most) most = inside;
    }
    queue.Close();
  });
  std::vector<int> seen;
  while (const auto item = queue.Pop()) {
    seen.push_back(*item);
    ++popped;
  }
  producer.join();
  ASSERT_EQ(seen.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
  // One item may be counted between Pop() and ++popped.
  EXPECT_LE(most, 4);
}

TEST(BoundedQueue, CloseWakesAProducerThatWaits) {
  BoundedQueue<int> queue(1);
  ASSERT_TRUE(queue.Push(1));
  bool accepted = true;
  std::thread producer([&] { accepted = queue.Push(2); });
  queue.Close();
  producer.join();
  EXPECT_FALSE(accepted);
  EXPECT_EQ(queue.Pop(), std::optional<int>(1));
  EXPECT_EQ(queue.Pop(), std::nullopt);
  EXPECT_FALSE(queue.PushDroppingOldest(3));
}

TEST(BoundedQueue, FailureArrivesAfterTheItemsBeforeIt) {
  BoundedQueue<std::unique_ptr<int>> queue(2);
  queue.Push(std::make_unique<int>(7));
  queue.Fail(std::make_exception_ptr(Error(ErrorCode::kIo, "disk on fire")));
  EXPECT_EQ(**queue.Pop(), 7);
  EXPECT_THROW(queue.Pop(), Error);
}

TEST(BoundedQueue, LiveSourceLosesTheOldest) {
  BoundedQueue<int> queue(2);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(queue.PushDroppingOldest(i));
  EXPECT_EQ(queue.Pop(), std::optional<int>(3));
  EXPECT_EQ(queue.Pop(), std::optional<int>(4));
}

}  // namespace
}  // namespace circumplex
