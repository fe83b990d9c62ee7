// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/files.h"

namespace circumplex {

/// SplitMix64 (Steele, Lea, Flood 2014). Its streams are the same on every machine and compiler,
/// which std:: distributions do not promise. One object per thread.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}
  /// Independent stream per purpose: seed and name are hashed together.
  Rng(std::uint64_t seed, const std::string& name)
      : state_(Fnv1a64(name) ^ (seed * 0x9E3779B97F4A7C15ull)) {}

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, 1), 53 bits.
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
  /// Uniform in {0, ..., n - 1}; n > 0. The modulo bias of n / 2^64 is far below any use here.
  std::uint64_t Below(std::uint64_t n) { return Next() % n; }
  /// Standard normal (Box-Muller, one value per two draws).
  double Normal() {
    const double u = 1.0 - Uniform();
    const double v = Uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586476925 * v);
  }
  template <typename T>
  void Shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[Below(i)]);
  }
  std::uint64_t state() const { return state_; }
  void set_state(std::uint64_t state) { state_ = state; }

 private:
  std::uint64_t state_;
};

}  // namespace circumplex
