// SPDX-License-Identifier: Apache-2.0
#include "phase/phase_difference.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "phase/phase_unwrap.h"

namespace circumplex {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kClampRad = 5 * kPi;
constexpr double kAmplitudeFloor = 1e-10;

const PhaseOptions& Checked(const PhaseOptions& options) {
  RequireValid(options.Violations());
  return options;
}

}  // namespace

PhaseDifference::PhaseDifference(const PhaseOptions& options)
    : mode_(options.mode),
      pair_mode_(options.mode == PhaseMode::kDeltaBlur ||
                 options.mode == PhaseMode::kDeltaBlurGeometric),
      pyramid_(Checked(options).size, options.orientations, options.levels),
      blur_(options.size),
      image_(static_cast<std::size_t>(options.size) * options.size),
      scratch_(pyramid_.NumCoefficients()) {
  for (std::vector<double>* work : {&offset_, &blurred_before_, &blurred_after_}) {
    work->resize(pyramid_.NumCoefficients());
  }
}

void PhaseDifference::Convolve(const double* values, double* out) {
  for (int level = 1; level <= pyramid_.levels(); ++level) {
    for (int b = 0; b < pyramid_.orientations(); ++b) {
      const std::size_t offset = pyramid_.Offset(level, b);
      blur_.Convolve(pyramid_.Side(level), values + offset, out + offset);
    }
  }
}

void PhaseDifference::Analyze(const std::uint8_t* gray, FramePhase* frame) {
  for (std::size_t i = 0; i < image_.size(); ++i) image_[i] = static_cast<float>(gray[i]) / 255.0f;
  const std::size_t count = NumValues();
  for (std::vector<double>* part : {&frame->re, &frame->im, &frame->amplitude}) part->resize(count);
  pyramid_.Analyze(image_.data(), frame->re.data(), frame->im.data());
  const double floor = pair_mode_ ? 0.0 : kAmplitudeFloor;
  for (std::size_t i = 0; i < count; ++i) {
    const double re = frame->re[i], im = frame->im[i];
    frame->amplitude[i] = std::sqrt(re * re + im * im) + floor;
  }
  if (pair_mode_) return;
  frame->phase.resize(count);
  for (std::size_t i = 0; i < count; ++i) frame->phase[i] = std::atan2(frame->im[i], frame->re[i]);
  frame->blurred_amplitude.resize(count);
  Convolve(frame->amplitude.data(), frame->blurred_amplitude.data());
}

void PhaseDifference::OfPair(const FramePhase& before, const FramePhase& after, double* out) {
  CIRCUMPLEX_CHECK(pair_mode_, "differences of a pair depend on its snippet in the unwrap modes");
  const bool geometric = mode_ == PhaseMode::kDeltaBlurGeometric;
  double* const weight = scratch_.data();
  for (std::size_t i = 0; i < NumValues(); ++i) {
    const double w =
        geometric ? std::sqrt(before.amplitude[i] * after.amplitude[i]) : after.amplitude[i];
    weight[i] = w + kAmplitudeFloor;
    const double re = after.re[i] * before.re[i] + after.im[i] * before.im[i];
    const double im = after.im[i] * before.re[i] - after.re[i] * before.im[i];
    out[i] = weight[i] * std::atan2(im, re);
  }
  Convolve(out, out);
  Convolve(weight, weight);
  for (std::size_t i = 0; i < NumValues(); ++i) out[i] /= weight[i];
  RemoveMeanAndClamp(out);
}

void PhaseDifference::BlurredPhase(const FramePhase& frame,
                                   const double* offset,
                                   double* unwrapped,
                                   double* blurred) {
  for (std::size_t i = 0; i < NumValues(); ++i) {
    unwrapped[i] = frame.phase[i] + offset[i];
    blurred[i] = frame.amplitude[i] * unwrapped[i];
  }
  Convolve(blurred, blurred);
  for (std::size_t i = 0; i < NumValues(); ++i) blurred[i] /= frame.blurred_amplitude[i];
}

void PhaseDifference::OfSnippet(const std::vector<const FramePhase*>& frames, double* out) {
  CIRCUMPLEX_CHECK(!pair_mode_, "pair modes have no snippet state");
  const UnwrapRule rule =
      mode_ == PhaseMode::kShipped ? UnwrapRule::kOneSided : UnwrapRule::kTwoSided;
  std::fill(offset_.begin(), offset_.end(), 0.0);
  BlurredPhase(*frames.front(), offset_.data(), scratch_.data(), blurred_before_.data());
  for (std::size_t d = 0; d + 1 < frames.size(); ++d, out += NumValues()) {
    if (frames[d + 1] == frames[d]) {
      std::fill_n(out, NumValues(), 0.0);
      continue;
    }
    UnwrapStep(
        rule, frames[d]->phase.data(), frames[d + 1]->phase.data(), offset_.data(), NumValues());
    BlurredPhase(*frames[d + 1], offset_.data(), scratch_.data(), blurred_after_.data());
    for (std::size_t i = 0; i < NumValues(); ++i) out[i] = blurred_after_[i] - blurred_before_[i];
    RemoveMeanAndClamp(out);
    blurred_before_.swap(blurred_after_);
  }
}

void PhaseDifference::Stages(const std::vector<const FramePhase*>& frames,
                             double* unwrapped,
                             double* blurred) {
  CIRCUMPLEX_CHECK(!pair_mode_, "pair modes have no absolute phase");
  const UnwrapRule rule =
      mode_ == PhaseMode::kShipped ? UnwrapRule::kOneSided : UnwrapRule::kTwoSided;
  std::fill(offset_.begin(), offset_.end(), 0.0);
  for (std::size_t t = 0; t < frames.size();
       ++t, unwrapped += NumValues(), blurred += NumValues()) {
    if (t > 0) {
      UnwrapStep(
          rule, frames[t - 1]->phase.data(), frames[t]->phase.data(), offset_.data(), NumValues());
    }
    BlurredPhase(*frames[t], offset_.data(), unwrapped, blurred);
  }
}

void PhaseDifference::RemoveMeanAndClamp(double* difference) const {
  for (int level = 1; level <= pyramid_.levels(); ++level) {
    const std::size_t count = static_cast<std::size_t>(pyramid_.Side(level)) * pyramid_.Side(level);
    for (int b = 0; b < pyramid_.orientations(); ++b) {
      double* const band = difference + pyramid_.Offset(level, b);
      double sum = 0;
      for (std::size_t i = 0; i < count; ++i) sum += band[i];
      const double mean = sum / static_cast<double>(count);
      for (std::size_t i = 0; i < count; ++i)
        band[i] = std::clamp(band[i] - mean, -kClampRad, kClampRad);
    }
  }
}

}  // namespace circumplex
