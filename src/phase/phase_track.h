// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// Phase-difference images of one face track (paper III-A, motion stream; method of
/// arXiv:1911.09784).
///
/// For the snippet of `snippet_frames` frames around a frame: K orientations x (snippet_frames - 1)
/// successive differences per level, flattened orientation-major to PhaseOptions::Channels()
/// channels; level l is (size >> l) px wide. Unit: radians, spatial mean 0, clamped to +-5 pi.
///
/// Every frame's pyramid is computed once and, in the pair modes, every pair's difference once;
/// results are kept for the frames around the last request, so that asking in ascending order is
/// linear in time and constant in memory. Results do not depend on the order of requests.
///
/// Computed in double. Cost per new frame: one pyramid, and one difference (pair modes) or
/// snippet_frames - 1 of them (unwrap modes). Not thread-safe; one object per thread.
class PhaseTrack {
 public:
  /// @param gray    T images, uint8, row-major (T, size, size); must outlive this object.
  /// @param frames  T frame numbers, strictly increasing; PhaseGaps::kHold stops a snippet where a
  /// number is missing.
  /// @param keep_pairs  Keep every pair's difference (size^2 * orientations * 10 bytes each):
  /// training asks for every row many times. Without effect in the unwrap modes, whose differences
  /// depend on the whole snippet.
  /// @throws Error kInvalidOptions for options outside their ranges; kInvalidArgument if `frames`
  /// does not increase
  ///         or `gray` is null while there are frames.
  PhaseTrack(const PhaseOptions& options,
             const std::uint8_t* gray,
             std::vector<std::int64_t> frames,
             bool keep_pairs = false);
  ~PhaseTrack();

  std::int64_t size() const;

  /// Writes the snippet around row `row` (0-based index into the track, not a frame number).
  /// @param level1  Channels() * size * size floats, (C, H, W).
  /// @param level2  Channels() * (size/2) * (size/2) floats, or nullptr if levels = 1.
  /// @throws Error kInvalidArgument if `row` is outside the track.
  void Snippet(std::int64_t row, float* level1, float* level2);
  /// The same before rounding to float.
  void Snippet(std::int64_t row, double* level1, double* level2);

 private:
  template <typename T>
  void WriteSnippet(std::int64_t row, T* level1, T* level2);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace circumplex
