// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "backbone/resnet50_layers.h"
#include "core/bounded_queue.h"
#include "stills/still_images.h"

namespace circumplex {

/// Images of one epoch in the order of training, and which of them are mirrored.
struct StillOrder {
  std::vector<std::int64_t> index;
  std::vector<bool> mirrored;
};

/// A seeded permutation of `count` images; equal (seed, epoch) give equal orders. With `flip`, each
/// image is mirrored or not by a draw of its own.
StillOrder DrawStillOrder(std::int64_t count, bool flip, std::uint64_t seed, int epoch);

/// `count` images in the order of the list, none mirrored.
StillOrder ListOrder(std::int64_t count);

/// The images at places [begin, begin + size) of an order, decoded on `threads` threads where they
/// are not in memory. @throws Error as StillImages::Load().
std::vector<Image> LoadInputs(const StillImages& images,
                              const StillOrder& order,
                              std::int64_t begin,
                              std::int64_t size,
                              int threads);

/// Network inputs of an order, batch by batch, made on a thread of their own a few batches ahead of
/// the reader. Not thread-safe.
class StillBatches {
 public:
  /// @param images, layers  Must outlive this object.
  /// @param threads         Decoders of images that are not in memory.
  StillBatches(const StillImages& images,
               const ResNet50Layers& layers,
               StillOrder order,
               int batch,
               int threads);
  ~StillBatches();
  StillBatches(const StillBatches&) = delete;
  StillBatches& operator=(const StillBatches&) = delete;

  /// [n, 3, S, S] float32 of the next n <= batch images; empty at the end.
  /// @throws Error as StillImages::Load().
  std::optional<at::Tensor> Next();

 private:
  void Produce(const StillImages& images, const ResNet50Layers& layers, int batch, int threads);
  StillOrder order_;
  BoundedQueue<at::Tensor> ready_;
  std::thread producer_;
};

}  // namespace circumplex
