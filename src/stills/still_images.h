// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "core/image.h"
#include "datasets/affect_net.h"

namespace circumplex {

/// Where the photographs of one list went:
/// listed = unlabelled + missing + not_drawn + unreadable + used.
struct StillCounts {
  std::int64_t listed = 0;
  std::int64_t unlabelled = 0;  ///< No valence or arousal, or no face.
  std::int64_t missing = 0;     ///< Not on disk.
  std::int64_t not_drawn = 0;   ///< Left out by stills.limit.
  std::int64_t unreadable = 0;  ///< Cannot be decoded or cropped.
  std::int64_t used = 0;
};

/// The photographs of one split that can be used: labelled, on disk, and of those `limit` drawn by
/// `seed` (0 = all), in the order of the list. Fills all of `counts` but `unreadable`.
std::vector<StillImage> ChooseStills(
    const StillSet& set, Split split, int limit, std::uint64_t seed, StillCounts* counts);

/// Network input of one photograph: the face crop that `circumplex faces` would cut where the 68
/// landmarks are known, the square around the face box, or the whole picture (options.stills.crop),
/// then backbone.input_size by the bilinear filter, as FeatureBuilder has it.
/// @return  RGB (input_size, input_size, 3).
/// @throws Error kNotFound, kBadData naming the file: not a picture, or the face lies outside.
/// Thread-safe.
Image LoadStill(const StillImage& still, const RunOptions& options);

/// Photographs of one split, each decoded once at the start: what cannot be decoded is found before
/// training begins. As many as fit into the memory given stay decoded (3 input_size^2 bytes each,
/// the first of the list); the others are decoded again when asked for.
///
/// Thread-safe after construction.
class StillImages {
 public:
  /// @param memory_bytes  For decoded images.
  /// @param threads       Decoders; 0 = cores.
  /// @param counts        `unreadable` is added up, `used` reduced.
  /// @param unreadable    One message per image left out.
  StillImages(std::vector<StillImage> stills,
              const RunOptions& options,
              std::int64_t memory_bytes,
              int threads,
              StillCounts* counts,
              std::vector<std::string>* unreadable);

  std::int64_t size() const { return static_cast<std::int64_t>(stills_.size()); }
  const StillImage& still(std::int64_t index) const { return stills_[index]; }
  /// @throws Error kBadData, kNotFound if a picture that is not kept has become unreadable.
  Image Load(std::int64_t index) const;
  std::int64_t kept() const { return kept_; }
  std::int64_t bytes() const;  ///< Of the images kept.

 private:
  RunOptions options_;
  std::vector<StillImage> stills_;
  std::vector<Image> images_;  // Empty where not kept.
  std::int64_t kept_ = 0;
};

/// The image mirrored left to right.
Image Mirrored(const Image& image);

}  // namespace circumplex
