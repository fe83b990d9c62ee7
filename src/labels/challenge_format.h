// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/frame_rate.h"

namespace circumplex {

// What the text files of the ABAW challenges have in common: annotations, samples and submissions.

/// Both columns of an annotation row whose frame is not annotated; in predictions what the paper
/// writes for frames before the first face.
constexpr double kChallengeSentinel = -5;

/// First line of an annotation and of a per-trial prediction.
constexpr char kTrialHeader[] = "valence,arousal";
/// First line of a single file of predictions (ABAW5 and later).
constexpr char kSingleFileHeader[] = "image_location,valence,arousal";

/// A number beyond it is a damaged file, not a video.
constexpr std::int64_t kMaxTrialFrames = kMaxVideoFrames;

/// Whether a line is `header` but for blanks around the names.
bool IsHeader(std::string_view line, std::string_view header);

/// Whether a line heads a sample file: its first name is `image_location`; editions differ
/// in what follows.
bool IsSampleHeader(std::string_view line);

/// `<trial>/<number>.jpg`.
struct ImageLocation {
  std::string trial;
  std::int64_t frame = 0;  ///< Zero-based; the number counts from 1.
};

/// Nothing if `text` is no image location: a trial without '/', then a number from 1 to
/// kMaxTrialFrames with any extension or none. Thread-safe.
std::optional<ImageLocation> ParseImageLocation(std::string_view text);

/// "image_location 'x' must be <trial>/<number>.jpg with a number from 1 to
/// 10000000", for messages.
std::string ImageLocationDefect(std::string_view text);

/// `<trial>/00012.jpg` of the frame with index 11, as the challenge's samples write it.
std::string FormatImageLocation(const ImageLocation& location);

}  // namespace circumplex
