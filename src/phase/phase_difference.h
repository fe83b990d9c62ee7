// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "phase/amplitude_blur.h"
#include "phase/steerable_pyramid.h"

namespace circumplex {

/// What one frame contributes to its snippets, all bands ([level][orientation][y][x], see
/// SteerablePyramid). A mode fills only what it needs.
struct FramePhase {
  std::vector<double> re, im;             ///< Coefficients.
  std::vector<double> amplitude;          ///< |c|; plus 1e-10 in the unwrap modes.
  std::vector<double> phase;              ///< [rad] arg c, unwrap modes.
  std::vector<double> blurred_amplitude;  ///< g * amplitude, unwrap modes.
};

/// Phase differences of successive frames, in all four modes (PhaseMode):
///
///     pair modes      delta = (g * (w arg(c' conj c))) / (g * w)
///                     w = |c'| + 1e-10  or  sqrt(|c| |c'|) + 1e-10
///
///     unwrap modes    delta = b' - b
///                     b = (g * (m u)) / (g * m),  m = |c| + 1e-10
///                     u = phase, unwrapped since the snippet's first frame
///
/// followed in every mode by subtracting each band's spatial mean and clamping to +-5 pi.
/// Unwrap modes blur absolute phase, so that a pair's difference depends on where its snippet
/// starts; pair modes depend on the pair alone and can be shared between snippets.
///
/// Source: paper III-A; arXiv:1911.09784 (kShipped is its code, kFullUnwrap its text). Differs: the
/// pair modes are ours. Double precision. Not thread-safe (scratch inside).
class PhaseDifference {
 public:
  /// @throws Error kInvalidOptions for options outside their documented ranges.
  explicit PhaseDifference(const PhaseOptions& options);

  bool pair_mode() const { return pair_mode_; }
  const SteerablePyramid& pyramid() const { return pyramid_; }
  /// Values of one difference over all bands.
  std::size_t NumValues() const { return pyramid_.NumCoefficients(); }

  /// @param gray  size * size pixels, 0..255; scaled to [0, 1] in float32 as the public code does.
  void Analyze(const std::uint8_t* gray, FramePhase* frame);

  /// Pair modes. @param out  [rad] NumValues() values. @throws Error kInternal in an unwrap mode.
  void OfPair(const FramePhase& before, const FramePhase& after, double* out);

  /// Unwrap modes.
  /// @param frames  the snippet's frames in order; equal pointers are repeats, difference 0.
  /// @param out     [rad] (frames.size() - 1) * NumValues() values.
  /// @throws Error kInternal in a pair mode.
  void OfSnippet(const std::vector<const FramePhase*>& frames, double* out);

  /// Unwrapped and blurred phase of every frame of a snippet, for inspection; each
  /// frames.size() * NumValues() values.
  void Stages(const std::vector<const FramePhase*>& frames, double* unwrapped, double* blurred);

 private:
  void Convolve(const double* values, double* out);
  void BlurredPhase(const FramePhase& frame,
                    const double* offset,
                    double* unwrapped,
                    double* blurred);
  void RemoveMeanAndClamp(double* difference) const;

  PhaseMode mode_;
  bool pair_mode_;
  SteerablePyramid pyramid_;
  AmplitudeBlur blur_;
  std::vector<double> image_, offset_, scratch_, blurred_before_, blurred_after_;
};

}  // namespace circumplex
