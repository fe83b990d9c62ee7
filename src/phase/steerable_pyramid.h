// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace circumplex {

/// Tabulated masks of the complex steerable pyramid, at integer frequencies.
///
/// With r = |(ky, kx)| / size (0 at DC replaced by 1 / size), t = log2 r, theta = atan2(ky, kx):
///
///     H(t) = cos(pi t / 2) on (-1, 0), 0 below, 1 above;      L(t) = sqrt(1 - H(t)^2)
///     A_b(theta) = 2 sqrt(c) cos^(K-1)(theta - pi b / K) on its half plane, else 0,
///     c = 2^(2(K-1)) ((K-1)!)^2 / (K (2(K-1))!)
///
/// H, L and A_b are read from tables by linear interpolation, as the public code does: closed forms
/// move the phase differences by up to 3e-6 rad. Source: Portilla and Simoncelli 2000;
/// arXiv:1911.09784, section 3. Immutable after construction; thread-safe.
class PyramidMasks {
 public:
  PyramidMasks(int size, int orientations);

  double HighPass(int ky, int kx) const;  ///< H(t): the high-pass residual.
  double Band(int level,
              int orientation,
              int ky,
              int kx) const;  ///< L(t) .. L(t + level - 1) H(t + level) A_b, level >= 1.
  double LowPass(int levels,
                 int ky,
                 int kx) const;  ///< L(t) .. L(t + levels): the low-pass residual.

 private:
  double LogRadius(int ky, int kx) const;
  double High(double t) const;
  double Low(double t) const;
  double Angular(double theta, int orientation) const;

  int size_, orientations_;
  std::vector<double> high_, low_, angular_;
};

/// Complex steerable pyramid of one square image, mirrored at its right and lower border
/// (half-sample symmetric) and cropped back to the image.
///
/// Because the mirrored image is even, its spectrum is a phase factor times a DCT-II of the image,
/// and every inverse transform is a few real matrix products; nothing of the mirrored image is ever
/// formed. Normalisation is the public code's: each level divides by its own n^2 without rescaling
/// at the crop, so amplitudes grow fourfold per level. Orientation 0 keeps kx > 0; orientation b is
/// turned by pi b / K (K = 2: 1 keeps ky > 0, rows downward). A pattern of wavelength w moving
/// right by v px per frame turns orientation 0 by -2 pi v / w.
///
/// Coefficients lie as [level][orientation][y][x], level 1 (side `size`) first, real and imaginary
/// parts apart. Double precision. Thread safety: none per object (scratch inside).
class SteerablePyramid {
 public:
  /// @throws Error kInvalidOptions unless size >= 16, orientations >= 2, levels >= 1, size a
  /// multiple of 2^levels
  ///         and size / 2^levels >= 4.
  SteerablePyramid(int size, int orientations, int levels);

  int size() const { return size_; }
  int orientations() const { return orientations_; }
  int levels() const { return levels_; }
  int Side(int level) const { return size_ >> (level - 1); }  ///< [px] of a band, level >= 1.
  std::size_t NumCoefficients() const { return offsets_.back(); }
  /// Index of the first coefficient of a band.
  std::size_t Offset(int level, int orientation) const;

  /// @param image  size * size values, row-major.
  /// @param re,im  NumCoefficients() values each.
  /// Cost: about 10 size^3 multiply-adds for K = 2, 2 levels.
  void Analyze(const double* image, double* re, double* im);

  /// Residuals, which the phase differences do not use: `high` has size * size values, `low`
  /// (size >> levels)^2.
  void Residuals(const double* image, double* high, double* low);

 private:
  /// One real product cos-or-sin(y) * (mask o spectrum) * cos-or-sin(x), added to the real
  /// or imaginary part.
  struct Term {
    std::vector<double>
        mask;  ///< side * side, sums over the signs of (ky, kx), sign and 1 / n^2 included.
    bool sine_y = false, sine_x = false, imaginary = false;
  };
  struct Basis {
    int side = 0;
    std::vector<double> cosine, sine;                        ///< [k][position].
    std::vector<double> cosine_transposed, sine_transposed;  ///< [position][k].
  };

  static Basis MakeBasis(int size, int side, int step);
  void Spectrum(const double* image);
  void AddTerm(const Basis& basis, const Term& term, double* out);

  int size_, orientations_, levels_;
  PyramidMasks masks_;
  std::vector<std::size_t> offsets_;      ///< Per band, then the total.
  std::vector<Basis> bases_;              ///< Per level, then the low-pass residual.
  std::vector<std::vector<Term>> terms_;  ///< Per band.
  std::vector<double> forward_, forward_transposed_;
  std::vector<double> spectrum_, masked_, half_;
};

}  // namespace circumplex
