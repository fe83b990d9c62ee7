// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "backbone/pool5_extractor.h"
#include "datasets/crop_rate.h"
#include "features/feature_store.h"

namespace circumplex {

/// Crops that shall become a feature store.
struct ExtractRequest {
  std::vector<std::filesystem::path> crops;  ///< A trial's folder, or folders of such folders.
  std::filesystem::path manifest;            ///< And the trials of a manifest; empty = none.
  std::filesystem::path store;
  RunOptions options;         ///< backbone, phase.size, faces.crop_size.
  double frame_rate = 0;      ///< [1/s] Of all trials; 0 = by FrameRateOfCrops().
  int shard = 0, shards = 1;  ///< Every `shards`-th trial from number `shard` on.
  bool again = false;         ///< Extract what the store has already, too.
};

/// One trial whose crops become a feature track.
struct ExtractJob {
  std::string trial;
  std::filesystem::path crops;
  double manifest_rate = 0;  ///< [1/s]; 0 = the manifest does not say.
  std::int64_t frames = 0;   ///< 0 = up to the last crop.
};

/// Extraction of one shard into a store. Shards of one store may run at the same time. One thread
/// at a time.
class FeatureExtraction {
 public:
  /// Finds the trials, loads the backbone and opens or creates the store; writes no track.
  /// @throws Error kInvalidArgument: nothing to do, or a shard that does not exist; kBadData: two
  /// folders of one trial, or a folder without crops; kNotFound; kBadModel (weights);
  /// kInvalidOptions (FeatureStore::Create()); kIo.
  explicit FeatureExtraction(const ExtractRequest& request);

  const std::vector<ExtractJob>& jobs() const { return jobs_; }  ///< Of this shard.

  /// Writes the track of one trial, unless the store has it already.
  /// @throws Error kBadData, kNotFound: its crops; kIo.
  void Extract(const ExtractJob& job);

  /// "12 trials written (3456 frames), 4 already there: STORE", and what a reader should know of
  /// them. After the last job.
  std::string Report() const;

 private:
  bool IsDone(const std::string& trial) const;

  ExtractRequest request_;
  std::vector<ExtractJob> jobs_;
  std::unique_ptr<Pool5Extractor> extractor_;
  std::unique_ptr<FeatureStore> store_;
  std::int64_t written_ = 0, skipped_ = 0, frames_ = 0, undecodable_ = 0;
  std::vector<std::string> without_rate_;
};

}  // namespace circumplex
