// SPDX-License-Identifier: Apache-2.0
#include "stills/still_batches.h"

#include <algorithm>
#include <exception>
#include <numeric>
#include <string>
#include <utility>

#include "core/parallel_for.h"
#include "core/rng.h"
#include "network/resnet50_module.h"

namespace circumplex {
namespace {

constexpr std::size_t kBatchesAhead = 4;

}  // namespace

StillOrder DrawStillOrder(std::int64_t count, bool flip, std::uint64_t seed, int epoch) {
  StillOrder order = ListOrder(count);
  Rng(seed, "stills/order/" + std::to_string(epoch)).Shuffle(order.index);
  Rng coin(seed, "stills/flip/" + std::to_string(epoch));
  for (std::int64_t i = 0; flip && i < count; ++i) order.mirrored[i] = coin.Uniform() < 0.5;
  return order;
}

StillOrder ListOrder(std::int64_t count) {
  StillOrder order;
  order.index.resize(count);
  std::iota(order.index.begin(), order.index.end(), std::int64_t{0});
  order.mirrored.assign(count, false);
  return order;
}

std::vector<Image> LoadInputs(const StillImages& images,
                              const StillOrder& order,
                              std::int64_t begin,
                              std::int64_t size,
                              int threads) {
  std::vector<Image> inputs(size);
  // Copies from memory are not worth a thread.
  const int decoders = images.kept() == images.size() ? 1 : threads;
  ParallelFor(inputs.size(), decoders, [&](std::size_t i) {
    const std::size_t place = static_cast<std::size_t>(begin) + i;
    Image image = images.Load(order.index[place]);
    inputs[i] = order.mirrored[place] ? Mirrored(image) : std::move(image);
  });
  return inputs;
}

StillBatches::StillBatches(const StillImages& images,
                           const ResNet50Layers& layers,
                           StillOrder order,
                           int batch,
                           int threads)
    : order_(std::move(order)),
      ready_(kBatchesAhead),
      producer_([this, &images, &layers, batch, threads] {
        try {
          Produce(images, layers, batch, threads);
          ready_.Close();
        } catch (...) {
          ready_.Fail(std::current_exception());
        }
      }) {}

StillBatches::~StillBatches() {
  ready_.Close();
  producer_.join();
}

std::optional<at::Tensor> StillBatches::Next() { return ready_.Pop(); }

void StillBatches::Produce(const StillImages& images,
                           const ResNet50Layers& layers,
                           int batch,
                           int threads) {
  const auto count = static_cast<std::int64_t>(order_.index.size());
  for (std::int64_t begin = 0; begin < count; begin += batch) {
    const std::int64_t size = std::min<std::int64_t>(batch, count - begin);
    const std::vector<Image> inputs = LoadInputs(images, order_, begin, size, threads);
    if (!ready_.Push(NormalizeImages(layers, inputs))) return;
  }
}

}  // namespace circumplex
