// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/Context.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "circumplex/options.h"

#include "config/model_card.h"
#include "core/rng.h"
#include "core/safetensors.h"
#include "features/feature_store.h"
#include "network/checkpoint.h"
#include "network/regressor/two_stream_net.h"

namespace circumplex::testing_support {

/// Options of a network that runs in milliseconds on gray images of 16 px.
inline RunOptions TinyOptions() {
  RunOptions options;
  options.phase.size = 16;
  options.phase.snippet_frames = 3;
  options.appearance.hidden = options.motion.hidden = options.regressor.fusion = 8;
  options.appearance.standardize = false;
  options.regressor.hidden = 4;
  options.motion.channels = 2;
  options.clips.window = 8;
  options.clips.stride = 4;
  return options;
}

/// A track of noise for TinyOptions(); its first frame and its last are without a face.
inline FeatureTrack RandomTrack(int steps) {
  Rng rng(3);
  FeatureTrack track;
  track.trial = "clip";
  track.gray_size = 16;
  track.backbone = "torchvision/224";
  track.weights_hash = "untrained-1";
  track.num_frames = steps + 2;
  for (int t = 0; t < steps; ++t) {
    track.frame.push_back(t + 1);
    for (int d = 0; d < kPool5Size; ++d)
      track.pool5.push_back(FloatToHalf(static_cast<float>(rng.Uniform())));
    for (int p = 0; p < 256; ++p) track.gray.push_back(static_cast<std::uint8_t>(rng.Below(256)));
  }
  return track;
}

/// A model folder of two networks, written as training writes it.
inline void WriteTinyModel(const std::filesystem::path& folder, const RunOptions& options) {
  ModelCard card;
  card.options = options;
  card.backbone_hash = "untrained-1";
  card.label_std = {0.4, 0.3};
  for (int fold = 0; fold < 2; ++fold) {
    at::manual_seed(10 + fold);
    ModelMember member;
    member.targets = options.regressor.targets;
    member.file = "fold_" + std::to_string(fold) + ".safetensors";
    WriteCheckpoint(folder / member.file, NamedState(*MakeNet(options)));
    card.members.push_back(member);
  }
  WriteModelCard(folder, card);
}

}  // namespace circumplex::testing_support
