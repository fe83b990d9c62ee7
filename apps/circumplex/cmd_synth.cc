// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "commands.h"
#include "options/enum_names.h"
#include "synthetic/synthetic_dataset.h"

namespace circumplex::app {
namespace {

struct Arguments {
  std::string out;
  SyntheticOptions options;
  std::map<std::string, std::string> flag_of;  ///< By the option's name in the library.
};

// The library's rules name its own fields; who typed a flag looks for the flag.
std::vector<std::string> ViolationsByFlag(const Arguments& arguments) {
  std::vector<std::string> violations = arguments.options.Violations();
  for (std::string& violation : violations) {
    const std::size_t end = violation.find(' ');
    const auto flag = arguments.flag_of.find(violation.substr(0, end));
    if (flag != arguments.flag_of.end()) violation.replace(0, end, flag->second);
  }
  return violations;
}

int Run(const Arguments& arguments) {
  RequireValid(ViolationsByFlag(arguments));
  std::cout << WriteSyntheticDataset(arguments.out, arguments.options).Text();
  return 0;
}

}  // namespace

Command SynthCommand() {
  return {
      "synth", "circumplex synth data/synthetic --videos", [](CLI::App& cli) {
        auto arguments = std::make_shared<Arguments>();
        SyntheticOptions& options = arguments->options;
        const auto add = [&](const char* flag, const char* key, auto* field, const char* text) {
          cli.add_option(flag, *field, text)->capture_default_str();
          arguments->flag_of[key] = flag;
        };
        cli.add_option("out", arguments->out, "New or empty folder")->required();
        add("--train", "train_trials", &options.train_trials, "Training trials");
        add("--validation", "validation_trials", &options.validation_trials, "Validation trials");
        add("--frames", "frames", &options.frames, "Frames of a trial, on average");
        add("--trials-per-person",
            "trials_per_person",
            &options.trials_per_person,
            "Trials of one person");
        add("--seed", "seed", &options.seed, "Equal seeds give equal bytes");
        add("--size", "size", &options.size, "Side of a crop [px]");
        add("--rate", "frame_rate", &options.frame_rate, "Frames per second");
        add("--still-share",
            "still_share",
            &options.still_share,
            "Share of arousal that shows in a still");
        add("--noise", "noise", &options.noise, "Sensor noise, 1 = usual");
        add("--occlusion", "occlusion", &options.occlusion, "Share of rows with an occluded face");
        add("--stills",
            "stills",
            &options.stills,
            "Also write this many photographs of other persons (AffectNet layout, stills/)");
        cli.add_flag("--videos", options.videos, "Also write videos/<trial>.mp4");
        return [arguments] { return Run(*arguments); };
      }};
}

}  // namespace circumplex::app
