// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/image.h"
#include "core/rng.h"

/// Regenerates, bit for bit, the weights, inputs, images and videos behind tests/golden/model
/// (its README, section 1). Checked against generator.csv, tensors.csv and images.csv.
namespace circumplex::testing_support {

/// The draws of one named tensor: SplitMix64 started at FNV-1a 64 of the full name.
class GoldenStream {
 public:
  explicit GoldenStream(const std::string& full_name) : rng_(Fnv1a64(full_name)) {}
  std::uint64_t Z() { return rng_.Next(); }
  double U() { return static_cast<double>(Z() >> 11) * 0x1p-53; }
  double S() { return 2.0 * U() - 1.0; }

 private:
  Rng rng_;
};

/// One row of a tensors.csv.
struct GoldenTensorSpec {
  std::string
      variant;  ///< "both", "torchvision", "caffe"; empty where the file has no such column.
  std::string full_name;  ///< "<tag>/<group>/<state name>".
  std::vector<std::int64_t> shape;
  std::string rule;  ///< "sym", "off", "relu" or "amp".
  double c = 0, a = 0;
  std::vector<std::string> row;  ///< All fields, for checks.

  /// State name: what follows the second '/'.
  std::string StateName() const {
    return full_name.substr(full_name.find('/', full_name.find('/') + 1) + 1);
  }
  std::size_t NumElements() const {
    std::size_t count = 1;
    for (const std::int64_t axis : shape) count *= static_cast<std::size_t>(axis);
    return count;
  }
};

inline std::vector<GoldenTensorSpec> ReadGoldenTensorSpecs(const std::filesystem::path& path) {
  const CsvTable table = ReadCsv(path);
  const std::string source = path.string();
  const bool has_variant = table.header.front() == "variant";
  std::vector<GoldenTensorSpec> specs;
  for (const auto& row : table.rows) {
    GoldenTensorSpec spec;
    if (has_variant) spec.variant = row.front();
    spec.full_name = row[table.Column("full_name", source)];
    const std::string& shape = row[table.Column("shape", source)];
    for (std::size_t at = 0; at <= shape.size();) {
      const std::size_t end = std::min(shape.find('x', at), shape.size());
      spec.shape.push_back(std::stoll(shape.substr(at, end - at)));
      at = end + 1;
    }
    spec.rule = row[table.Column("rule", source)];
    spec.c = std::strtod(row[table.Column("c", source)].c_str(), nullptr);
    spec.a = std::strtod(row[table.Column("a", source)].c_str(), nullptr);
    spec.row = row;
    specs.push_back(std::move(spec));
  }
  return specs;
}

/// `count` values of a tensor, rounded once to float32; `rule` is "sym", "off" or "relu".
inline std::vector<float> GoldenValues(
    const std::string& full_name, const std::string& rule, double c, double a, std::size_t count) {
  GoldenStream stream(full_name);
  std::vector<float> values(count);
  for (float& value : values) {
    const double s = stream.S();
    if (rule == "sym") {
      value = static_cast<float>(a * s);
    } else if (rule == "off") {
      value = static_cast<float>(c + a * s);
    } else if (rule == "relu") {
      value = static_cast<float>(a * (s > 0 ? s : 0.0));
    } else {
      throw Error(ErrorCode::kInternal, "no golden rule named " + rule);
    }
  }
  return values;
}

/// Rule "amp": `frames` = B * T, one factor 2 u' per frame from the stream full name + ".amp".
inline std::vector<float> GoldenAmpValues(const std::string& full_name,
                                          std::size_t frames,
                                          std::size_t per_frame) {
  GoldenStream stream(full_name), amplitudes(full_name + ".amp");
  std::vector<float> values;
  values.reserve(frames * per_frame);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const double amplitude = 2.0 * amplitudes.U();
    for (std::size_t i = 0; i < per_frame; ++i)
      values.push_back(static_cast<float>(amplitude * stream.S()));
  }
  return values;
}

/// The tensor of a row, any rule ("amp" takes its first two axes as B and T).
inline std::vector<float> GoldenValues(const GoldenTensorSpec& spec) {
  if (spec.rule == "amp") {
    const std::size_t frames = static_cast<std::size_t>(spec.shape.at(0) * spec.shape.at(1));
    return GoldenAmpValues(spec.full_name, frames, spec.NumElements() / frames);
  }
  return GoldenValues(spec.full_name, spec.rule, spec.c, spec.a, spec.NumElements());
}

/// Triangle wave 0 .. P-1 .. 0 of period 2P.
inline std::int64_t GoldenTri(std::int64_t n, std::int64_t p) {
  const std::int64_t t = n % (2 * p);
  return t < p ? t : 2 * p - 1 - t;
}

/// Formula image `k`, RGB.
inline Image GoldenImage(const std::string& tag, int k, int height, int width) {
  GoldenStream stream(tag + "/image/" + std::to_string(k));
  Image image(height, width, 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const std::int64_t dx = 2 * x - width + 1, dy = 2 * y - height + 1;
        const std::int64_t value = 16 + GoldenTri((2 + c) * x + (3 + k) * y + 29 * c, 80) +
                                   GoldenTri((7 - c) * y + (1 + k) * (width - 1 - x), 50) +
                                   GoldenTri((dx * dx + dy * dy) / (64 * (k + 1)), 60) +
                                   static_cast<std::int64_t>(stream.Z() >> 60);
        image.Row(y)[3 * x + c] = static_cast<std::uint8_t>(value);
      }
    }
  }
  return image;
}

/// Formula video `k`: `frames` gray images of 48 x 48, (T, 48, 48).
inline std::vector<std::uint8_t> GoldenVideo(const std::string& tag, int k, int frames) {
  constexpr int kSide = 48;
  const std::string name = tag + "/video/" + std::to_string(k);
  GoldenStream texture_stream(name + "/texture"), noise_stream(name + "/noise");
  std::vector<std::int64_t> texture(kSide * kSide);
  for (auto& value : texture) value = static_cast<std::int64_t>(texture_stream.Z() >> 59) / 2;
  std::vector<std::uint8_t> video;
  for (int t = 0; t < frames; ++t) {
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const std::int64_t value = 20 + GoldenTri(4096 + 16 * x - (5 + k) * t, 64) +
                                   GoldenTri(4096 + 8 * x + 11 * y + (7 + 2 * k) * t, 56) +
                                   GoldenTri(4096 + 12 * y - 9 * t, 48) +
                                   GoldenTri(4096 + 9 * (47 - y) + 5 * x + (3 + k) * t, 36) +
                                   texture[static_cast<std::size_t>(y * kSide + x)] +
                                   static_cast<std::int64_t>(noise_stream.Z() >> 61);
        video.push_back(static_cast<std::uint8_t>(value));
      }
    }
  }
  return video;
}

}  // namespace circumplex::testing_support
