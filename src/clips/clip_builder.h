// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "circumplex/options.h"

#include "features/feature_store.h"
#include "phase/phase_track.h"

namespace circumplex {

/// A feature track in memory with its phase differences, which are computed when asked for.
class ClipTrack {
 public:
  /// @param keep_phase  Keep phase differences for further requests, as training makes them.
  ClipTrack(FeatureTrack features, const PhaseOptions& phase, bool keep_phase = false);
  const FeatureTrack& features() const { return features_; }
  std::int64_t size() const { return features_.size(); }
  PhaseTrack& phase();
  /// Memory held once every phase difference is known [bytes].
  std::int64_t bytes() const;

 private:
  FeatureTrack features_;
  PhaseOptions options_;
  bool keep_phase_;
  std::unique_ptr<PhaseTrack> phase_;
};

/// Feature tracks of a store by trial name, the most recently used ones in memory up to a budget.
/// Not thread-safe.
class ClipTrackCache {
 public:
  /// @param budget_bytes  Tracks are dropped, least recently used first, above it; the last
  ///                      one always stays.
  ClipTrackCache(FeatureStore store,
                 const PhaseOptions& phase,
                 std::int64_t budget_bytes = 6LL << 30);
  /// @throws Error as FeatureStore::Track(); kBadData if the track's gray images are not
  ///         phase.size px wide.
  std::shared_ptr<ClipTrack> Get(const std::string& trial);

 private:
  FeatureStore store_;
  PhaseOptions phase_;
  std::int64_t budget_bytes_, held_bytes_ = 0;
  std::list<std::string> recent_;
  std::unordered_map<std::string, std::shared_ptr<ClipTrack>> tracks_;
};

/// Steps of one track that form one clip, in time order.
struct ClipSteps {
  ClipTrack* track = nullptr;
  std::vector<std::int64_t> steps;
};

/// Network inputs of B clips of T steps; a stream that is off has an undefined tensor.
struct ClipInputs {
  at::Tensor pool5_btd;     ///< float32 [B, T, 2048].
  at::Tensor phase1_btchw;  ///< float32 [B, T, C, S, S] [rad].
  at::Tensor phase2_btchw;  ///< float32 [B, T, C, S/2, S/2] [rad]; undefined if phase.levels = 1.
};

/// The only place where features become network inputs, for training, validation and prediction.
class ClipBuilder {
 public:
  ClipBuilder(const PhaseOptions& phase, bool appearance, bool motion);

  /// Shorter clips are padded to the longest by repeating their last step; the caller
  /// masks the padding.
  /// @throws Error kInternal if a step is outside its track or there is no clip.
  ClipInputs Build(const std::vector<ClipSteps>& clips) const;

 private:
  PhaseOptions phase_;
  bool appearance_, motion_;
};

/// The sequence of a track's steps that starts at `offset` and takes every `frame_step`-th. The
/// `frame_step` sequences of a track hold every step once.
std::vector<std::int64_t> StridedSteps(std::int64_t steps, int frame_step, int offset);

}  // namespace circumplex
