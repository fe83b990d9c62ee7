// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "synthetic/affect_series.h"

namespace circumplex {

struct SyntheticOptions {
  int train_trials = 32;       ///< >= 1.
  int validation_trials = 16;  ///< >= 0.
  int trials_per_person = 2;   ///< Persons appear in up to this many trials of one split; >= 1.
  int frames = 300;            ///< Rows of a trial, on average (0.8 to 1.2 times it); >= 20.
  int size = 112;              ///< [px] Side of a crop, [32, 1024].
  double frame_rate = 30;      ///< [1/s], > 0.
  std::uint64_t seed = 1;

  double still_share = 0.5;    ///< Share of arousal's variance that shows in single frames, [0, 1].
  double motion_low_hz = 0.5;  ///< Frequency of the oscillations at the lowest motion part; >= 0.
  double motion_high_hz = 7.0;  ///< And at the highest; low <= high < frame_rate / 2.
  double motion_px = 1.8;       ///< [px at size 112] Amplitude of the head's oscillation; [0, 10].

  double noise = 1;         ///< Sensor noise: 1 = 1.5 to 4.5 gray levels, by trial; >= 0.
  double occlusion = 0.04;  ///< Share of rows with a hand or microphone before the face, [0, 0.5].
  double unannotated_trials = 0.1;   ///< Share of trials with -5 rows, [0, 1].
  double missing_crop_trials = 0.3;  ///< Share of trials without some crops, [0, 1].

  int stills = 0;          ///< Photographs in `stills/`, each of another person; >= 0.
  bool videos = false;     ///< Also write `videos/<trial>.mp4`, the face in a larger scene.
  int video_width = 320;   ///< [px], even, [160, 1920].
  int video_height = 240;  ///< [px], even, [120, 1080].
  int threads = 0;         ///< Trials drawn at a time; 0 = cores. Does not change the result.

  /// Empty if usable, else one sentence per broken rule with key, value and rule.
  std::vector<std::string> Violations() const;
};

/// What was written. Label moments are over annotated rows, population moments.
struct SyntheticSummary {
  int trials = 0, persons = 0;
  std::int64_t rows = 0, annotated = 0, crops = 0;
  double valence_mean = 0, valence_spread = 0, arousal_mean = 0, arousal_spread = 0,
         correlation = 0;
  StillShares train, validation;

  /// A few lines for people: counts, moments, and what a model of single frames can reach at most.
  std::string Text() const;
};

/// Writes a data set in the Aff-Wild2 layout with drawn faces and labels known exactly:
///
///     annotations/VA_Set/{Train_Set,Validation_Set}/<trial>.txt
///                                        valence,arousal; -5,-5 = not annotated
///     cropped_aligned/<trial>/00001.jpg  size x size, JPEG quality 95
///     persons.csv                        trial,person
///     truth/<trial>.csv                  frame,valence,still,motion,arousal
///     videos/<trial>.mp4                 if asked for
///
/// and with `stills` > 0 photographs in the AffectNet layout, see WriteSyntheticStills().
///
/// No person is in both splits. What the labels and the motion are: MakeAffectSeries(),
/// MakeMotion(). Trial names follow `<id>-<frame rate>-<width>x<height>`. Some trials have
/// unannotated rows (leading, inner, trailing) and lack crops (leading, inner); in their videos the
/// face is out of the picture meanwhile.
///
/// Equal options give equal bytes on one machine, whatever `threads` is.
///
/// @throws Error kInvalidOptions with every broken rule; kInvalidArgument if `out` exists and is
/// not an empty
///   folder; kIo. Cost about 3 ms per crop of 112 pixels and core.
SyntheticSummary WriteSyntheticDataset(const std::filesystem::path& out,
                                       const SyntheticOptions& options);

}  // namespace circumplex
