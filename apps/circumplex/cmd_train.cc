// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "circumplex/error.h"

#include "commands.h"
#include "config/toml.h"
#include "run_arguments.h"
#include "threads.h"
#include "training/cross_validation.h"
#ifdef CIRCUMPLEX_WITH_VIDEO
#include "stills/still_trainer.h"
#endif

namespace circumplex::app {
namespace {

struct Arguments {
  RunArguments run;
  std::string images;
  bool stills = false;
};

// Training checks the options' rules together with those of the data.
RunOptions ReadOptions(const RunArguments& arguments) {
  return ReadRunOptions(arguments.resume && arguments.config.empty()
                            ? arguments.out + "/config.toml"
                            : arguments.config,
                        arguments.set,
                        RuleCheck::kCaller);
}

int RunVideos(const Arguments& arguments) {
  const RunArguments& run = arguments.run;
  if (run.store.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "--store is required: the features of the data set (circumplex features); or "
                "--stills, to train the appearance network on photographs");
  }
  if (!arguments.images.empty())
    throw Error(ErrorCode::kInvalidArgument, "--images is for --stills; videos have --crops");
  TrainRequest request;
  FillRequest(run, &request);
  request.options = ReadOptions(run);
  request.manifest = ReadData(run.data);
  request.store = run.store;
  const TrainSummary summary = Train(request);
  std::cout << summary.Report()
            << (summary.finished ? "model: " + summary.model.string()
                                 : std::string("stopped; continue with --resume"))
            << "\n";
  return 0;
}

#ifdef CIRCUMPLEX_WITH_VIDEO
int RunStills(const Arguments& arguments) {
  const RunArguments& run = arguments.run;
  const DataArguments& data = run.data;
  const std::pair<const char*, bool> of_videos[] = {{"--store", !run.store.empty()},
                                                    {"--annotations", !data.annotations.empty()},
                                                    {"--crops", !data.crops.empty()},
                                                    {"--splits", !data.splits.empty()},
                                                    {"--persons", !data.persons.empty()}};
  for (const auto& [flag, given] : of_videos) {
    if (given) {
      throw Error(ErrorCode::kInvalidArgument,
                  std::string(flag) + " is for videos; --stills takes --data and --images only");
    }
  }
  StillRequest request;
  FillRequest(run, &request);
  request.options = ReadOptions(run);
  request.data = data.root;
  request.images = arguments.images;
  const StillSummary summary = TrainStills(request);
  std::cout << summary.Report();
  if (summary.finished) {
    std::cout << "\nuse it with: circumplex features CROPS -o STORE --set backbone.weights="
              << summary.backbone.string() << "\n";
  } else {
    std::cout << "stopped; continue with --resume\n";
  }
  return 0;
}
#else
int RunStills(const Arguments&) {
  throw Error(ErrorCode::kUnsupported,
              "this build reads no pictures (CIRCUMPLEX_WITH_VIDEO=OFF); --stills needs it");
}
#endif

}  // namespace

Command TrainCommand() {
  return {
      "train",
      "circumplex train --data aff-wild2 --store features --out runs/ours --config "
      "configs/ours.toml\n  circumplex train --stills --data affectnet --out runs/stills --config "
      "configs/stills.toml",
      [](CLI::App& cli) {
        auto arguments = std::make_shared<Arguments>();
        DeclareRun(
            cli, &arguments->run, "Feature store (circumplex features)", "Run folder to write");
        cli.add_flag("--stills",
                     arguments->stills,
                     "Train ResNet-50 and its MLP on photographs in AffectNet's layout");
        cli.add_option(
            "--images", arguments->images, "Pictures of --stills, if not in their usual place");
        return [arguments] {
          UseAllCores();
          return arguments->stills ? RunStills(*arguments) : RunVideos(*arguments);
        };
      }};
}

}  // namespace circumplex::app
