// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <utility>

#include "features/feature_store.h"

namespace circumplex::testing_support {

/// A store of untrained weights: torchvision's network at 224 px, seed 1.
inline FeatureStore UntrainedStore(const std::filesystem::path& folder, int gray_size = 48) {
  StoreInfo info;
  info.phase_size = gray_size;
  BackboneWeights weights;
  weights.hash = "untrained-1";
  weights.origin = "untrained, drawn from seed 1";
  return FeatureStore::Create(folder, info, weights);
}

/// Adds a track as the store's backbone would have made it.
inline void WriteTrack(const FeatureStore& store, FeatureTrack track) {
  track.backbone = BackboneText(store.info().layout, store.info().input_size);
  track.weights_hash = store.info().weights_hash;
  store.Write(track);
}

}  // namespace circumplex::testing_support
