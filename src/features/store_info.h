// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "circumplex/options.h"

#include "options/enum_names.h"

namespace circumplex {

/// Who cut the crops that a store was made from. Results on crops of another aligner differ.
enum class CropOrigin {
  kGiven,  ///< They came with the data set, or from another program.
  kFaces,  ///< `circumplex faces`.
  kMixed,  ///< Some of each.
};

template <>
const std::vector<std::pair<CropOrigin, std::string>>& EnumNames();

/// What all tracks of a store have in common: `store.toml`, the one place where a store says which
/// backbone made it. Every run and every model takes its backbone from here.
struct StoreInfo {
  int schema = 2;  ///< 1 for a store without store.toml, whose tracks say what is here.
  BackboneLayout layout = BackboneLayout::kTorchvision;
  int input_size = 224;        ///< [px]
  std::uint64_t seed = 1;      ///< Of untrained weights.
  std::string weights;         ///< Weight file, relative to the store; empty = drawn from `seed`.
  std::string weights_hash;    ///< BackboneWeights::hash.
  std::string weights_origin;  ///< BackboneWeights::origin.
  CropOrigin crops = CropOrigin::kGiven;
  int crop_size = 112;    ///< [px] Crops of another size were resized to it first.
  int phase_size = 48;    ///< [px]
  double frame_rate = 0;  ///< [1/s] Stated for all trials; 0 = each track has its own.

  /// The settings that make this backbone, with `weights` as it stands here.
  BackboneOptions Backbone() const;
};

/// What differs, one phrase per fact ("backbone.input_size is 32 in the store, 224 here").
/// Facts that a store of schema 1 does not state are no difference; neither is the origin
/// of equal weights.
std::vector<std::string> Differences(const StoreInfo& store, const StoreInfo& here);

/// Text of a store.toml.
std::string FormatStoreInfo(const StoreInfo& info);

/// @throws Error kBadData naming `source` and the key: not TOML, another schema, a value that is
/// missing, of another type or out of range.
StoreInfo ParseStoreInfo(const std::string& text, const std::string& source);

}  // namespace circumplex
