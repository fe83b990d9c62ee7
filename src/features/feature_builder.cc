// SPDX-License-Identifier: Apache-2.0
#include "features/feature_builder.h"

#include <utility>

#include "circumplex/error.h"

#include "core/safetensors.h"
#include "features/backbone_text.h"
#include "video/resize.h"

namespace circumplex {
namespace {

// Crops per pass: large enough to keep the cores busy, small enough that activations stay in cache.
constexpr std::size_t kBatch = 8;

}  // namespace

FeatureBuilder::FeatureBuilder(Pool5Extractor* extractor,
                               const BackboneOptions& backbone,
                               const PhaseOptions& phase,
                               const std::string& trial,
                               bool need_pool5)
    : extractor_(extractor), backbone_(backbone), phase_(phase), need_pool5_(need_pool5) {
  track_.trial = trial;
}

void FeatureBuilder::Add(std::int64_t frame, const Image& crop) {
  if (crop.channels != 3 || crop.empty()) {
    throw Error(
        ErrorCode::kInvalidArgument,
        track_.trial + ", frame " + std::to_string(frame + 1) + ": the crop is not an RGB image");
  }
  if (!track_.frame.empty() && frame <= track_.frame.back()) {
    throw Error(ErrorCode::kInvalidArgument,
                track_.trial + ": frame " + std::to_string(frame + 1) + " after frame " +
                    std::to_string(track_.frame.back() + 1) + "; frames must increase");
  }
  const Image gray = Resize(ToGray(crop), phase_.size, phase_.size, ResizeFilter::kLanczos);
  track_.frame.push_back(frame);
  track_.gray.insert(track_.gray.end(), gray.pixels.begin(), gray.pixels.end());
  if (need_pool5_) {
    waiting_.push_back(
        Resize(crop, backbone_.input_size, backbone_.input_size, ResizeFilter::kBilinear));
    if (waiting_.size() == kBatch) Flush();
  }
}

void FeatureBuilder::Flush() {
  if (waiting_.empty()) return;
  for (const float value : extractor_->Extract(waiting_))
    track_.pool5.push_back(FloatToHalf(value));
  waiting_.clear();
}

FeatureTrack FeatureBuilder::Finish(double frame_rate, std::int64_t num_frames) {
  Flush();
  if (!need_pool5_) track_.pool5.assign(track_.frame.size() * FeatureTrack::kPool5, 0);
  track_.gray_size = phase_.size;
  track_.frame_rate = frame_rate;
  track_.num_frames = num_frames;
  track_.backbone = BackboneText(backbone_);
  track_.weights_hash = need_pool5_ ? extractor_->weights_hash() : "none";
  track_.weights_origin = need_pool5_ ? extractor_->weights_origin() : "";
  FeatureTrack empty;
  empty.trial = track_.trial;
  return std::exchange(track_, std::move(empty));
}

}  // namespace circumplex
