// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/ccc.h"

namespace circumplex {

/// Index of a target in the arrays below.
enum TargetIndex { kValenceIndex = 0, kArousalIndex = 1, kNumTargets = 2 };

/// How frequent a label is among the training labels.
enum class DensityRegion : std::uint8_t { kMany = 0, kMedium = 1, kFew = 2 };
constexpr int kNumRegions = 3;

/// Region of every bin of a label histogram: kFew below 20 % of the mean count of the occupied bins
/// (empty bins included), kMany above that mean, kMedium between. Source: the many / medium /
/// few-shot split of arXiv:2102.09554, with bounds relative to the data because bins are a matter
/// of choice here.
/// @param counts  labels per bin, >= 0. All kFew if there are none.
std::vector<DensityRegion> RegionsOfBins(const std::vector<double>& counts);

/// Predictions and annotations of one video, row = frame.
struct VideoSeries {
  std::string name;
  std::array<std::vector<double>, kNumTargets>
      prediction;                                       ///< Finite where `valid`, if `predicted`.
  std::array<std::vector<double>, kNumTargets> label;   ///< Finite where `valid`.
  std::array<bool, kNumTargets> predicted{true, true};  ///< A target that is not is not scored.
  std::vector<std::uint8_t> valid;  ///< 1 = annotated and predicted: the row counts.
  std::array<std::vector<DensityRegion>, kNumTargets>
      region;  ///< One per frame, or empty for no regions.
};

/// Scores of one target over one set of rows; empty where undefined (no rows, constant series).
struct TargetScores {
  std::int64_t frames = 0;
  std::optional<double> ccc;  ///< As GroupCcc: population moments.
  std::optional<double> pearson;
  std::optional<double> rmse;
  std::optional<double> mae;  ///< mean |prediction - label|.
  /// exp(mean log max(|prediction - label|, 5e-5)): files have four decimals.
  std::optional<double> geometric_mean;
  std::optional<double> bias;  ///< mean(prediction - label).
  /// Share of rows whose prediction and label have the same sign (-, 0, +).
  std::optional<double> sagr;
};

struct Scores {
  std::array<TargetScores, kNumTargets> target;
  /// Mean over both targets, the challenge's score; empty if either is.
  std::optional<double> mean_ccc;
};

struct VideoScores {
  std::string name;
  Scores scores;
};

struct Summary {
  Scores pooled;                    ///< All rows of all videos together: the official score.
  std::vector<VideoScores> videos;  ///< In the order given.
  /// Mean over the videos where it is defined, per target; another quantity than `pooled`,
  /// never the score.
  std::array<std::optional<double>, kNumTargets> mean_video_ccc;
  /// Pooled scores of the rows in each region, per target. A region's CCC has little label variance
  /// and is low by construction; its RMSE compares better.
  std::array<std::array<TargetScores, kNumRegions>, kNumTargets> region;
};

/// Source: spec of the ABAW challenges (pooled CCC, mean of both targets); SAGR as
/// in AffectNet's evaluation.
/// @throws Error kInvalidArgument naming video and frame: lengths differ, a counted value is not
/// finite. Cost O(frames). Thread-safe.
Summary Summarize(const std::vector<VideoSeries>& videos);

/// CCC of a group of rows (everything, a video, a fold): CccAccumulator::Value(), but undefined
/// where the labels are constant. The formula gives 0 there whatever is predicted, and a 0 that
/// says nothing of the predictions must not enter a mean over videos or folds. A constant
/// prediction of labels that vary does score 0.
std::optional<double> GroupCcc(const CccAccumulator& moments);

/// Absolute errors of a set of rows.
struct AbsoluteErrors {
  double sum = 0;
  std::int64_t frames = 0;

  void Merge(const AbsoluteErrors& other) {
    sum += other.sum;
    frames += other.frames;
  }
  std::optional<double> Mean() const {
    return frames > 0 ? std::optional<double>(sum / static_cast<double>(frames)) : std::nullopt;
  }
};

/// What a resample needs of one video: merged over the drawn videos, it gives the pooled scores.
struct VideoMoments {
  std::array<CccAccumulator, kNumTargets> ccc;
  std::array<std::array<AbsoluteErrors, kNumRegions>, kNumTargets> region;

  void Merge(const VideoMoments& other);
};

/// @throws as Summarize.
VideoMoments AccumulateVideo(const VideoSeries& video);

}  // namespace circumplex
