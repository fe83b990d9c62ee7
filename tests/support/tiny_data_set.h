// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "core/rng.h"
#include "core/safetensors.h"
#include "datasets/manifest.h"
#include "labels/annotation_io.h"
#include "support/feature_stores.h"

namespace circumplex::testing_support {

/// A data set that is small enough to train on in a second: trials t0, t1, ... at 25 frames/s.
struct TinyDataSet {
  int trials = 6;
  int trials_per_person = 2;
  int train_trials = 4;  ///< The rest is the validation split.
  int frames = 24;
};

/// Writes `root`/store and `root`/labels. Valence stands in pool5[0..7], arousal in the next eight,
/// so that it can be learnt; the gray images (16 x 16) are noise. Frame 3 of each trial is not
/// annotated, frame 7 has no face.
inline Manifest WriteTinyDataSet(const std::filesystem::path& root, const TinyDataSet& set = {}) {
  constexpr int kGraySize = 16;
  constexpr double kNoise = 0.05;  // of the features that show the labels
  const FeatureStore store = UntrainedStore(root / "store", kGraySize);
  Manifest manifest;
  manifest.layout = "test";
  manifest.root = root;
  for (int trial = 0; trial < set.trials; ++trial) {
    Rng rng(5, "trial " + std::to_string(trial));
    const std::string name = "t" + std::to_string(trial);
    FeatureTrack track;
    track.trial = name;
    track.gray_size = kGraySize;
    track.num_frames = set.frames;
    track.frame_rate = 25;
    std::vector<VaLabel> labels;
    for (int t = 0; t < set.frames; ++t) {
      VaLabel label;
      label.annotated = t != 3;
      if (label.annotated) {
        label.valence = std::sin(0.2 * t + trial);
        label.arousal = 0.8 * std::cos(0.3 * t + 2 * trial);
      }
      labels.push_back(label);
      if (t == 7) continue;
      track.frame.push_back(t);
      for (int d = 0; d < kPool5Size; ++d) {
        const double signal = d < 8 ? label.valence : d < 16 ? label.arousal : 0;
        const double noise = d < 16 ? kNoise * rng.Normal() : 0;
        track.pool5.push_back(FloatToHalf(1 + signal + static_cast<float>(noise)));
      }
      for (int p = 0; p < kGraySize * kGraySize; ++p)
        track.gray.push_back(static_cast<std::uint8_t>(rng.Below(256)));
    }
    WriteTrack(store, track);
    WriteVaAnnotation(root / "labels" / (name + ".txt"), labels, 6);
    Trial entry;
    entry.name = entry.video = name;
    entry.person = "p" + std::to_string(trial / set.trials_per_person);
    entry.split = trial < set.train_trials ? Split::kTrain : Split::kValidation;
    entry.annotation = root / "labels" / (name + ".txt");
    entry.rows = set.frames;
    entry.annotated = set.frames - 1;
    manifest.trials.push_back(entry);
  }
  return manifest;
}

}  // namespace circumplex::testing_support
