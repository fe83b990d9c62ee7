// SPDX-License-Identifier: Apache-2.0
#include "synthetic/face_motion.h"

#include <cmath>

#include "core/rng.h"

namespace circumplex {
namespace {

constexpr double kTwoPi = 6.283185307179586476925;
constexpr std::size_t kParts = 5;
constexpr std::array<double, kParts> kRate = {1.0, 0.9, 1.15, 1.07, 0.85};
constexpr std::array<double, kParts> kSize = {1.0, 0.8, 1.2, 1.2, 1.0};

}  // namespace

std::vector<MotionOffsets> MakeMotion(const std::vector<double>& motion,
                                      double amplitude,
                                      double low_hz,
                                      double high_hz,
                                      double frame_rate,
                                      std::uint64_t seed) {
  Rng rng(seed, "motion");
  std::array<double, kParts> phase;
  for (double& value : phase) value = rng.Uniform(0, kTwoPi);
  std::vector<MotionOffsets> result;
  for (const double m : motion) {
    const auto offset = [&](std::size_t k) { return amplitude * kSize[k] * std::sin(phase[k]); };
    result.push_back({offset(0), offset(1), offset(2), offset(3), offset(4)});
    const double step = kTwoPi * (low_hz + (high_hz - low_hz) * m) / frame_rate;
    for (std::size_t k = 0; k < kParts; ++k)
      phase[k] = std::fmod(phase[k] + kRate[k] * step, kTwoPi);
  }
  return result;
}

}  // namespace circumplex
