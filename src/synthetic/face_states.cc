// SPDX-License-Identifier: Apache-2.0
#include "synthetic/face_states.h"

#include <algorithm>
#include <cmath>

#include "core/rng.h"
#include "synthetic/face_motion.h"

namespace circumplex {
namespace {

/// Smooth drift of one property over a trial.
std::vector<double> Drift(int rows, double seconds, double spread, double frame_rate, Rng* rng) {
  std::vector<double> values = SmoothNoise(rows, seconds * frame_rate, rng);
  const double start = rng->Uniform(-1, 1);
  for (double& value : values) value = spread * (0.6 * value + start);
  return values;
}

}  // namespace

std::vector<FaceState> MakeFaceStates(const AffectSeries& affect,
                                      const std::vector<bool>& visible,
                                      const SyntheticOptions& options,
                                      std::uint64_t seed) {
  Rng rng(seed, "states");
  const int rows = static_cast<int>(affect.valence.size());
  // One unit is 0.375 of the crop's side: 42 px of 112.
  const std::vector<MotionOffsets> motion = MakeMotion(affect.motion,
                                                       options.motion_px / (0.375 * 112),
                                                       options.motion_low_hz,
                                                       options.motion_high_hz,
                                                       options.frame_rate,
                                                       seed);
  const auto drift = [&](double seconds, double spread) {
    return Drift(rows, seconds, spread, options.frame_rate, &rng);
  };
  const std::vector<double> yaw = drift(1.2, 0.16), pitch = drift(1.5, 0.08),
                            roll = drift(1.5, 0.04);
  const std::vector<double> gaze_x = drift(0.7, 0.5), gaze_y = drift(0.7, 0.3);

  std::vector<FaceState> states(static_cast<std::size_t>(rows));
  for (std::size_t t = 0; t < states.size(); ++t) {
    FaceState& state = states[t];
    state.valence = affect.valence[t];
    state.still_arousal = affect.still[t];
    state.motion = motion[t];
    state.yaw_rad = yaw[t];
    state.pitch_rad = pitch[t];
    state.roll_rad = roll[t];
    state.gaze_x = std::clamp(gaze_x[t], -1.0, 1.0);
    state.gaze_y = std::clamp(gaze_y[t], -1.0, 1.0);
  }

  // A blink takes a sixth of a second and comes every four seconds on average.
  const int blink_rows = std::max(1, static_cast<int>(std::lround(options.frame_rate / 6)));
  for (int t = 0; t < rows; ++t) {
    if (rng.Uniform() >= 0.25 / options.frame_rate) continue;
    for (int k = 0; k < blink_rows && t + k < rows; ++k) {
      states[static_cast<std::size_t>(t + k)].blink =
          std::sin(3.14159265358979 * (k + 0.5) / blink_rows);
    }
    t += blink_rows;
  }
  // Runs of about a second until the share is reached on average.
  const int run = std::max(1, static_cast<int>(std::lround(options.frame_rate)));
  for (int t = 0; t < rows; ++t) {
    if (rng.Uniform() >= options.occlusion / (1 - options.occlusion) / run) continue;
    const Occluder kind = rng.Uniform() < 0.6 ? Occluder::kHand : Occluder::kMicrophone;
    const double x = rng.Uniform(-0.7, 0.7), y = rng.Uniform(0.5, 1.2);
    for (int k = 0; k < run && t + k < rows; ++k) {
      FaceState& state = states[static_cast<std::size_t>(t + k)];
      state.occluder = kind;
      state.occluder_x = x;
      state.occluder_y = y;
    }
    t += run;
  }
  for (std::size_t t = 0; t < states.size(); ++t) states[t].visible = visible[t];
  return states;
}

}  // namespace circumplex
