// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <iostream>
#include <tuple>

#include "circumplex/error.h"

#include "batch.h"
#include "commands.h"
#include "config/toml.h"
#include "core/progress.h"
#include "features/extract_features.h"

namespace circumplex::app {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::vector<std::string> crops, set;
  std::string manifest, store, config, shard = "0/1";
  double rate = 0;
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

int Run(const Arguments& arguments) {
  ExtractRequest request;
  request.options = ReadRunOptions(arguments.config, arguments.set);
  std::tie(request.shard, request.shards) = ParseShard(arguments.shard);
  request.crops.assign(arguments.crops.begin(), arguments.crops.end());
  request.manifest = arguments.manifest;
  request.store = arguments.store;
  request.frame_rate = arguments.rate;
  request.again = arguments.again;
  FeatureExtraction extraction(request);

  std::vector<fs::path> folders;
  for (const ExtractJob& job : extraction.jobs()) folders.push_back(job.crops);
  std::size_t next = 0;
  Progress progress("features", static_cast<std::int64_t>(folders.size()));
  const int code = ForEachInput(folders, [&](const fs::path&) {
    extraction.Extract(extraction.jobs()[next++]);
    progress.Advance();
  });
  std::cout << extraction.Report();
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
            cli.add_option("-o,--out,--store",
                           arguments->store,
                           "Store: store.toml, the backbone's weights, <trial>.safetensors")
                ->required();
            cli.add_option("--config", arguments->config, "TOML file with [backbone] and [phase]");
            cli.add_option("--set",
                           arguments->set,
                           "e.g. backbone.weights=resnet50.safetensors; layout and input size are "
                           "those that the file states")
                ->allow_extra_args(false);
            cli.add_option("--rate",
                           arguments->rate,
                           "Frames per second of the crops, where manifest, tracks/ beside the "
                           "crops and trial names do not say or are wrong")
                ->check(CLI::Range(0.0, 1000.0));
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
