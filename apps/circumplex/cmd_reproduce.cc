// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "commands.h"
#include "core/files.h"
#include "experiments/ablation.h"
#include "experiments/claims.h"
#include "experiments/paper_tables.h"
#include "run_arguments.h"
#include "threads.h"

namespace circumplex::app {
namespace {

struct Arguments {
  RunArguments run;
  std::string table, description, only;
  std::vector<std::string> notes;
  bool json = false;
};

int Run(const Arguments& arguments) {
  UseAllCores();
  ExperimentRequest request;
  FillRequest(arguments.run, &request);
  request.config = arguments.run.config;
  request.set = arguments.run.set;
  request.manifest = ReadData(arguments.run.data);
  request.store = arguments.run.store;
  request.data = arguments.description;
  request.notes = arguments.notes;
  bool finished = true;
  std::string text;
  if (arguments.table == "ablation") {
    const AblationResult result = RunAblation(request);
    finished = result.finished;
    text = result.Table() + "\nmodel        " + result.model.string() + "\npredictions  " +
           result.predictions.string() + "\n";
  } else if (arguments.table == "checks") {
    const ClaimsResult result = RunClaims(request, arguments.only);
    finished = result.finished;
    text = result.Table();
  } else {
    const PaperTableResult result =
        RunPaperTable(arguments.table == "table1" ? PaperTable::kOne : PaperTable::kTwo, request);
    finished = result.finished;
    text = result.Text();
  }
  if (!finished) {
    std::cout << "stopped; continue with --resume\n";
    return 0;
  }
  std::cout << (arguments.json ? ReadFile(request.out / "results.json") : text);
  return 0;
}

}  // namespace

Command ReproduceCommand() {
  return {
      "reproduce",
      "circumplex reproduce table1 --data aff-wild2 --store features --out runs/tables",
      [](CLI::App& cli) {
        auto arguments = std::make_shared<Arguments>();
        cli.add_option(
               "table",
               arguments->table,
               "table1: the spatial model of each preset beside the paper's figures. table2: "
               "it without and with LDS. ablation: each stream and both, without and with "
               "LDS, on unseen trials. checks: claims with paired intervals")
            ->required()
            ->check(CLI::IsMember({"table1", "table2", "ablation", "checks"}));
        DeclareRun(cli,
                   &arguments->run,
                   "Feature store of both splits",
                   "Run folder to write; ablation and checks share their variants in one, and so "
                   "do table1 and table2")
            ->required();
        cli.add_option(
            "--describe", arguments->description, "One sentence for the page: what the data is");
        cli.add_option("--note", arguments->notes, "Sentence shown before the numbers, repeatable")
            ->allow_extra_args(false);
        cli.add_option(
            "--only", arguments->only, "checks: only the claims whose text holds this, e.g. LDS");
        cli.add_flag("--json", arguments->json, "Print results.json of the run folder");
        return [arguments] { return Run(*arguments); };
      }};
}

}  // namespace circumplex::app
