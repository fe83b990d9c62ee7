// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backbone/resnet50_weights.h"
#include "features/feature_track.h"
#include "features/store_info.h"

namespace circumplex {

/// The features of a data set:
///
///     store.toml                       StoreInfo
///     backbone/resnet50.safetensors    its weights, if they are not drawn from a seed
///     <trial>.safetensors              FeatureTrack
///
/// Several processes may write one store at once: the first states what it is, the others must
/// agree. A folder of tracks without store.toml is a store of schema 1: what its tracks say takes
/// the place of store.toml, and its weights are not there. Thread-safe: it holds no state but the
/// folder and its info.
class FeatureStore {
 public:
  /// @throws Error kNotFound: no such folder, or nothing in it; kBadData: store.toml or, in a store
  /// of schema 1, the first track is damaged.
  static FeatureStore Open(const std::filesystem::path& folder);

  /// Opens the store that `folder` is or becomes. A store of schema 1 with the same backbone is
  /// taken over: it gets its store.toml and weights, its tracks stay.
  /// @param info     `weights` is set here.
  /// @param weights  Kept beside store.toml, unless they are drawn from a seed.
  /// @throws Error kInvalidOptions if the store there differs, with every
  ///         difference; kBadData, kIo.
  static FeatureStore Create(const std::filesystem::path& folder,
                             StoreInfo info,
                             const BackboneWeights& weights);

  const std::filesystem::path& folder() const { return folder_; }
  const StoreInfo& info() const { return info_; }

  /// Settings that make the store's backbone: for a run, a model, or more features like these.
  /// Weights are an absolute path, or empty for those drawn from a seed; nothing if the store
  /// (of schema 1) lacks its weights.
  std::optional<BackboneOptions> Backbone() const;

  bool Has(const std::string& trial) const;
  /// In natural order. @throws Error kNotFound if there is none.
  std::vector<std::string> Trials() const;

  /// @throws Error kBadData as ReadFeatureTrack(), or if the track was made by another backbone or
  /// with another phase.size than the store says; kNotFound.
  FeatureTrack Track(const std::string& trial) const;
  /// The same without pool5 and gray, which are not read.
  FeatureTrack Rows(const std::string& trial) const;
  /// Atomic. @throws Error kBadData if the track is not of this store's backbone, kIo.
  void Write(const FeatureTrack& track) const;

 private:
  FeatureStore(std::filesystem::path folder, StoreInfo info)
      : folder_(std::move(folder)), info_(std::move(info)) {}

  std::filesystem::path Path(const std::string& trial) const;
  FeatureTrack Checked(FeatureTrack track, const std::string& source) const;

  std::filesystem::path folder_;
  StoreInfo info_;
};

}  // namespace circumplex
