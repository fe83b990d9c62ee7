// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// Label density and its smoothed form over the bins of [-1, 1].
struct LdsDensity {
  std::vector<double> counts;  ///< num_bins label counts.
  /// g(count) of LdsOptions::reweight: the count, its square root, or the count clipped
  /// to [5, 1000].
  std::vector<double> base;
  std::vector<double> smoothed;  ///< base correlated with the kernel (peak 1), zeros outside.
  /// c / smoothed, capped at max_weight, with mean 1 over the labels; 0 where no label is.
  std::vector<double> weights;
};

/// Kernel of `kernel_size` values with peak 1.
/// @throws Error kInvalidOptions.
std::vector<double> LdsWindow(LdsKernel kernel, int kernel_size, double sigma);

/// @param labels   N annotated values in [-1, 1]; unannotated frames are gone already.
/// @param options  Bins, kernel and form of the density.
/// @throws Error kInvalidArgument: `labels` empty, NaN or out of range (says which index);
///               kInvalidOptions: `options.Violations()` not empty.
LdsDensity EstimateLdsDensity(const std::vector<double>& labels, const LdsOptions& options);

/// Loss weights that undo label imbalance, from a histogram smoothed over neighbouring labels.
///
///     density(b) = sum_d k(d) g(n(b + d))        w_i = min(c / density(bin(y_i)), max_weight)
///
/// n = label counts, k = symmetric kernel with peak 1, n = 0 outside [-1, 1]; g by
/// LdsOptions::reweight: n itself (the paper's inverse of the density), its square root, or n
/// clipped to [5, 1000]. But for the clipped form the weights depend on the shape of the label
/// distribution only: ten times as many labels of the same kind give the same weights. c makes
/// mean(w) = 1, with a cap too, so that no weight exceeds `max_weight` times the mean. `enabled` is
/// the caller's to look at. A label within float32's rounding of a decimal of up to six digits
/// counts as that decimal, which decides its bin.
///
/// Source: paper III-A, Fig. 3; Yang et al. 2021, arXiv:2102.09554, section 3.1.
/// Differs: preset `released` has the released kernel and bins (decision 0004).
///
/// @return  N weights > 0 in the order of `labels`, mean 1 within 1e-6.
/// @throws  as EstimateLdsDensity. Cost O(N + num_bins * kernel_size). Thread-safe.
std::vector<double> LdsWeights(const std::vector<double>& labels, const LdsOptions& options = {});

/// The density of (valence, arousal) on joint_bins x joint_bins cells, smoothed by the separable
/// product of the kernel. The members of the result hold joint_bins * joint_bins values, index =
/// valence cell * joint_bins + arousal cell. `valence` and `arousal` hold one label each per frame.
/// @throws as EstimateLdsDensity; kInvalidArgument if the sizes differ.
LdsDensity EstimateJointLdsDensity(const std::vector<double>& valence,
                                   const std::vector<double>& arousal,
                                   const LdsOptions& options);

/// One weight per frame from the joint density of (valence, arousal) on joint_bins x joint_bins
/// cells (EstimateJointLdsDensity). Same contract as LdsWeights.
std::vector<double> JointLdsWeights(const std::vector<double>& valence,
                                    const std::vector<double>& arousal,
                                    const LdsOptions& options);

}  // namespace circumplex
