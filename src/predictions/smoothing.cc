// SPDX-License-Identifier: Apache-2.0
#include "predictions/smoothing.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "circumplex/error.h"

#include "core/csv.h"

namespace circumplex {
namespace {

void RequireFinite(const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      throw Error(ErrorCode::kInvalidArgument,
                  "smoothing: the value of frame " + std::to_string(i + 1) + " is " +
                      FormatShortest(values[i]) + "; fill missing frames first");
    }
  }
}

void RequireWidth(double width_s, double frame_rate) {
  if (!(width_s > 0) || !std::isfinite(width_s)) {
    throw Error(ErrorCode::kInvalidArgument,
                "smoothing: width " + FormatShortest(width_s) + " s; it must be above 0");
  }
  if (!(frame_rate > 0) || !std::isfinite(frame_rate)) {
    throw Error(ErrorCode::kInvalidArgument,
                "smoothing: frame rate " + FormatShortest(frame_rate) +
                    " per second; a width in seconds needs the video's rate, give it");
  }
}

}  // namespace

std::vector<double> SmoothBox(const std::vector<double>& values, int half_width_frames) {
  if (half_width_frames < 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "smoothing: half width " + std::to_string(half_width_frames) +
                    " frames; it must be at least 0");
  }
  RequireFinite(values);
  const std::size_t count = values.size(), half = static_cast<std::size_t>(half_width_frames);
  // Prefix sums as unevaluated pairs (Knuth's two-sum): their differences are exact to
  // the last digits.
  std::vector<double> high(count + 1, 0.0), low(count + 1, 0.0);
  for (std::size_t i = 0; i < count; ++i) {
    const double sum = high[i] + values[i], part = sum - high[i];
    high[i + 1] = sum;
    low[i + 1] = low[i] + ((high[i] - (sum - part)) + (values[i] - part));
  }
  std::vector<double> smoothed(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i > half ? i - half : 0,
                      end = half >= count - i ? count : i + half + 1;
    const double sum = (high[end] - high[begin]) + (low[end] - low[begin]);
    smoothed[i] = sum / static_cast<double>(end - begin);
  }
  return smoothed;
}

std::vector<double> SmoothGaussian(const std::vector<double>& values, double sigma_frames) {
  if (!(sigma_frames >= 0) || !std::isfinite(sigma_frames)) {
    throw Error(ErrorCode::kInvalidArgument,
                "smoothing: sigma " + FormatShortest(sigma_frames) +
                    " frames; it must be finite and at least 0");
  }
  RequireFinite(values);
  const std::int64_t count = static_cast<std::int64_t>(values.size());
  const std::int64_t radius =
      static_cast<std::int64_t>(std::min(4 * sigma_frames, static_cast<double>(count)));
  if (radius == 0) return values;
  std::vector<double> kernel(static_cast<std::size_t>(radius) + 1);
  for (std::int64_t d = 0; d <= radius; ++d) {
    const double z = static_cast<double>(d) / sigma_frames;
    kernel[static_cast<std::size_t>(d)] = std::exp(-0.5 * z * z);
  }
  std::vector<double> smoothed(values.size());
  for (std::int64_t i = 0; i < count; ++i) {
    double sum = 0, weight = 0;
    for (std::int64_t k = std::max<std::int64_t>(0, i - radius);
         k <= std::min(count - 1, i + radius);
         ++k) {
      const double w = kernel[static_cast<std::size_t>(std::abs(k - i))];
      sum += w * values[static_cast<std::size_t>(k)];
      weight += w;
    }
    smoothed[static_cast<std::size_t>(i)] = sum / weight;
  }
  return smoothed;
}

int BoxHalfWidthFrames(double width_s, double frame_rate) {
  RequireWidth(width_s, frame_rate);
  const double half = std::round((width_s * frame_rate - 1) / 2);
  return static_cast<int>(std::clamp(half, 0.0, 1e9));
}

double GaussianSigmaFrames(double width_s, double frame_rate) {
  RequireWidth(width_s, frame_rate);
  return width_s * frame_rate / 2;
}

std::vector<double> Smooth(const std::vector<double>& values,
                           SmoothingKind kind,
                           double width_s,
                           double frame_rate) {
  switch (kind) {
    case SmoothingKind::kNone:
      return values;
    case SmoothingKind::kBox:
      return SmoothBox(values, BoxHalfWidthFrames(width_s, frame_rate));
    case SmoothingKind::kGaussian:
      return SmoothGaussian(values, GaussianSigmaFrames(width_s, frame_rate));
  }
  return values;
}

}  // namespace circumplex
