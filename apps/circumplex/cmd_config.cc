// SPDX-License-Identifier: Apache-2.0
#include "commands.h"
#include "config/toml.h"

namespace circumplex::app {

Command ConfigCommand() {
  return {
      "config", "circumplex config --config ours.toml --set training.epochs=10", [](CLI::App& cli) {
        struct Arguments {
          std::string file;
          std::vector<std::string> set;
          bool reference = false;
        };
        auto arguments = std::make_shared<Arguments>();
        cli.add_option(
            "--config", arguments->file, "TOML file; its key preset chooses where values start");
        cli.add_option("--set", arguments->set, "key=value over the file, repeatable")
            ->allow_extra_args(false);
        cli.add_flag("--reference", arguments->reference, "Print docs/config.md instead");
        return [arguments] {
          WriteResult("-",
                      arguments->reference
                          ? FormatOptionReference()
                          : FormatRunOptions(ReadRunOptions(arguments->file, arguments->set)));
          return 0;
        };
      }};
}

}  // namespace circumplex::app
