// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "datasets/manifest.h"
#include "program.h"

namespace circumplex::app {

/// Flags that say where a data set is; the same for every command that reads one.
struct DataArguments {
  std::string root, annotations, splits, persons;
  std::vector<std::string> crops;
};

void DeclareData(CLI::App& cli, DataArguments* arguments);
Manifest ReadData(const DataArguments& arguments);

}  // namespace circumplex::app
