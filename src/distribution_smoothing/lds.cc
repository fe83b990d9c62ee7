// SPDX-License-Identifier: Apache-2.0
#include "circumplex/lds.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "circumplex/error.h"

#include "core/csv.h"
#include "distribution_smoothing/lds_steps.h"
#include "labels/bins.h"

namespace circumplex {
namespace {

constexpr double kMaxSigma = 1e4;

bool ValidWindowSize(int size) { return size >= 1 && size % 2 == 1; }
bool ValidSigma(double sigma) { return sigma > 0 && sigma <= kMaxSigma; }

// Index of a half-sample symmetric extension: d c b a | a b c d | d c b a.
int Mirrored(int index, int size) {
  const int period = 2 * size;
  index = ((index % period) + period) % period;
  return index < size ? index : period - 1 - index;
}

std::vector<double> ReflectedGaussian(int size, double sigma) {
  const int radius = static_cast<int>(4 * sigma + 0.5), centre = size / 2;
  std::vector<double> window(size, 0.0);
  for (int i = 0; i < size; ++i) {
    for (int d = -radius; d <= radius; ++d) {
      if (Mirrored(i + d, size) == centre) window[i] += std::exp(-0.5 * d * d / (sigma * sigma));
    }
  }
  return window;
}

void RequireUsable(const LdsOptions& options) {
  std::string list;
  for (const std::string& violation : options.Violations()) list += "\n  " + violation;
  if (!list.empty()) throw Error(ErrorCode::kInvalidOptions, "unusable LDS options:" + list);
}

void RequireLabels(const std::vector<double>& labels, const char* what) {
  if (labels.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                std::string("LDS: no ") + what + " labels; give at least one annotated frame");
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!(labels[i] >= -1 && labels[i] <= 1)) {
      throw Error(ErrorCode::kInvalidArgument,
                  std::string("LDS: ") + what + " label " + std::to_string(i) + " is " +
                      FormatShortest(labels[i]) +
                      ", outside [-1, 1]; leave frames that are not annotated out");
    }
  }
}

std::size_t JointCell(double valence, double arousal, int cells) {
  return static_cast<std::size_t>(LabelCell(valence, cells)) * static_cast<std::size_t>(cells) +
         static_cast<std::size_t>(LabelCell(arousal, cells));
}

}  // namespace

std::vector<double> LdsWindow(LdsKernel kernel, int kernel_size, double sigma) {
  if (!ValidWindowSize(kernel_size)) {
    throw Error(
        ErrorCode::kInvalidOptions,
        "smoothing kernel: size " + std::to_string(kernel_size) + " must be odd and at least 1");
  }
  if (kernel != LdsKernel::kTriangular && !ValidSigma(sigma)) {
    throw Error(ErrorCode::kInvalidOptions,
                "smoothing kernel: sigma " + FormatShortest(sigma) +
                    " must be above 0 and at most 10000 bins");
  }
  const int half = kernel_size / 2;
  std::vector<double> window(kernel_size);
  for (int i = 0; i < kernel_size; ++i) {
    const double d = std::abs(i - half);
    switch (kernel) {
      case LdsKernel::kGaussian:
        window[i] = std::exp(-d * d / (2 * sigma * sigma));
        break;
      case LdsKernel::kTriangular:
        window[i] = 1 - d / (half + 1);
        break;
      case LdsKernel::kLaplace:
        window[i] = std::exp(-d / sigma);
        break;
      case LdsKernel::kGaussianReflected:
        break;
    }
  }
  if (kernel == LdsKernel::kGaussianReflected) window = ReflectedGaussian(kernel_size, sigma);
  const double peak = *std::max_element(window.begin(), window.end());
  for (double& value : window) value /= peak;
  return window;
}

std::vector<double> ReweightCounts(const std::vector<double>& counts, LdsReweight reweight) {
  std::vector<double> base(counts.size());
  for (std::size_t b = 0; b < counts.size(); ++b) {
    switch (reweight) {
      case LdsReweight::kInverse:
        base[b] = counts[b];
        break;
      case LdsReweight::kSqrtInverse:
        base[b] = std::sqrt(counts[b]);
        break;
      case LdsReweight::kInverseClipped:
        base[b] = std::clamp(counts[b], 5.0, 1000.0);
        break;
    }
  }
  return base;
}

std::vector<double> CorrelateZeroPadded(const std::vector<double>& values,
                                        const std::vector<double>& window) {
  return CorrelateZeroPadded2d(values, 1, static_cast<int>(values.size()), window);
}

