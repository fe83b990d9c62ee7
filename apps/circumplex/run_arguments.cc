// SPDX-License-Identifier: Apache-2.0
#include "run_arguments.h"

namespace circumplex::app {

CLI::Option* DeclareRun(CLI::App& cli,
                        RunArguments* arguments,
                        const std::string& store,
                        const std::string& out) {
  DeclareData(cli, &arguments->data);
  CLI::Option* store_option = cli.add_option("--store", arguments->store, store);
  cli.add_option("--out", arguments->out, out)->required();
  cli.add_option("--config", arguments->config, "TOML file (circumplex config --reference)");
  cli.add_option("--set", arguments->set, "key=value over the file, repeatable")
      ->allow_extra_args(false);
  cli.add_flag("--resume", arguments->resume, "Continue the run in --out");
  cli.add_option("--device", arguments->device, "cpu or cuda")->capture_default_str();
  return store_option;
}

}  // namespace circumplex::app
