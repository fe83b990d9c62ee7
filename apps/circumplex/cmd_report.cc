// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <iostream>

#include "commands.h"
#include "core/files.h"
#include "report/report.h"

namespace circumplex::app {

Command ReportCommand() {
  return {"report", "circumplex report runs/ours", [](CLI::App& cli) {
            struct Arguments {
              std::string run, out;
            };
            auto arguments = std::make_shared<Arguments>();
            cli.add_option("run", arguments->run, "Run folder (circumplex train, reproduce)")
                ->required();
            cli.add_option("-o,--out", arguments->out, "HTML file; default <run>/report.html");
            return [arguments] {
              const std::filesystem::path out =
                  arguments->out.empty() ? std::filesystem::path(arguments->run) / "report.html"
                                         : std::filesystem::path(arguments->out);
              WriteFileAtomically(out, RenderHtml(ReadRunFolder(arguments->run)));
              std::cout << out.string() << "\n";
              return 0;
            };
          }};
}

}  // namespace circumplex::app
