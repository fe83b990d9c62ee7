// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "commands.h"
#include "options/enum_names.h"
#include "synthetic/synthetic_dataset.h"

namespace circumplex::app {

Command SynthCommand() {
  return {
      "synth",
      "Write the synthetic data set in the Aff-Wild2 layout",
      "circumplex synth data/synthetic --videos",
      [](CLI::App& cli) {
        struct Arguments {
          std::string out;
          SyntheticOptions options;
        };
        auto arguments = std::make_shared<Arguments>();
        SyntheticOptions& options = arguments->options;
        cli.add_option("out", arguments->out, "New or empty folder")->required();
        cli.add_option("--train", options.train_trials, "Training trials")->capture_default_str();
        cli.add_option("--validation", options.validation_trials, "Validation trials")
            ->capture_default_str();
        cli.add_option("--frames", options.frames, "Frames of a trial, on average")
            ->capture_default_str();
        cli.add_option("--trials-per-person", options.trials_per_person, "Trials of one person")
            ->capture_default_str();
        cli.add_option("--seed", options.seed, "Equal seeds give equal bytes")
            ->capture_default_str();
        cli.add_option("--size", options.size, "Side of a crop [px]")->capture_default_str();
        cli.add_option("--rate", options.frame_rate, "Frames per second")->capture_default_str();
        cli.add_option(
               "--still-share", options.still_share, "Share of arousal that shows in a still")
            ->capture_default_str();
        cli.add_option("--noise", options.noise, "Sensor noise, 1 = usual")->capture_default_str();
        cli.add_option("--occlusion", options.occlusion, "Share of rows with an occluded face")
            ->capture_default_str();
        cli.add_option("--stills",
                       options.stills,
                       "Also write this many photographs of other persons (AffectNet layout, "
                       "stills/)")
            ->capture_default_str();
        cli.add_flag("--videos", options.videos, "Also write videos/<trial>.mp4");
        return [arguments] {
          RequireValid(arguments->options.Violations());
          std::cout << WriteSyntheticDataset(arguments->out, arguments->options).Text();
          return 0;
        };
      }};
}

}  // namespace circumplex::app
