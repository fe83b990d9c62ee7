// SPDX-License-Identifier: Apache-2.0
#include "video/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "circumplex/error.h"

namespace circumplex {
namespace {

constexpr int kFractionBits = 22;
constexpr int kMaxSide = 32768;

void CheckImage(const Image& image, const char* function) {
  const bool consistent =
      image.height > 0 && image.width > 0 && (image.channels == 1 || image.channels == 3) &&
      image.pixels.size() == static_cast<std::size_t>(image.height) * image.width * image.channels;
  if (!consistent) {
    throw Error(ErrorCode::kInvalidArgument,
                std::string(function) + ": needs a filled gray or RGB image, got " +
                    std::to_string(image.height) + "x" + std::to_string(image.width) + "x" +
                    std::to_string(image.channels) + " with " +
                    std::to_string(image.pixels.size()) + " bytes");
  }
}

double Sinc(double x) {
  if (x == 0) return 1;
  x *= 3.14159265358979323846;
  return std::sin(x) / x;
}

double Weight(ResizeFilter filter, double x) {
  if (filter == ResizeFilter::kBilinear) return std::max(0.0, 1.0 - std::abs(x));
  return -3.0 <= x && x < 3.0 ? Sinc(x) * Sinc(x / 3) : 0.0;
}

/// Taps of one output position: `count` integer weights for the inputs first, first + 1, ...
struct Taps {
  int first = 0, count = 0;
  std::size_t offset = 0;
};

struct FilterBank {
  std::vector<Taps> taps;
  std::vector<std::int32_t> weights;
};

FilterBank MakeBank(int in_size, int out_size, ResizeFilter filter) {
  const double scale = static_cast<double>(in_size) / out_size;
  const double stretch = std::max(scale, 1.0);
  const double support = (filter == ResizeFilter::kBilinear ? 1.0 : 3.0) * stretch;
  const double inverse_stretch = 1.0 / stretch;

  FilterBank bank;
  bank.taps.resize(static_cast<std::size_t>(out_size));
  std::vector<double> weights;
  for (int i = 0; i < out_size; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(center - support + 0.5));
    const int end = std::min(in_size, static_cast<int>(center + support + 0.5));
    weights.clear();
    double sum = 0;
    for (int x = first; x < end; ++x) {
      weights.push_back(Weight(filter, (x - center + 0.5) * inverse_stretch));
      sum += weights.back();
    }
    bank.taps[static_cast<std::size_t>(i)] = {first, end - first, bank.weights.size()};
    for (double weight : weights) {
      if (sum != 0) weight /= sum;
      const double scaled = weight * (1 << kFractionBits);
      bank.weights.push_back(static_cast<std::int32_t>(weight < 0 ? scaled - 0.5 : scaled + 0.5));
    }
  }
  return bank;
}

std::uint8_t Clip(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

template <int kChannels>
void ResizeRows(const Image& in, const FilterBank& bank, Image& out) {
  for (int y = 0; y < in.height; ++y) {
    const std::uint8_t* source = in.Row(y);
    std::uint8_t* target = out.Row(y);
    for (const Taps& taps : bank.taps) {
      std::int32_t sums[kChannels];
      std::fill(sums, sums + kChannels, 1 << (kFractionBits - 1));
      const std::int32_t* weights = bank.weights.data() + taps.offset;
      const std::uint8_t* pixel = source + static_cast<std::ptrdiff_t>(taps.first) * kChannels;
      for (int k = 0; k < taps.count; ++k, pixel += kChannels) {
        for (int c = 0; c < kChannels; ++c) sums[c] += weights[k] * pixel[c];
      }
      for (int c = 0; c < kChannels; ++c) *target++ = Clip(sums[c]);
    }
  }
}

void ResizeColumns(const Image& in, const FilterBank& bank, Image& out) {
  const std::size_t row_bytes = static_cast<std::size_t>(in.width) * in.channels;
  std::vector<std::int32_t> sums(row_bytes);
  for (int y = 0; y < out.height; ++y) {
    const Taps& taps = bank.taps[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), 1 << (kFractionBits - 1));
    for (int k = 0; k < taps.count; ++k) {
      const std::int32_t weight = bank.weights[taps.offset + static_cast<std::size_t>(k)];
      const std::uint8_t* source = in.Row(taps.first + k);
      for (std::size_t x = 0; x < row_bytes; ++x) sums[x] += weight * source[x];
    }
    std::transform(sums.begin(), sums.end(), out.Row(y), Clip);
  }
}

}  // namespace

Image ToGray(const Image& image) {
  CheckImage(image, "ToGray");
  if (image.channels == 1) return image;
  Image gray(image.height, image.width, 1);
  const std::uint8_t* source = image.pixels.data();
  for (std::uint8_t& value : gray.pixels) {
    value = static_cast<std::uint8_t>(
        (19595u * source[0] + 38470u * source[1] + 7471u * source[2] + 32768u) >> 16);
    source += 3;
  }
  return gray;
}

Image Resize(const Image& image, int height, int width, ResizeFilter filter) {
  CheckImage(image, "Resize");
  if (height < 1 || width < 1 || height > kMaxSide || width > kMaxSide) {
    throw Error(ErrorCode::kInvalidArgument,
                "Resize: size " + std::to_string(height) + "x" + std::to_string(width) +
                    " is outside 1 to " + std::to_string(kMaxSide));
  }
  // A pass that keeps the size would reproduce its input, as the filters are interpolating.
  Image rows;
  const Image* source = &image;
  if (width != image.width) {
    rows = Image(image.height, width, image.channels);
    const FilterBank bank = MakeBank(image.width, width, filter);
    image.channels == 1 ? ResizeRows<1>(image, bank, rows) : ResizeRows<3>(image, bank, rows);
    source = &rows;
  }
  if (height == image.height) return *source;
  Image result(height, width, image.channels);
  ResizeColumns(*source, MakeBank(image.height, height, filter), result);
  return result;
}

}  // namespace circumplex
