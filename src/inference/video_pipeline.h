// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "circumplex/predictor.h"

#include "inference/model.h"
#include "inference/track_frames.h"

namespace circumplex {

/// The part of a prediction that needs the video stack: pixels to features. See Predictor
/// for the contracts.
class VideoPipeline {
 public:
  virtual ~VideoPipeline() = default;
  virtual VaTrack PredictVideo(const std::filesystem::path& video) = 0;
  virtual VaTrack PredictCrops(const std::filesystem::path& folder) = 0;
  virtual std::vector<VaFrame> PushFrame(const std::uint8_t* rgb,
                                         int height,
                                         int width,
                                         double timestamp_s) = 0;
  virtual void PredictCamera(int index,
                             std::int64_t max_frames,
                             const std::function<bool()>& keep_going,
                             const std::function<void(const VaFrame&)>& use) = 0;
};

/// @param model      Must outlive the pipeline.
/// @param rules      The model's rules with the caller's overrides.
/// @throws Error kUnsupported in a build without the video stack.
std::unique_ptr<VideoPipeline> MakeVideoPipeline(const Model* model,
                                                 const PredictorOptions& options,
                                                 const FrameRules& rules);

/// Writes a series of estimates into the rows of one face, frame order kept.
void FillFrame(const Va& value, bool own, VaFrame* frame);

}  // namespace circumplex
