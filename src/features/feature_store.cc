// SPDX-License-Identifier: Apache-2.0
#include "features/feature_store.h"

#include <utility>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "options/enum_names.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

constexpr char kInfoFile[] = "store.toml";
// In a folder of its own: beside the tracks it would look like the track of a trial.
constexpr char kWeightsFile[] = "backbone/resnet50.safetensors";
constexpr char kTrackExtension[] = ".safetensors";
constexpr char kUntrained[] = "untrained-";

std::vector<std::string> TrialsOf(const fs::path& folder) {
  std::vector<std::string> trials;
  for (const fs::path& path : ListFolder(folder)) {
    if (path.extension() == kTrackExtension) trials.push_back(path.stem().string());
  }
  if (trials.empty()) {
    throw Error(ErrorCode::kNotFound,
                "no feature files (*.safetensors) in '" + folder.string() +
                    "'; write them with circumplex features");
  }
  return trials;
}

// What the first track that has rows says of its store of schema 1.
StoreInfo InfoOf(const fs::path& folder) {
  FeatureTrack track;
  fs::path path;
  for (const std::string& trial : TrialsOf(folder)) {
    path = folder / (trial + kTrackExtension);
    track = ReadFeatureTrack(path);
    if (track.size() > 0) break;
  }
  const auto slash = track.backbone.find('/');
  const auto layout = ParseEnum<BackboneLayout>(track.backbone.substr(0, slash));
  const auto side =
      slash == std::string::npos ? std::nullopt : ParseInt(track.backbone.substr(slash + 1));
  if (!layout || !side || *side < 32 || *side > 4096) {
    throw Error(ErrorCode::kBadData,
                path.string() + ": backbone '" + track.backbone +
                    "' is no layout/size, e.g. torchvision/224; extract the features again "
                    "(circumplex features)");
  }
  StoreInfo info;
  info.schema = 1;
  info.layout = *layout;
  info.input_size = static_cast<int>(*side);
  info.weights_hash = track.weights_hash;
  info.weights_origin = track.weights_origin;
  if (track.size() > 0) info.phase_size = track.gray_size;
  if (track.weights_hash.rfind(kUntrained, 0) == 0) {
    info.seed = static_cast<std::uint64_t>(
        ParseInt(track.weights_hash.substr(sizeof(kUntrained) - 1)).value_or(1));
  }
  return info;
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

bool HasTracks(const fs::path& folder) {
  if (!IsFolder(folder)) return false;
  for (const fs::path& path : ListFolder(folder)) {
    if (path.extension() == kTrackExtension) return true;
  }
  return false;
}

}  // namespace

FeatureStore FeatureStore::Open(const fs::path& folder) {
  if (!IsFolder(folder)) {
    throw Error(ErrorCode::kNotFound,
                "no feature store '" + folder.string() + "'; write it with circumplex features");
  }
  const fs::path file = folder / kInfoFile;
  if (PathExists(file)) return FeatureStore(folder, ParseStoreInfo(ReadFile(file), file.string()));
  return FeatureStore(folder, InfoOf(folder));
}

FeatureStore FeatureStore::Create(const fs::path& folder,
                                  StoreInfo info,
                                  const BackboneWeights& weights) {
  info.weights_hash = weights.hash;
  info.weights_origin = weights.origin;
  const bool drawn = weights.hash.rfind(kUntrained, 0) == 0;
  info.weights = drawn ? "" : kWeightsFile;
  const fs::path file = folder / kInfoFile;
  const auto require_same = [&](const StoreInfo& there) {
    const std::vector<std::string> differences = Differences(there, info);
    if (differences.empty()) return;
    throw Error(ErrorCode::kInvalidOptions,
                "the feature store '" + folder.string() +
                    "' was made otherwise: " + Joined(differences) +
                    "; use the same settings, or another folder for these features");
  };
  if (!PathExists(file)) {
    if (HasTracks(folder)) require_same(Open(folder).info());
    if (!drawn) WriteBackboneWeights(folder / kWeightsFile, weights);
    WriteFileIfAbsent(file, FormatStoreInfo(info));
  }
  // Of whoever came first.
  FeatureStore store = Open(folder);
  require_same(store.info());
  return store;
}

std::optional<BackboneOptions> FeatureStore::Backbone() const {
  BackboneOptions options = info_.Backbone();
  if (!info_.weights.empty()) {
    options.weights = fs::absolute(folder_ / info_.weights).lexically_normal().string();
  } else if (info_.weights_hash.rfind(kUntrained, 0) != 0) {
    return std::nullopt;
  }
  return options;
}

fs::path FeatureStore::Path(const std::string& trial) const {
  return folder_ / (trial + kTrackExtension);
}

bool FeatureStore::Has(const std::string& trial) const { return PathExists(Path(trial)); }

std::vector<std::string> FeatureStore::Trials() const { return TrialsOf(folder_); }

FeatureTrack FeatureStore::Track(const std::string& trial) const {
  return Checked(ReadFeatureTrack(Path(trial)), Path(trial).string());
}

FeatureTrack FeatureStore::Rows(const std::string& trial) const {
  return Checked(ReadFeatureRows(Path(trial)), Path(trial).string());
}

void FeatureStore::Write(const FeatureTrack& track) const {
  Checked(track.Rows(0, 0), track.trial);
  WriteFeatureTrack(Path(track.trial), track);
}

FeatureTrack FeatureStore::Checked(FeatureTrack track, const std::string& source) const {
  std::vector<std::string> differences;
  const std::string backbone = BackboneText(info_.layout, info_.input_size);
  if (track.backbone != backbone)
    differences.push_back("backbone " + track.backbone + ", the store says " + backbone);
  if (track.weights_hash != info_.weights_hash)
    differences.push_back("weights " + track.weights_hash + ", the store says " +
                          info_.weights_hash);
  // Files of schema 1 state no gray size beside the pixels.
  if (track.gray_size != 0 && track.gray_size != info_.phase_size) {
    differences.push_back("gray images of " + std::to_string(track.gray_size) +
                          " px, the store says " + std::to_string(info_.phase_size));
  }
  if (!differences.empty()) {
    throw Error(ErrorCode::kBadData,
                source + ": of another store: " + Joined(differences) +
                    "; remove the file and extract its features again (circumplex features)");
  }
  track.weights_origin = info_.weights_origin;
  return track;
}

}  // namespace circumplex
