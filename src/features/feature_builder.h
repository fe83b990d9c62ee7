// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "circumplex/options.h"

#include "backbone/pool5_extractor.h"
#include "core/image.h"
#include "features/feature_track.h"

namespace circumplex {

/// What the backbone sees of an RGB crop: resized to `side` x `side`, bilinear.
Image BackboneInput(const Image& crop, int side);

/// Turns aligned face crops into the features of one track: gray image of phase.size px (ITU-R 601
/// luma, then Lanczos) and ResNet-50 pool5 of the crop resized to the extractor's input size
/// (bilinear). The only place where crops become features, for training, batch prediction, live use
/// and pictures of the phase; training on photographs shares its BackboneInput(). Method:
/// MIMAMO-Net (arXiv:1911.09784), resampling as Pillow does it.
///
/// Not thread-safe. Crops wait in memory until `batch` of them can share one pass of the network.
class FeatureBuilder {
 public:
  /// @param extractor   Shared by the builders of several tracks; must outlive this object. Null:
  ///                    pool5 is not computed (a motion-only model does without).
  /// @param phase_size  [px] Side of the gray images.
  FeatureBuilder(Pool5Extractor* extractor, int phase_size, const std::string& trial);

  /// @param frame  Zero-based frame number, larger than the last one added.
  /// @param crop   RGB of any size; square, or stretched to a square.
  /// @throws Error kInvalidArgument if `frame` does not increase or the crop is not RGB.
  void Add(std::int64_t frame, const Image& crop);

  /// The rows added so far, waiting crops included; the builder is empty afterwards.
  /// @param rate_from  FeatureTrack::frame_rate_from.
  FeatureTrack Finish(double frame_rate,
                      std::int64_t num_frames,
                      const std::string& rate_from = "");

  std::int64_t size() const { return track_.size(); }

 private:
  void Flush();
  Pool5Extractor* extractor_;
  int phase_size_;
  FeatureTrack track_;
  std::vector<Image> waiting_;
};

}  // namespace circumplex
