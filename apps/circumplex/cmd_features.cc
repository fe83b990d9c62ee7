// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <iostream>
#include <map>

#include "circumplex/error.h"

#include "backbone/resnet50_layers.h"
#include "batch.h"
#include "commands.h"
#include "config/toml.h"
#include "core/files.h"
#include "core/progress.h"
#include "datasets/manifest.h"
#include "faces/crop_folder_source.h"
#include "features/backbone_text.h"
#include "features/feature_builder.h"

namespace circumplex::app {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::vector<std::string> crops, set;
  std::string manifest, store, config, shard = "0/1";
  bool again = false;
};

// "i/n" with 0 <= i < n.
std::pair<int, int> ParseShard(const std::string& text) {
  int index = 0, count = 0;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%d/%d%c", &index, &count, &rest) != 2 || count < 1 || index < 0 ||
      index >= count) {
    throw Error(ErrorCode::kInvalidArgument,
                "--shard " + text + ": must read i/n with 0 <= i < n, e.g. 0/4");
  }
  return {index, count};
}

/// One trial whose crops become a feature track.
struct Job {
  std::string trial;
  fs::path crops;
  double frame_rate = 0;    ///< [1/s]; 0 = unknown.
  std::int64_t frames = 0;  ///< 0 = up to the last crop.
};

// A folder that holds images is a trial, else its subfolders are.
void AddFolder(const fs::path& root, std::vector<Job>* jobs) {
  const std::size_t before = jobs->size();
  for (const fs::path& entry : ListFolder(root)) {
    if (IsFolder(entry)) jobs->push_back({entry.filename().string(), entry, 0, 0});
  }
  if (jobs->size() == before) jobs->push_back({root.filename().string(), root, 0, 0});
}

std::vector<Job> FindJobs(const Arguments& arguments) {
  std::vector<Job> jobs;
  for (const std::string& crops : arguments.crops) {
    const fs::path root = crops;
    AddFolder(root.has_filename() ? root : root.parent_path(), &jobs);
  }
  if (!arguments.manifest.empty()) {
    for (const Trial& trial : ReadManifest(arguments.manifest).trials) {
      if (!trial.crops.empty())
        jobs.push_back({trial.name, trial.crops, trial.frame_rate, trial.rows});
    }
  }
  if (jobs.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                arguments.manifest.empty()
                    ? std::string("nothing to do: name folders of crops, or --manifest")
                    : "no trial of '" + arguments.manifest + "' has crops; run circumplex faces");
  }
  std::map<std::string, fs::path> seen;
  for (const Job& job : jobs) {
    const auto [it, is_new] = seen.emplace(job.trial, job.crops);
    if (is_new) continue;
    throw Error(ErrorCode::kBadData,
                "two folders of crops of the trial '" + job.trial + "': '" + it->second.string() +
                    "' and '" + job.crops.string() +
                    "'; give each data set its own store, or join them with circumplex dataset "
                    "--also --duplicates keep and use its --manifest");
  }
  return jobs;
}

// Whether a store holds what this run would write.
bool IsDone(const fs::path& path, const RunOptions& options, const std::string& weights_hash) {
  if (!PathExists(path)) return false;
  try {
    const FeatureTrack present = ReadFeatureTrack(path);
    return present.backbone == BackboneText(options.backbone) &&
           present.weights_hash == weights_hash && present.gray_size == options.phase.size;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kBadData) throw;
    Log(LogLevel::kWarning, "features", std::string(error.what()) + "; done again");
    return false;
  }
}

int Run(const Arguments& arguments) {
  const RunOptions options = ReadRunOptions(arguments.config, arguments.set);
  const auto [index, count] = ParseShard(arguments.shard);
  const std::vector<Job> all = FindJobs(arguments);
  Pool5Extractor extractor(options.backbone);
  if (options.backbone.weights.empty()) {
    Log(LogLevel::kWarning,
        "features",
        "no backbone.weights given: ResNet-50 is untrained (seed " +
            std::to_string(options.backbone.seed) + "), its features are random projections");
  } else {
    const std::string& origin = extractor.weights_origin();
    Log(LogLevel::kInfo,
        "features",
        "ResNet-50 " +
            (origin.empty() ? "with weights that do not say how they were trained" : origin) +
            ", layout " + LayoutName(options.backbone.layout) + ", weights " +
            extractor.weights_hash());
  }
  std::vector<Job> jobs;
  std::vector<fs::path> folders;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (static_cast<int>(i % static_cast<std::size_t>(count)) != index) continue;
    jobs.push_back(all[i]);
    folders.push_back(all[i].crops);
  }
  std::int64_t done = 0, skipped = 0, frames = 0;
  std::size_t next = 0;
  Progress progress("features", static_cast<std::int64_t>(folders.size()));
  const int code = ForEachInput(folders, [&](const fs::path& folder) {
    const Job& job = jobs[next++];
    const fs::path path = FeatureTrackPath(arguments.store, job.trial);
    if (!arguments.again && IsDone(path, options, extractor.weights_hash())) {
      ++skipped;
      progress.Advance();
      return;
    }
    CropFolderOptions crop_options;
    crop_options.crop_size = options.faces.crop_size;
    crop_options.num_rows = job.frames;
    if (job.frame_rate > 0) crop_options.frame_rate = job.frame_rate;
    CropFolderSource source(folder, crop_options);
    FeatureBuilder builder(&extractor, options.backbone, options.phase, job.trial);
    std::int64_t rows = 0;
    while (const auto frame = source.Next()) {
      if (!frame->faces.empty()) builder.Add(frame->frame, frame->faces.front().crop);
      ++rows;
    }
    const FeatureTrack track = builder.Finish(source.frame_rate(), rows);
    WriteFeatureTrack(path, track);
    frames += track.size();
    ++done;
    progress.Advance();
  });
  std::cout << done << " trials written (" << frames << " frames), " << skipped
            << " already there: " << arguments.store << "\n";
  return code;
}

}  // namespace

Command FeaturesCommand() {
  return {"features",
          "circumplex features --manifest lists/manifest.csv -o features --shard 0/4",
          [](CLI::App& cli) {
            auto arguments = std::make_shared<Arguments>();
            cli.add_option(
                "crops", arguments->crops, "Folders of <trial>/00001.jpg, or one trial's folder");
            cli.add_option("--manifest",
                           arguments->manifest,
                           "manifest.csv of circumplex dataset: the trials it names, with their "
                           "crops, rows and frame rates");
            cli.add_option("-o,--out,--store", arguments->store, "Store: <trial>.safetensors")
                ->required();
            cli.add_option("--config", arguments->config, "TOML file with [backbone] and [phase]");
            cli.add_option("--set", arguments->set, "e.g. backbone.weights=resnet50.safetensors")
                ->allow_extra_args(false);
            cli.add_option("--shard",
                           arguments->shard,
                           "i/n: every n-th trial from the i-th, for job arrays; trials that are "
                           "in the store already are skipped")
                ->capture_default_str();
            cli.add_flag("--again", arguments->again, "Extract what is already there anew");
            return [arguments] { return Run(*arguments); };
          }};
}

}  // namespace circumplex::app
