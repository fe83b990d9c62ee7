// SPDX-License-Identifier: Apache-2.0
#include "phase/phase_track.h"

#include <algorithm>
#include <string>
#include <utility>

#include "circumplex/error.h"

#include "phase/phase_difference.h"

namespace circumplex {
namespace {

/// Keeps what belongs to a row until another row needs its slot; snippet_frames
/// neighbours never collide.
template <typename T>
class RowCache {
 public:
  explicit RowCache(std::size_t slots) : rows_(slots, -1), values_(slots) {}

  template <typename Compute>
  T& Get(std::int64_t row, Compute&& compute) {
    const std::size_t slot = static_cast<std::size_t>(row) % rows_.size();
    if (rows_[slot] != row) {
      rows_[slot] = -1;
      compute(&values_[slot]);
      rows_[slot] = row;
    }
    return values_[slot];
  }

 private:
  std::vector<std::int64_t> rows_;
  std::vector<T> values_;
};

}  // namespace

struct PhaseTrack::State {
  State(const PhaseOptions& phase_options,
        const std::uint8_t* images,
        std::vector<std::int64_t> numbers,
        bool keep_pairs)
      : options(phase_options),
        difference(phase_options),
        gray(images),
        frames(std::move(numbers)),
        frame_cache(static_cast<std::size_t>(phase_options.snippet_frames)),
        pair_cache(std::max(keep_pairs ? frames.size() : 0,
                            static_cast<std::size_t>(phase_options.snippet_frames))) {}

  const FramePhase& Frame(std::int64_t row) {
    return frame_cache.Get(row, [this, row](FramePhase* frame) {
      difference.Analyze(gray + row * options.size * options.size, frame);
    });
  }

  /// Difference of rows `row` and `row` + 1.
  const double* Pair(std::int64_t row) {
    return pair_cache
        .Get(row,
             [this, row](std::vector<double>* pair) {
               pair->resize(difference.NumValues());
               const FramePhase& before = Frame(row);
               difference.OfPair(before, Frame(row + 1), pair->data());
             })
        .data();
  }

  PhaseOptions options;
  PhaseDifference difference;
  const std::uint8_t* gray;
  std::vector<std::int64_t> frames;
  /// First and last row that a snippet around this row may use.
  std::vector<std::pair<std::int64_t, std::int64_t>> bounds;
  RowCache<FramePhase> frame_cache;
  RowCache<std::vector<double>> pair_cache;
  std::vector<double> snippet;
};

PhaseTrack::PhaseTrack(const PhaseOptions& options,
                       const std::uint8_t* gray,
                       std::vector<std::int64_t> frames,
                       bool keep_pairs) {
  state_ = std::make_unique<State>(options, gray, std::move(frames), keep_pairs);
  State& state = *state_;
  const std::int64_t count = size();
  if (count > 0 && gray == nullptr) {
    throw Error(ErrorCode::kInvalidArgument,
                "phase track: no images for " + std::to_string(count) +
                    " frames; pass (T, size, size) pixels");
  }
  std::int64_t first = 0;
  for (std::int64_t row = 0; row < count; ++row) {
    const auto at = static_cast<std::size_t>(row);
    if (row > 0 && state.frames[at] <= state.frames[at - 1]) {
      throw Error(ErrorCode::kInvalidArgument,
                  "phase track: frame number " + std::to_string(state.frames[at]) + " at row " +
                      std::to_string(row) + " follows " + std::to_string(state.frames[at - 1]) +
                      "; sort the frames and drop duplicates");
    }
    const bool starts =
        row > 0 && options.gaps == PhaseGaps::kHold && state.frames[at] - state.frames[at - 1] > 1;
    if (starts) {
      for (std::int64_t earlier = first; earlier < row; ++earlier) {
        state.bounds[static_cast<std::size_t>(earlier)].second = row - 1;
      }
      first = row;
    }
    state.bounds.emplace_back(first, count - 1);
  }
}

PhaseTrack::~PhaseTrack() = default;

std::int64_t PhaseTrack::size() const { return static_cast<std::int64_t>(state_->frames.size()); }

template <typename T>
void PhaseTrack::WriteSnippet(std::int64_t row, T* level1, T* level2) {
  State& state = *state_;
  if (row < 0 || row >= size()) {
    throw Error(ErrorCode::kInvalidArgument,
                "phase track: row " + std::to_string(row) + " is outside its " +
                    std::to_string(size()) + " rows");
  }
  const SteerablePyramid& pyramid = state.difference.pyramid();
  const auto [first, last] = state.bounds[static_cast<std::size_t>(row)];
  const std::int64_t half = state.options.snippet_frames / 2;
  std::vector<std::int64_t> rows;
  for (std::int64_t r = row - half; r <= row + half; ++r)
    rows.push_back(std::clamp(r, first, last));

  const std::size_t values = state.difference.NumValues();
  if (!state.difference.pair_mode()) {
    std::vector<const FramePhase*> frames;
    for (const std::int64_t r : rows) frames.push_back(&state.Frame(r));
    state.snippet.resize((rows.size() - 1) * values);
    state.difference.OfSnippet(frames, state.snippet.data());
  }
  const std::size_t differences = rows.size() - 1;
  for (std::size_t d = 0; d < differences; ++d) {
    const double* change = nullptr;
    if (!state.difference.pair_mode()) {
      change = state.snippet.data() + d * values;
    } else if (rows[d + 1] != rows[d]) {
      change = state.Pair(rows[d]);
    }
    for (int level = 1; level <= state.options.levels; ++level) {
      T* const out = level == 1 ? level1 : level2;
      const std::size_t count = static_cast<std::size_t>(pyramid.Side(level)) * pyramid.Side(level);
      for (int b = 0; b < state.options.orientations; ++b) {
        T* const channel = out + (static_cast<std::size_t>(b) * differences + d) * count;
        if (change == nullptr) {
          std::fill_n(channel, count, T(0));
        } else {
          const double* const band = change + pyramid.Offset(level, b);
          std::transform(
              band, band + count, channel, [](double value) { return static_cast<T>(value); });
        }
      }
    }
  }
}

void PhaseTrack::Snippet(std::int64_t row, float* level1, float* level2) {
  WriteSnippet(row, level1, level2);
}
void PhaseTrack::Snippet(std::int64_t row, double* level1, double* level2) {
  WriteSnippet(row, level1, level2);
}

}  // namespace circumplex
