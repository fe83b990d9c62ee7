// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <iostream>

#include "circumplex/error.h"

#include "batch.h"
#include "commands.h"
#include "config/toml.h"
#include "core/files.h"
#include "core/progress.h"
#include "faces/crop_folder_source.h"
#include "features/backbone_text.h"
#include "features/feature_builder.h"

namespace circumplex::app {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::vector<std::string> crops, set;
  std::string store, config, shard = "0/1";
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

// Trial folders: a folder that holds images is one, else its subfolders are.
std::vector<fs::path> TrialFolders(const std::vector<std::string>& crops) {
  std::vector<fs::path> folders;
  for (const std::string& root : crops) {
    std::vector<fs::path> inside;
    for (const fs::path& entry : ListFolder(root)) {
      if (fs::is_directory(entry)) inside.push_back(entry);
    }
    if (inside.empty()) inside.emplace_back(root);
    folders.insert(folders.end(), inside.begin(), inside.end());
  }
  return folders;
}

int Run(const Arguments& arguments) {
  const RunOptions options = ReadRunOptions(arguments.config, arguments.set);
  const auto [index, count] = ParseShard(arguments.shard);
  Pool5Extractor extractor(options.backbone);
  if (options.backbone.weights.empty()) {
    Log(LogLevel::kWarning,
        "features",
        "no backbone.weights given: ResNet-50 is untrained (seed " +
            std::to_string(options.backbone.seed) + "), its features are random projections");
  }
  std::vector<fs::path> folders;
  const std::vector<fs::path> all = TrialFolders(arguments.crops);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (static_cast<int>(i % static_cast<std::size_t>(count)) == index) folders.push_back(all[i]);
  }
  std::int64_t done = 0, skipped = 0, frames = 0;
  Progress progress("features", static_cast<std::int64_t>(folders.size()));
  const int code = ForEachInput(folders, [&](const fs::path& folder) {
    const std::string trial = folder.filename().string();
    const fs::path path = FeatureTrackPath(arguments.store, trial);
    if (!arguments.again && fs::exists(path)) {
      const FeatureTrack present = ReadFeatureTrack(path);
      if (present.backbone == BackboneText(options.backbone) &&
          present.weights_hash == extractor.weights_hash() &&
          present.gray_size == options.phase.size) {
        ++skipped;
        progress.Advance();
        return;
      }
    }
    CropFolderOptions crop_options;
    crop_options.crop_size = options.faces.crop_size;
    CropFolderSource source(folder, crop_options);
    FeatureBuilder builder(&extractor, options.backbone, options.phase, trial);
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
          "Face crops to a feature store: gray images and ResNet-50 pool5",
          "circumplex features aff-wild2/cropped_aligned -o features --shard 0/4",
          [](CLI::App& cli) {
            auto arguments = std::make_shared<Arguments>();
            cli.add_option(
                   "crops", arguments->crops, "Folders of <trial>/00001.jpg, or one trial's folder")
                ->required();
            cli.add_option("-o,--out,--store", arguments->store, "Store: <trial>.safetensors")
                ->required();
            cli.add_option("--config", arguments->config, "TOML file with [backbone] and [phase]");
            cli.add_option("--set", arguments->set, "e.g. backbone.weights=resnet50.safetensors")
                ->allow_extra_args(false);
            cli.add_option("--shard",
                           arguments->shard,
                           "i/n: every n-th trial from the i-th, for job arrays")
                ->capture_default_str();
            cli.add_flag("--again", arguments->again, "Extract what is already there anew");
            return [arguments] { return Run(*arguments); };
          }};
}

}  // namespace circumplex::app
