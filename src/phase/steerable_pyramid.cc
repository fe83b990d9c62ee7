// SPDX-License-Identifier: Apache-2.0
#include "phase/steerable_pyramid.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "circumplex/error.h"

#include "phase/small_matrix.h"

namespace circumplex {
namespace {

constexpr double kPi = 3.14159265358979323846;
// Radial nodes lie 1/256 octave apart over one octave, angular nodes pi/1024; one more at each end
// repeats the border.
constexpr int kRadialFirst = -257, kRadialLast = 1, kRadialPerOctave = 256;
constexpr int kAngularFirst = -2049, kAngularLast = 1025, kAngularPerPi = 1024;
// Parts of a mask that vanish by symmetry come out as rounding noise of this order; real parts
// are near 1.
constexpr double kVanishing = 1e-13;

// Value at table position `position` (node 0 = first value), constant beyond both ends.
double Interpolate(const std::vector<double>& table, double position) {
  if (position <= 0) return table.front();
  if (position >= static_cast<double>(table.size() - 1)) return table.back();
  const auto node = static_cast<std::size_t>(position);
  const double fraction = position - static_cast<double>(node);
  return table[node] + (table[node + 1] - table[node]) * fraction;
}

double Factorial(int n) {
  double product = 1;
  for (int i = 2; i <= n; ++i) product *= i;
  return product;
}

}  // namespace

PyramidMasks::PyramidMasks(int size, int orientations) : size_(size), orientations_(orientations) {
  for (int j = kRadialFirst; j <= kRadialLast; ++j) {
    const int node = std::clamp(j, kRadialFirst + 1, kRadialLast - 1);
    const double high = std::abs(std::cos(kPi * node / (2.0 * kRadialPerOctave)));
    high_.push_back(high);
    low_.push_back(std::sqrt(std::max(0.0, 1 - high * high)));
  }
  const int order = orientations - 1;
  const double c = std::pow(2.0, 2 * order) * Factorial(order) * Factorial(order) /
                   (orientations * Factorial(2 * order));
  for (int i = kAngularFirst; i <= kAngularLast; ++i) {
    // Whole turns are taken off in integers, so that nodes on the border of the half plane
    // are exactly 0.
    const int turned =
        ((i + kAngularPerPi) % (2 * kAngularPerPi) + 2 * kAngularPerPi) % (2 * kAngularPerPi) -
        kAngularPerPi;
    const bool inside = std::abs(turned) < kAngularPerPi / 2;
    angular_.push_back(
        inside ? 2 * std::sqrt(c) * std::pow(std::cos(kPi * turned / kAngularPerPi), order) : 0.0);
  }
}

double PyramidMasks::LogRadius(int ky, int kx) const {
  if (ky == 0 && kx == 0) kx = 1;
  return std::log2(std::sqrt(static_cast<double>(ky) * ky + static_cast<double>(kx) * kx) / size_);
}

double PyramidMasks::High(double t) const {
  return Interpolate(high_, t * kRadialPerOctave - kRadialFirst);
}

double PyramidMasks::Low(double t) const {
  return Interpolate(low_, t * kRadialPerOctave - kRadialFirst);
}

double PyramidMasks::Angular(double theta, int orientation) const {
  const double turned = theta - kPi * orientation / orientations_;
  return Interpolate(angular_, turned * kAngularPerPi / kPi - kAngularFirst);
}

double PyramidMasks::HighPass(int ky, int kx) const { return High(LogRadius(ky, kx)); }

double PyramidMasks::LowPass(int levels, int ky, int kx) const {
  const double t = LogRadius(ky, kx);
  double product = 1;
  for (int level = 0; level <= levels; ++level) product *= Low(t + level);
  return product;
}

double PyramidMasks::Band(int level, int orientation, int ky, int kx) const {
  const double t = LogRadius(ky, kx);
  return LowPass(level - 1, ky, kx) * High(t + level) * Angular(std::atan2(ky, kx), orientation);
}

SteerablePyramid::Basis SteerablePyramid::MakeBasis(int size, int side, int step) {
  Basis basis;
  basis.side = side;
  const auto count = static_cast<std::size_t>(side) * side;
  basis.cosine.resize(count);
  basis.sine.resize(count);
  basis.cosine_transposed.resize(count);
  basis.sine_transposed.resize(count);
  for (int k = 0; k < side; ++k) {
    for (int i = 0; i < side; ++i) {
      // Turns are reduced in integers: the angle stays exact for large k * i.
      const long long quarter = static_cast<long long>(k) * (2LL * step * i + 1) % (4LL * size);
      const double angle = kPi * static_cast<double>(quarter) / (2.0 * size);
      const auto at = static_cast<std::size_t>(k) * side + i,
                 transposed = static_cast<std::size_t>(i) * side + k;
      basis.cosine[at] = basis.cosine_transposed[transposed] = std::cos(angle);
      basis.sine[at] = basis.sine_transposed[transposed] = std::sin(angle);
    }
  }
  return basis;
}

SteerablePyramid::SteerablePyramid(int size, int orientations, int levels)
    : size_(size),
      orientations_(orientations),
      levels_(levels),
      masks_(std::max(size, 1), std::max(orientations, 1)) {
  if (size < 16 || orientations < 2 || levels < 1 || levels > 16 || size % (1 << levels) != 0 ||
      (size >> levels) < 4) {
    throw Error(ErrorCode::kInvalidOptions,
                "steerable pyramid: size " + std::to_string(size) + ", " +
                    std::to_string(orientations) + " orientations, " + std::to_string(levels) +
                    " levels; need size >= 16, a multiple of 2^levels with size / 2^levels >= 4, "
                    "orientations >= 2, "
                    "levels >= 1");
  }
  offsets_.push_back(0);
  for (int level = 1; level <= levels + 1; ++level) {
    bases_.push_back(MakeBasis(size, Side(level), 1 << (level - 1)));
  }
  for (int level = 1; level <= levels; ++level) {
    const int side = Side(level);
    const double normalisation = 1.0 / (4.0 * side * side);
    for (int b = 0; b < orientations; ++b) {
      // exp(i (sy a + sx b)) = (cos a + i sy sin a) (cos b + i sx sin b): four real
      // products at most.
      for (const bool sine_y : {false, true}) {
        for (const bool sine_x : {false, true}) {
          Term term;
          term.sine_y = sine_y;
          term.sine_x = sine_x;
          // Powers of i: one per sine, and (-i)^(K-1) of the filter.
          const int power = ((sine_y + sine_x - (orientations - 1)) % 4 + 4) % 4;
          term.imaginary = power % 2 == 1;
          const double sign = power >= 2 ? -normalisation : normalisation;
          term.mask.resize(static_cast<std::size_t>(side) * side);
          double largest = 0;
          for (int ky = 0; ky < side; ++ky) {
            for (int kx = 0; kx < side; ++kx) {
              double sum = 0;
              for (const int sy : {1, -1}) {
                for (const int sx : {1, -1}) {
                  if ((ky == 0 && sy < 0) || (kx == 0 && sx < 0)) continue;
                  const double mask = masks_.Band(level, b, sy * ky, sx * kx);
                  sum += (sine_y ? sy : 1) * (sine_x ? sx : 1) * mask;
                }
              }
              if ((sine_y && ky == 0) || (sine_x && kx == 0)) sum = 0;
              largest = std::max(largest, std::abs(sum));
              term.mask[static_cast<std::size_t>(ky) * side + kx] = sign * sum;
            }
          }
          if (terms_.size() < offsets_.size()) terms_.emplace_back();
          if (largest > kVanishing) terms_.back().push_back(std::move(term));
        }
      }
      offsets_.push_back(offsets_.back() + static_cast<std::size_t>(side) * side);
    }
  }
  const auto count = static_cast<std::size_t>(size) * size;
  forward_.resize(count);
  forward_transposed_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    forward_[i] = 2 * bases_[0].cosine[i];
    forward_transposed_[i] = 2 * bases_[0].cosine_transposed[i];
  }
  spectrum_.resize(count);
  masked_.resize(count);
  half_.resize(count);
}

