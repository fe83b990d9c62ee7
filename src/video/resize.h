// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image.h"

namespace circumplex {

enum class ResizeFilter {
  kBilinear,  ///< w(x) = 1 - |x| for |x| < 1.
  kLanczos,   ///< w(x) = sinc(x) sinc(x / 3) for |x| < 3.
};

/// Luma of an RGB image in 8-bit fixed point.
///
///     gray = (19595 R + 38470 G + 7471 B + 32768) >> 16
///
/// Source: ITU-R BT.601 weights as Pillow's mode "L" rounds them; equal to it byte for byte.
/// @param image  RGB (H, W, 3), or gray (H, W, 1), which is returned as it is.
/// @return       Gray (H, W, 1).
/// @throws Error kInvalidArgument if `image` is empty or has another number of channels.
/// Cost O(H W). Thread-safe.
Image ToGray(const Image& image);

/// Separable, antialiased resampling with 8-bit intermediate, equal to Pillow's resize()
/// byte for byte.
///
///     out_i = clip((2^21 + sum_x k_i(x) in_x) >> 22, 0, 255)
///     k_i(x) = round(2^22 w((x - c + 0.5) / f) / sum),   c = (i + 0.5) n / m,   f = max(n / m, 1)
///
/// n values become m, rows first, then columns; the result of each pass is rounded to 8 bits.
/// Sums run over trunc(c - a f + 0.5) <= x < trunc(c + a f + 0.5) inside the image, a = 1
/// (bilinear) or 3 (Lanczos).
///
/// Source: the conventions of Pillow 9 (fixed point, 22 fractional bits), which made the inputs
/// of the released code. OpenCV's linear and Lanczos filters are not antialiased, so they do
/// not replace it.
/// @param image   (H, W, C), C = 1 or 3.
/// @param height, width  Of the result, 1 to 32768.
/// @return        (height, width, C).
/// @throws Error kInvalidArgument if `image` is empty or inconsistent, or a size is out of range.
/// Cost O(height W C taps + height width C taps), taps = 2 a f + 1. Thread-safe.
Image Resize(const Image& image, int height, int width, ResizeFilter filter);

}  // namespace circumplex
