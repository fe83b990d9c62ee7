// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "circumplex/va_track.h"

#include "faces/face_source.h"
#include "features/feature_builder.h"
#include "inference/live_sequence.h"

namespace circumplex {

/// Rows of a stream's frames as they come, without look-ahead: a LiveSequence for every face. Rows
/// carry the number that the source gave their frame, with a face, without one, and where the frame
/// could not be decoded. Not thread-safe.
class LiveRows {
 public:
  /// @param model        Must outlive this.
  /// @param new_builder  Makes the FeatureBuilder of one face in one frame.
  /// @param clamp        Values into [-1, 1].
  LiveRows(const Model* model, std::function<FeatureBuilder()> new_builder, bool clamp);

  /// @param frame  Numbered above the last one's.
  /// @return  One row per face by ascending id; one without values if there is none.
  std::vector<VaFrame> Push(const FrameFaces& frame);

 private:
  const Model* model_;
  std::function<FeatureBuilder()> new_builder_;
  bool clamp_;
  std::map<int, LiveSequence> sequences_;
};

}  // namespace circumplex
