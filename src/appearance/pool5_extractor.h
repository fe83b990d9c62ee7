// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "circumplex/options.h"
#include "core/image.h"

namespace circumplex {

/// ResNet-50 pool5 features of face crops on the CPU (oneDNN), batch norm folded into the convolutions.
/// Thread safety: one call at a time per object; the network itself uses all cores.
class Pool5Extractor {
 public:
  /// Loads `options.weights`, or draws untrained weights from `options.seed`.
  /// @throws Error kBadModel if the weights do not fit the network or their layout is not the stated one.
  explicit Pool5Extractor(const BackboneOptions& options);
  ~Pool5Extractor();

  /// @param images  N RGB images, each input_size x input_size (the feature builder resizes).
  /// @return        N * 2048 values, row-major (N, 2048), all >= 0.
  std::vector<float> Extract(const std::vector<Image>& images);

  const std::string& weights_hash() const;  ///< 16 hex digits, or "untrained-<seed>".

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace circumplex
