// SPDX-License-Identifier: Apache-2.0
#include "phase/phase_unwrap.h"

namespace circumplex {

void UnwrapStep(UnwrapRule rule,
                const double* previous,
                const double* phase,
                double* offset,
                std::size_t count) {
  constexpr double kPi = 3.14159265358979323846;
  const double upward = rule == UnwrapRule::kTwoSided ? 2 * kPi : 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    const double jump = phase[i] - previous[i];
    offset[i] += jump > kPi ? -2 * kPi : (jump < -kPi ? upward : 0.0);
  }
}

}  // namespace circumplex
