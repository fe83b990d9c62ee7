// SPDX-License-Identifier: Apache-2.0
#include "features/extract_features.h"

#include <algorithm>
#include <map>
#include <utility>

#include "circumplex/error.h"

#include "core/files.h"
#include "core/media_names.h"
#include "core/progress.h"
#include "datasets/manifest.h"
#include "faces/crop_folder_source.h"
#include "features/feature_builder.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

// A folder that holds folders is a set of trials, else it is a trial.
void AddFolder(const fs::path& given, std::vector<ExtractJob>* jobs) {
  const fs::path root = given.has_filename() ? given : given.parent_path();
  const std::size_t before = jobs->size();
  bool has_picture = false;
  for (const fs::path& entry : ListFolder(root)) {
    if (IsFolder(entry)) jobs->push_back({entry.filename().string(), entry, 0, 0});
    has_picture = has_picture || IsPictureName(entry);
  }
  if (jobs->size() > before) return;
  if (!has_picture) {
    throw Error(ErrorCode::kBadData,
                "folder '" + root.string() +
                    "' holds no picture and no folder; name the folder with <trial>/00001.jpg, "
                    "... (circumplex faces makes it from videos)");
  }
  jobs->push_back({root.filename().string(), root, 0, 0});
}

void RequireDifferentTrials(const std::vector<ExtractJob>& jobs) {
  std::map<std::string, fs::path> seen;
  for (const ExtractJob& job : jobs) {
    const auto [it, is_new] = seen.emplace(job.trial, job.crops);
    if (is_new) continue;
    throw Error(ErrorCode::kBadData,
                "two folders of crops of the trial '" + job.trial + "': '" + it->second.string() +
                    "' and '" + job.crops.string() +
                    "'; give each data set its own store, or join them with circumplex dataset "
                    "--also --duplicates keep and use its --manifest");
  }
}

std::vector<ExtractJob> FindJobs(const ExtractRequest& request) {
  std::vector<ExtractJob> jobs;
  for (const fs::path& crops : request.crops) AddFolder(crops, &jobs);
  if (!request.manifest.empty()) {
    for (const Trial& trial : ReadManifest(request.manifest).trials) {
      if (!trial.crops.empty())
        jobs.push_back({trial.name, trial.crops, trial.frame_rate, trial.rows});
    }
  }
  if (jobs.empty()) {
    throw Error(
        ErrorCode::kInvalidArgument,
        request.manifest.empty()
            ? std::string("nothing to do: name folders of crops, or --manifest")
            : "no trial of '" + request.manifest.string() + "' has crops; run circumplex faces");
  }
  RequireDifferentTrials(jobs);
  return jobs;
}

CropOrigin OriginOf(const std::vector<ExtractJob>& jobs) {
  const auto own = std::count_if(jobs.begin(), jobs.end(), [](const ExtractJob& job) {
    return TrackOfCrops(job.crops).has_value();
  });
  if (own == 0) return CropOrigin::kGiven;
  return own == static_cast<std::ptrdiff_t>(jobs.size()) ? CropOrigin::kFaces : CropOrigin::kMixed;
}

void LogBackbone(const BackboneOptions& options, const Pool5Extractor& extractor) {
  if (options.weights.empty()) {
    Log(LogLevel::kWarning,
        "features",
        "no backbone.weights given: ResNet-50 is untrained (seed " + std::to_string(options.seed) +
            "), its features are random projections");
    return;
  }
  const std::string& origin = extractor.weights_origin();
  Log(LogLevel::kInfo,
      "features",
      "ResNet-50 " +
          (origin.empty() ? "with weights that do not say how they were trained" : origin) +
          ", layout " + LayoutName(extractor.layout()) + ", " +
          std::to_string(extractor.input_size()) + " px, weights " + extractor.weights_hash());
}

}  // namespace

FeatureExtraction::FeatureExtraction(const ExtractRequest& request) : request_(request) {
  if (request.shards < 1 || request.shard < 0 || request.shard >= request.shards) {
    throw Error(ErrorCode::kInvalidArgument,
                "shard " + std::to_string(request.shard) + " of " + std::to_string(request.shards) +
                    ": must be 0 <= shard < shards");
  }
  const std::vector<ExtractJob> all = FindJobs(request);
  const RunOptions& options = request.options;
  const BackboneWeights weights = LoadBackboneWeights(options.backbone);
  extractor_ = std::make_unique<Pool5Extractor>(options.backbone, weights);
  LogBackbone(options.backbone, *extractor_);
  StoreInfo info;
  info.layout = extractor_->layout();
  info.input_size = extractor_->input_size();
  info.seed = options.backbone.seed;
  // Of all shards, so that each says the same.
  info.crops = OriginOf(all);
  info.crop_size = options.faces.crop_size;
  info.phase_size = options.phase.size;
  info.frame_rate = request.frame_rate;
  store_ = std::make_unique<FeatureStore>(FeatureStore::Create(request.store, info, weights));
  for (std::size_t i = static_cast<std::size_t>(request.shard); i < all.size();
       i += static_cast<std::size_t>(request.shards)) {
    jobs_.push_back(all[i]);
  }
}

bool FeatureExtraction::IsDone(const std::string& trial) const {
  if (request_.again || !store_->Has(trial)) return false;
  try {
    store_->Rows(trial);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kBadData) throw;
    Log(LogLevel::kWarning, "features", std::string(error.what()) + "; done again");
    return false;
  }
}

void FeatureExtraction::Extract(const ExtractJob& job) {
  if (IsDone(job.trial)) {
    ++skipped_;
    return;
  }
  const FrameRate rate = FrameRateOfCrops(job.crops, request_.frame_rate, job.manifest_rate);
  if (!(rate.value > 0)) without_rate_.push_back(job.trial);
  CropFolderOptions options;
  options.crop_size = request_.options.faces.crop_size;
  options.num_rows = job.frames;
  options.frame_rate = rate.value;
  CropFolderSource source(job.crops, options);
  FeatureBuilder builder(extractor_.get(), request_.options.phase.size, job.trial);
  std::int64_t rows = 0;
  while (const auto frame = source.Next()) {
    if (!frame->faces.empty()) builder.Add(frame->frame, frame->faces.front().crop);
    ++rows;
  }
  const FeatureTrack track = builder.Finish(rate.value, rows, rate.from);
  store_->Write(track);
  frames_ += track.size();
  undecodable_ += source.undecodable();
  ++written_;
}

std::string FeatureExtraction::Report() const {
  std::string text = std::to_string(written_) + " trials written (" + std::to_string(frames_) +
                     " frames), " + std::to_string(skipped_) +
                     " already there: " + request_.store.string() + "\n";
  if (undecodable_ > 0) {
    text += std::to_string(undecodable_) +
            " pictures are damaged; their frames count as frames without a face\n";
  }
  if (!without_rate_.empty()) {
    text += "no frame rate is known of " + std::to_string(without_rate_.size()) + " trials ('" +
            without_rate_.front() +
            (without_rate_.size() > 1 ? "', ...): their rows" : "'): its rows") +
            " have no times; state it with --rate\n";
  }
  return text;
}

}  // namespace circumplex
