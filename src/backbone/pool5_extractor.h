// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "core/image.h"

namespace circumplex {

struct BackboneWeights;

/// ResNet-50 pool5 features of face crops on the CPU (oneDNN), batch norm folded
/// into the convolutions.
///
/// Source: paper III-A, appearance stream (pool5 of ResNet-50); network He et al. 2016,
/// arXiv:1512.03385; see resnet50_layers.h for the two layouts. Batch norm is folded in double and
/// rounded once; results agree with the unfolded double network within 3e-6 of its norm.
///
/// Cost: 4.1e9 multiply-adds per 224 px image (caffe layout 3.9e9), a quarter at 112 px; 95 MB
/// for weights and, at 224 px, 11 MB of work memory, 85 MB more once 8 images come in one call.
/// Images are computed 8 at a time, the rest one by one; nothing is built before the first call.
/// An image's features do not depend on its neighbours, but may differ in the last bit between
/// the two batch sizes. Threads: OMP_NUM_THREADS if set, else all cores of the process, whatever
/// other libraries set for OpenMP. Thread safety: one call at a time per object; the network
/// itself uses all cores.
class Pool5Extractor {
 public:
  /// Loads `options.weights`, or draws untrained weights from `options.seed`.
  /// Settings that are empty are the weights' own (SettleBackbone()).
  /// @throws Error kBadModel if the weights do not fit the network, or state another layout or
  ///         input size than the options.
  /// @throws Error kInvalidOptions if input_size < 32.
  explicit Pool5Extractor(const BackboneOptions& options);
  /// Weights at hand; `options.weights` and `options.seed` are not used.
  /// @throws Error kBadModel if their layout is not `options.layout`, where that is set.
  Pool5Extractor(const BackboneOptions& options, const BackboneWeights& weights);
  ~Pool5Extractor();
  Pool5Extractor(Pool5Extractor&&) noexcept;
  Pool5Extractor& operator=(Pool5Extractor&&) noexcept;

  /// @param images  N RGB images, each input_size x input_size (the feature builder resizes).
  /// @return        N * 2048 values, row-major (N, 2048), all >= 0.
  /// @throws Error kInvalidArgument if an image is not RGB or of another size (says which).
  std::vector<float> Extract(const std::vector<Image>& images);

  int input_size() const;  ///< [px]
  BackboneLayout layout() const;
  const std::string& weights_hash() const;    ///< 16 hex digits, or "untrained-<seed>".
  const std::string& weights_origin() const;  ///< See BackboneWeights::origin.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace circumplex
