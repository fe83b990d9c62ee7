// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "commands.h"
#include "config/toml.h"
#include "features/phase_sheet.h"

namespace circumplex::app {
namespace {

struct Arguments {
  std::string crops, out, config;
  std::vector<std::string> set;
  std::int64_t frame = 0;
};

int Run(const Arguments& arguments) {
  const PhaseOptions options = ReadRunOptions(arguments.config, arguments.set).phase;
  const std::int64_t rows =
      WritePhaseImages(arguments.crops, options, arguments.frame, arguments.out);
  std::cout << rows << " frames: " << arguments.out << "\n";
  return 0;
}

}  // namespace

Command PhaseCommand() {
  return {"phase",
          "circumplex phase cropped_aligned/1-30-1280x720 -o phase.png --frame 100",
          [](CLI::App& cli) {
            auto arguments = std::make_shared<Arguments>();
            cli.add_option("crops", arguments->crops, "Folder of 00001.jpg ...")->required();
            cli.add_option(
                   "-o,--out", arguments->out, "x.safetensors (all frames) or x.png (one snippet)")
                ->required();
            cli.add_option("--frame",
                           arguments->frame,
                           "Frame of the picture, from 1; default the middle one");
            cli.add_option("--config", arguments->config, "TOML file with [phase]");
            cli.add_option("--set", arguments->set, "e.g. phase.mode=shipped, repeatable")
                ->allow_extra_args(false);
            return [arguments] { return Run(*arguments); };
          }};
}

}  // namespace circumplex::app
