// SPDX-License-Identifier: Apache-2.0
#include "features/feature_builder.h"

#include <utility>

#include "circumplex/error.h"

#include "core/safetensors.h"
#include "video/resize.h"

namespace circumplex {
namespace {

// Crops per pass: large enough to keep the cores busy, small enough that activations stay in cache.
constexpr std::size_t kBatch = 8;

}  // namespace

Image BackboneInput(const Image& crop, int side) {
  return Resize(crop, side, side, ResizeFilter::kBilinear);
}

FeatureBuilder::FeatureBuilder(Pool5Extractor* extractor, int phase_size, const std::string& trial)
    : extractor_(extractor), phase_size_(phase_size) {
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
  const Image gray = Resize(ToGray(crop), phase_size_, phase_size_, ResizeFilter::kLanczos);
  track_.frame.push_back(frame);
  track_.gray.insert(track_.gray.end(), gray.pixels.begin(), gray.pixels.end());
  if (extractor_ != nullptr) {
    waiting_.push_back(BackboneInput(crop, extractor_->input_size()));
    if (waiting_.size() == kBatch) Flush();
  }
}

void FeatureBuilder::Flush() {
  if (waiting_.empty()) return;
  for (const float value : extractor_->Extract(waiting_))
    track_.pool5.push_back(FloatToHalf(value));
  waiting_.clear();
}

FeatureTrack FeatureBuilder::Finish(double frame_rate,
                                    std::int64_t num_frames,
                                    const std::string& rate_from) {
  Flush();
  track_.gray_size = phase_size_;
  track_.frame_rate = frame_rate;
  track_.frame_rate_from = rate_from;
  track_.num_frames = num_frames;
  if (extractor_ != nullptr) {
    track_.backbone = BackboneText(extractor_->layout(), extractor_->input_size());
    track_.weights_hash = extractor_->weights_hash();
    track_.weights_origin = extractor_->weights_origin();
  } else {
    track_.pool5.assign(track_.frame.size() * kPool5Size, 0);
    track_.weights_hash = "none";
  }
  FeatureTrack empty;
  empty.trial = track_.trial;
  return std::exchange(track_, std::move(empty));
}

}  // namespace circumplex