std::vector<double> CorrelateZeroPadded2d(const std::vector<double>& values,
                                          int rows,
                                          int columns,
                                          const std::vector<double>& window) {
  const int half = static_cast<int>(window.size()) / 2;
  std::vector<double> across(values.size(), 0.0);
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      for (int d = std::max(-half, -c); d <= std::min(half, columns - 1 - c); ++d) {
        across[r * columns + c] += window[d + half] * values[r * columns + c + d];
      }
    }
  }
  if (rows == 1) return across;
  std::vector<double> smoothed(values.size(), 0.0);
  for (int r = 0; r < rows; ++r) {
    for (int d = std::max(-half, -r); d <= std::min(half, rows - 1 - r); ++d) {
      for (int c = 0; c < columns; ++c) {
        smoothed[r * columns + c] += window[d + half] * across[(r + d) * columns + c];
      }
    }
  }
  return smoothed;
}

std::vector<double> WeightsFromDensity(const std::vector<double>& counts,
                                       const std::vector<double>& density,
                                       double max_weight) {
  std::vector<std::size_t> occupied;
  double total = 0;
  for (std::size_t b = 0; b < counts.size(); ++b) {
    if (counts[b] <= 0) continue;
    occupied.push_back(b);
    total += counts[b];
  }
  // Rarest first: whichever bins the cap holds are a prefix of this order.
  std::stable_sort(occupied.begin(), occupied.end(), [&](std::size_t a, std::size_t b) {
    return density[a] < density[b];
  });
  // uncapped[i]: inverse densities of all labels outside the i rarest bins. Summed from the far
  // end, because taking the large terms away from a total would leave rounding in the small rest.
  std::vector<double> uncapped(occupied.size() + 1, 0.0);
  for (std::size_t i = occupied.size(); i-- > 0;) {
    uncapped[i] = uncapped[i + 1] + counts[occupied[i]] / density[occupied[i]];
  }
  std::vector<double> weights(counts.size(), 0.0);
  if (occupied.empty()) return weights;
  double left = total, scale = total / uncapped[0];
  std::size_t first = 0;
  while (max_weight > 0 && first < occupied.size() &&
         scale / density[occupied[first]] > max_weight) {
    weights[occupied[first]] = max_weight;
    left -= max_weight * counts[occupied[first]];
    ++first;
    scale = first < occupied.size() ? left / uncapped[first] : 0;
  }
  for (std::size_t i = first; i < occupied.size(); ++i)
    weights[occupied[i]] = scale / density[occupied[i]];
  return weights;
}

LdsDensity EstimateLdsDensity(const std::vector<double>& labels, const LdsOptions& options) {
  RequireUsable(options);
  RequireLabels(labels, "annotated");
  LdsDensity density;
  density.counts.assign(options.num_bins, 0.0);
  for (const double label : labels)
    density.counts[LabelBin(label, options.num_bins, options.bins)] += 1;
  density.base = ReweightCounts(density.counts, options.reweight);
  density.smoothed = CorrelateZeroPadded(
      density.base, LdsWindow(options.kernel, options.kernel_size, options.sigma));
  density.weights = WeightsFromDensity(density.counts, density.smoothed, options.max_weight);
  return density;
}

std::vector<double> LdsWeights(const std::vector<double>& labels, const LdsOptions& options) {
  const LdsDensity density = EstimateLdsDensity(labels, options);
  std::vector<double> weights(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const int bin = LabelBin(labels[i], options.num_bins, options.bins);
    weights[i] = density.weights[bin];
  }
  return weights;
}

LdsDensity EstimateJointLdsDensity(const std::vector<double>& valence,
                                   const std::vector<double>& arousal,
                                   const LdsOptions& options) {
  RequireUsable(options);
  if (valence.size() != arousal.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                "LDS: " + std::to_string(valence.size()) + " valence labels and " +
                    std::to_string(arousal.size()) + " arousal labels; give one of each per frame");
  }
  RequireLabels(valence, "valence");
  RequireLabels(arousal, "arousal");
  const int cells = options.joint_bins;
  LdsDensity density;
  density.counts.assign(static_cast<std::size_t>(cells) * cells, 0.0);
  for (std::size_t i = 0; i < valence.size(); ++i)
    density.counts[JointCell(valence[i], arousal[i], cells)] += 1;
  density.base = ReweightCounts(density.counts, options.reweight);
  density.smoothed = CorrelateZeroPadded2d(
      density.base, cells, cells, LdsWindow(options.kernel, options.kernel_size, options.sigma));
  density.weights = WeightsFromDensity(density.counts, density.smoothed, options.max_weight);
  return density;
}

std::vector<double> JointLdsWeights(const std::vector<double>& valence,
                                    const std::vector<double>& arousal,
                                    const LdsOptions& options) {
  const LdsDensity density = EstimateJointLdsDensity(valence, arousal, options);
  std::vector<double> weights(valence.size());
  for (std::size_t i = 0; i < valence.size(); ++i)
    weights[i] = density.weights[JointCell(valence[i], arousal[i], options.joint_bins)];
  return weights;
}

}  // namespace circumplex
