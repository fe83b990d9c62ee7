// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "commands.h"
#include "config/toml.h"
#include "data_arguments.h"
#include "threads.h"
#include "training/trainer.h"

namespace circumplex::app {

Command TrainCommand() {
  return {"train",
          "Cross-validated training of the two-stream network",
          "circumplex train --data aff-wild2 --store features --out runs/ours --config "
          "configs/ours.toml",
          [](CLI::App& cli) {
            struct Arguments {
              DataArguments data;
              std::string config, store, out, device = "cpu";
              std::vector<std::string> set;
              bool resume = false;
            };
            auto arguments = std::make_shared<Arguments>();
            DeclareData(cli, &arguments->data);
            cli.add_option("--store", arguments->store, "Feature store (circumplex features)")
                ->required();
            cli.add_option("--out", arguments->out, "Run folder to write")->required();
            cli.add_option(
                "--config", arguments->config, "TOML file (circumplex config --reference)");
            cli.add_option("--set", arguments->set, "key=value over the file, repeatable")
                ->allow_extra_args(false);
            cli.add_flag("--resume", arguments->resume, "Continue the run in --out");
            cli.add_option("--device", arguments->device, "cpu or cuda")->capture_default_str();
            return [arguments] {
              UseAllCores();
              TrainRequest request;
              request.options = ReadRunOptions(arguments->resume && arguments->config.empty()
                                                   ? arguments->out + "/config.toml"
                                                   : arguments->config,
                                               arguments->set);
              request.manifest = ReadData(arguments->data);
              request.store = arguments->store;
              request.out = arguments->out;
              request.resume = arguments->resume;
              request.device = arguments->device;
              request.keep_going = InterruptCheck();
              const TrainSummary summary = Train(request);
              std::cout << summary.Report()
                        << (summary.finished ? "model: " + summary.model.string()
                                             : std::string("stopped; continue with --resume"))
                        << "\n";
              return 0;
            };
          }};
}

}  // namespace circumplex::app
