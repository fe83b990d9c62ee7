// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "data_arguments.h"
#include "program.h"
#include "threads.h"

namespace circumplex::app {

/// Flags of a run on a data set; the same for every command that trains.
struct RunArguments {
  DataArguments data;
  std::string config, store, out, device = "cpu";
  std::vector<std::string> set;
  bool resume = false;
};

/// @param store, out  What --store and --out are; --out is required.
/// @return --store, for a command that requires it.
CLI::Option* DeclareRun(CLI::App& cli,
                        RunArguments* arguments,
                        const std::string& store,
                        const std::string& out);

/// Where, on what and how long: what the requests of training, photographs and experiments share.
template <typename Request>
void FillRequest(const RunArguments& arguments, Request* request) {
  request->out = arguments.out;
  request->resume = arguments.resume;
  request->device = arguments.device;
  request->keep_going = InterruptCheck();
}

}  // namespace circumplex::app
