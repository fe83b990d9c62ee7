// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "circumplex/options.h"

#include "backbone/pool5_extractor.h"
#include "core/image.h"
#include "features/feature_store.h"

namespace circumplex {

/// Turns aligned face crops into the features of one track: gray image of phase.size px (ITU-R 601
/// luma, then Lanczos) and ResNet-50 pool5 of the crop resized to backbone.input_size (bilinear).
/// The only place where crops become features, for training, batch prediction and live use. Method:
/// MIMAMO-Net (arXiv:1911.09784), resampling as Pillow does it.
///
/// Not thread-safe. Crops wait in memory until `batch` of them can share one pass of the network.
class FeatureBuilder {
 public:
  /// @param extractor  Shared by the builders of several tracks; must outlive this object.
  /// @param needs      Whether pool5 is computed at all (a motion-only model does without).
  FeatureBuilder(Pool5Extractor* extractor,
                 const BackboneOptions& backbone,
                 const PhaseOptions& phase,
                 const std::string& trial,
                 bool need_pool5 = true);

  /// @param frame  Zero-based frame number, larger than the last one added.
  /// @param crop   RGB of any size; square, or stretched to a square.
  /// @throws Error kInvalidArgument if `frame` does not increase or the crop is not RGB.
  void Add(std::int64_t frame, const Image& crop);

  /// The rows added so far, waiting crops included; the builder is empty afterwards.
  FeatureTrack Finish(double frame_rate, std::int64_t num_frames);

  std::int64_t size() const { return track_.size(); }

 private:
  void Flush();
  Pool5Extractor* extractor_;
  BackboneOptions backbone_;
  PhaseOptions phase_;
  bool need_pool5_;
  FeatureTrack track_;
  std::vector<Image> waiting_;
};

}  // namespace circumplex
