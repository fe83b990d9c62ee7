// SPDX-License-Identifier: Apache-2.0
#include "clips/clip_builder.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/safetensors.h"

namespace circumplex {

ClipTrack::ClipTrack(FeatureTrack features, const PhaseOptions& phase, bool keep_phase)
    : features_(std::move(features)), options_(phase), keep_phase_(keep_phase) {}

PhaseTrack& ClipTrack::phase() {
  if (phase_ == nullptr)
    phase_ =
        std::make_unique<PhaseTrack>(options_, features_.gray.data(), features_.frame, keep_phase_);
  return *phase_;
}

std::int64_t ClipTrack::bytes() const {
  // A pair's difference: both levels, doubles.
  const std::int64_t pair = keep_phase_ ? static_cast<std::int64_t>(options_.orientations) *
                                              options_.size * options_.size * 10
                                        : 0;
  return static_cast<std::int64_t>(features_.pool5.size() * 2 + features_.gray.size()) +
         size() * pair;
}

ClipTrackCache::ClipTrackCache(FeatureStore store,
                               const PhaseOptions& phase,
                               std::int64_t budget_bytes)
    : store_(std::move(store)), phase_(phase), budget_bytes_(budget_bytes) {}

std::shared_ptr<ClipTrack> ClipTrackCache::Get(const std::string& trial) {
  const auto found = tracks_.find(trial);
  if (found != tracks_.end()) {
    recent_.remove(trial);
    recent_.push_front(trial);
    return found->second;
  }
  FeatureTrack features = store_.Track(trial);
  if (features.size() > 0 && features.gray_size != phase_.size) {
    throw Error(ErrorCode::kBadData,
                "'" + trial + "' of the store '" + store_.folder().string() + "': gray images of " +
                    std::to_string(features.gray_size) +
                    " px, the model needs phase.size = " + std::to_string(phase_.size) +
                    "; extract the features again with the model's settings");
  }
  auto track = std::make_shared<ClipTrack>(std::move(features), phase_, true);
  held_bytes_ += track->bytes();
  while (held_bytes_ > budget_bytes_ && !recent_.empty()) {
    held_bytes_ -= tracks_[recent_.back()]->bytes();
    tracks_.erase(recent_.back());
    recent_.pop_back();
  }
  recent_.push_front(trial);
  tracks_[trial] = track;
  return track;
}

ClipBuilder::ClipBuilder(const PhaseOptions& phase, bool appearance, bool motion)
    : phase_(phase), appearance_(appearance), motion_(motion) {}

ClipInputs ClipBuilder::Build(const std::vector<ClipSteps>& clips) const {
  CIRCUMPLEX_CHECK(!clips.empty(), "a batch needs a clip");
  std::size_t length = 0;
  for (const ClipSteps& clip : clips) length = std::max(length, clip.steps.size());
  CIRCUMPLEX_CHECK(length > 0, "a clip needs a step");
  const auto batch = static_cast<std::int64_t>(clips.size()),
             steps = static_cast<std::int64_t>(length);
  const std::int64_t side = phase_.size, half = side / 2, channels = phase_.Channels();

  ClipInputs inputs;
  if (appearance_) inputs.pool5_btd = at::empty({batch, steps, kPool5Size}, at::kFloat);
  if (motion_) {
    inputs.phase1_btchw = at::empty({batch, steps, channels, side, side}, at::kFloat);
    if (phase_.levels == 2)
      inputs.phase2_btchw = at::empty({batch, steps, channels, half, half}, at::kFloat);
  }
  float* pool5 = appearance_ ? inputs.pool5_btd.data_ptr<float>() : nullptr;
  float* level1 = motion_ ? inputs.phase1_btchw.data_ptr<float>() : nullptr;
  float* level2 = motion_ && phase_.levels == 2 ? inputs.phase2_btchw.data_ptr<float>() : nullptr;
  const std::int64_t size1 = channels * side * side, size2 = channels * half * half;

  std::int64_t position = 0;
  for (const ClipSteps& clip : clips) {
    CIRCUMPLEX_CHECK(!clip.steps.empty(), "a clip needs a step");
    for (std::size_t t = 0; t < length; ++t, ++position) {
      const bool padding = t >= clip.steps.size();
      const std::int64_t step = clip.steps[std::min(t, clip.steps.size() - 1)];
      CIRCUMPLEX_CHECK(step >= 0 && step < clip.track->size(), "step " + std::to_string(step));
      if (pool5 != nullptr) {
        const std::uint16_t* values = clip.track->features().pool5.data() + step * kPool5Size;
        for (int d = 0; d < kPool5Size; ++d) {
          pool5[position * kPool5Size + d] = HalfToFloat(values[d]);
        }
      }
      if (level1 != nullptr && padding) {
        std::copy_n(level1 + (position - 1) * size1, size1, level1 + position * size1);
        if (level2 != nullptr)
          std::copy_n(level2 + (position - 1) * size2, size2, level2 + position * size2);
      } else if (level1 != nullptr) {
        clip.track->phase().Snippet(step,
                                    level1 + position * size1,
                                    level2 == nullptr ? nullptr : level2 + position * size2);
      }
    }
  }
  return inputs;
}

std::vector<std::int64_t> StridedSteps(std::int64_t steps, int frame_step, int offset) {
  std::vector<std::int64_t> strided;
  for (std::int64_t step = offset; step < steps; step += frame_step) strided.push_back(step);
  return strided;
}

}  // namespace circumplex
