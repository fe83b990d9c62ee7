// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "datasets/layout.h"
#include "datasets/manifest.h"
#include "program.h"

namespace circumplex::app {

/// Flags that say where a data set is; the same for every command that reads one.
struct DataArguments {
  std::string root, layout, annotations, splits, persons, test_list, duplicates = "drop";
  std::vector<std::string> crops, videos, also;
};

/// @param positional  Whether the folder is the command's argument, besides --data.
void DeclareData(CLI::App& cli, DataArguments* arguments, bool positional = false);
/// The named layout, else the one recognised.
Layout LayoutOf(const DataArguments& arguments);
/// Reads the data set, and joins those of --also.
Manifest ReadData(const DataArguments& arguments);

}  // namespace circumplex::app
