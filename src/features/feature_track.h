// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "backbone/resnet50_layers.h"
#include "core/frame_rate.h"

namespace circumplex {

/// Everything the networks read of one face track: T frames that have a crop, in frame order.
///
/// On disk: `<trial>.safetensors` with `frame` int64 (T), `pool5` float16 (T, 2048), `gray48` uint8
/// (T, S, S) with S = phase.size, and metadata. Any Python reads it with the safetensors package.
struct FeatureTrack {
  std::string trial;
  std::vector<std::int64_t> frame;   ///< T zero-based frame numbers, strictly increasing.
  std::vector<std::uint16_t> pool5;  ///< T * 2048 IEEE half values, row-major (T, 2048).
  std::vector<std::uint8_t> gray;    ///< T * S * S, row-major (T, S, S).
  int gray_size = 48;                ///< S [px].
  double frame_rate = 0;             ///< [1/s]; 0 = unknown.
  std::string frame_rate_from;       ///< Who says so (FrameRate::from); may be empty.
  std::int64_t num_frames = 0;       ///< Frames of the video with and without a face; 0 = unknown.
  std::string backbone;              ///< BackboneText() of the network that made pool5.
  std::string weights_hash;    ///< Fingerprint of the backbone weights, or "untrained-<seed>".
  std::string weights_origin;  ///< How they came to be (BackboneWeights::origin); may be empty.

  std::int64_t size() const { return static_cast<std::int64_t>(frame.size()); }

  /// Adds the rows of `later`, whose frames come after this track's. An empty
  /// track becomes `later`.
  void Append(const FeatureTrack& later);
  /// Rows [first, first + count) as a track of their own.
  FeatureTrack Rows(std::int64_t first, std::int64_t count) const;
  /// Forgets all but the last `rows` rows.
  void KeepLast(std::int64_t rows);
};

/// Frame numbers and lengths of videos end here.
constexpr std::int64_t kMaxFrames = kMaxVideoFrames;

/// "torchvision/224": layout and input size, what a track says of the network that made it.
std::string BackboneText(BackboneLayout layout, int input_size);
/// The same of settings (BackboneOptions::Layout(), InputSize()).
std::string BackboneText(const BackboneOptions& options);

/// One file, checked by itself; FeatureStore::Track() checks it against its store too. Files of
/// schema 1 (written before stores had a store.toml) are read as well.
/// @throws Error kBadData naming file and defect: another schema, lengths that disagree, frame
/// numbers that do not increase or exceed kMaxFrames or num_frames, a frame rate or a size that is
/// out of range; kNotFound.
FeatureTrack ReadFeatureTrack(const std::filesystem::path& path);
/// The same without `pool5` and `gray`, whose bytes (99 % of the file) are not read: which frames
/// have a face, and the metadata. `gray_size` is 0 in files of schema 1. @throws Error as above.
FeatureTrack ReadFeatureRows(const std::filesystem::path& path);
/// Atomic.
void WriteFeatureTrack(const std::filesystem::path& path, const FeatureTrack& track);

}  // namespace circumplex
