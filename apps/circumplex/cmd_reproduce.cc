// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "commands.h"
#include "config/toml.h"
#include "data_arguments.h"
#include "experiments/ablation.h"
#include "threads.h"

namespace circumplex::app {
namespace {

struct Arguments {
  DataArguments data;
  std::string table, config, store, out, device = "cpu", description;
  std::vector<std::string> set, notes;
  bool resume = false;
};

int Run(const Arguments& arguments) {
  UseAllCores();
  AblationRequest request;
  request.base = ReadRunOptions(arguments.config, arguments.set);
  request.manifest = ReadData(arguments.data);
  request.store = arguments.store;
  request.out = arguments.out;
  request.resume = arguments.resume;
  request.device = arguments.device;
  request.data = arguments.description;
  request.notes = arguments.notes;
  request.keep_going = InterruptCheck();
  const AblationResult result = RunAblation(request);
  if (!result.finished) {
    std::cout << "stopped; continue with --resume\n";
    return 0;
  }
  std::cout << result.Table() << "\nmodel        " << result.model.string() << "\npredictions  "
            << result.predictions.string() << "\n";
  return 0;
}

}  // namespace

Command ReproduceCommand() {
  return {
      "reproduce",
      "Train and score the variants of a table on the data given",
      "circumplex reproduce ablation --data aff-wild2 --store features --out runs/ablation",
      [](CLI::App& cli) {
        auto arguments = std::make_shared<Arguments>();
        cli.add_option(
               "table", arguments->table, "ablation: each stream and both, without and with LDS")
            ->required()
            ->check(CLI::IsMember({"ablation"}));
        DeclareData(cli, &arguments->data);
        cli.add_option("--store", arguments->store, "Feature store of both splits")->required();
        cli.add_option("--out", arguments->out, "Run folder to write")->required();
        cli.add_option("--config", arguments->config, "TOML file (circumplex config --reference)");
        cli.add_option("--set", arguments->set, "key=value over the file, repeatable")
            ->allow_extra_args(false);
        cli.add_option(
            "--describe", arguments->description, "One sentence for the page: what the data is");
        cli.add_option("--note", arguments->notes, "Sentence shown before the numbers, repeatable")
            ->allow_extra_args(false);
        cli.add_flag("--resume", arguments->resume, "Continue the run in --out");
        cli.add_option("--device", arguments->device, "cpu or cuda")->capture_default_str();
        return [arguments] { return Run(*arguments); };
      }};
}

}  // namespace circumplex::app