std::size_t SteerablePyramid::Offset(int level, int orientation) const {
  return offsets_[static_cast<std::size_t>((level - 1) * orientations_ + orientation)];
}

void SteerablePyramid::Spectrum(const double* image) {
  // DCT-II along rows and columns: the mirrored image's spectrum without its phase factor.
  MultiplySquare(size_, forward_.data(), image, half_.data(), false);
  MultiplySquare(size_, half_.data(), forward_transposed_.data(), spectrum_.data(), false);
}

void SteerablePyramid::AddTerm(const Basis& basis, const Term& term, double* out) {
  const int side = basis.side;
  for (int ky = 0; ky < side; ++ky) {
    const double* spectrum = spectrum_.data() + static_cast<std::size_t>(ky) * size_;
    const double* mask = term.mask.data() + static_cast<std::size_t>(ky) * side;
    double* masked = masked_.data() + static_cast<std::size_t>(ky) * side;
    for (int kx = 0; kx < side; ++kx) masked[kx] = mask[kx] * spectrum[kx];
  }
  const std::vector<double>& left = term.sine_y ? basis.sine_transposed : basis.cosine_transposed;
  const std::vector<double>& right = term.sine_x ? basis.sine : basis.cosine;
  MultiplySquare(side, left.data(), masked_.data(), half_.data(), false);
  MultiplySquare(side, half_.data(), right.data(), out, true);
}

void SteerablePyramid::Analyze(const double* image, double* re, double* im) {
  std::fill_n(re, NumCoefficients(), 0.0);
  std::fill_n(im, NumCoefficients(), 0.0);
  Spectrum(image);
  for (int level = 1; level <= levels_; ++level) {
    for (int b = 0; b < orientations_; ++b) {
      const auto band = static_cast<std::size_t>((level - 1) * orientations_ + b);
      for (const Term& term : terms_[band]) {
        AddTerm(bases_[static_cast<std::size_t>(level - 1)],
                term,
                (term.imaginary ? im : re) + offsets_[band]);
      }
    }
  }
}

void SteerablePyramid::Residuals(const double* image, double* high, double* low) {
  Spectrum(image);
  const auto residual = [this](const Basis& basis, bool high_pass, double* out) {
    Term term;
    const int side = basis.side;
    for (int ky = 0; ky < side; ++ky) {
      for (int kx = 0; kx < side; ++kx) {
        const double mask = high_pass ? masks_.HighPass(ky, kx) : masks_.LowPass(levels_, ky, kx);
        const double signs = (ky == 0 ? 1 : 2) * (kx == 0 ? 1 : 2);
        term.mask.push_back(signs * mask / (4.0 * side * side));
      }
    }
    std::fill_n(out, static_cast<std::size_t>(side) * side, 0.0);
    AddTerm(basis, term, out);
  };
  residual(bases_.front(), true, high);
  residual(bases_.back(), false, low);
}

}  // namespace circumplex
