// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "core/check.h"

namespace circumplex {

/// First-in-first-out hand-over between threads that holds at most `capacity` items, so
/// that a fast producer waits instead of filling the memory. Thread-safe, any number of
/// producers and consumers.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {
    CIRCUMPLEX_CHECK(capacity > 0, "a queue needs room for one item");
  }
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  /// Waits for room. @return False, with the item dropped, once the queue is closed.
  bool Push(T item) {
    std::unique_lock<std::mutex> lock(mutex_);
    room_.wait(lock, [this] { return closed_ || items_.size() < capacity_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    filled_.notify_one();
    return true;
  }

  /// Never waits: a full queue loses its oldest item (live sources). @return False once closed.
  bool PushDroppingOldest(T item) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return false;
    if (items_.size() == capacity_) items_.pop_front();
    items_.push_back(std::move(item));
    filled_.notify_one();
    return true;
  }

  /// Waits for an item. @return Empty once the queue is closed and drained.
  /// @throws what Fail() was given, after the items before it.
  std::optional<T> Pop() {
    std::unique_lock<std::mutex> lock(mutex_);
    filled_.wait(lock, [this] { return closed_ || !items_.empty(); });
    if (items_.empty()) {
      if (failure_) std::rethrow_exception(failure_);
      return std::nullopt;
    }
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    room_.notify_one();
    return item;
  }

  /// No more items; those inside can still be taken.
  void Close() { Fail(nullptr); }

  /// Closes, and hands the producer's exception to the consumers.
  void Fail(std::exception_ptr failure) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return;
    closed_ = true;
    failure_ = std::move(failure);
    room_.notify_all();
    filled_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::deque<T> items_;
  bool closed_ = false;
  std::exception_ptr failure_;
};

}  // namespace circumplex
