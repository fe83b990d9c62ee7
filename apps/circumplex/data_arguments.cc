// SPDX-License-Identifier: Apache-2.0
#include "data_arguments.h"

#include "datasets/aff_wild2.h"
#include "datasets/layout.h"

namespace circumplex::app {

void DeclareData(CLI::App& cli, DataArguments* arguments) {
  cli.add_option("--data",
                 arguments->root,
                 "Data set folder, e.g. Aff-Wild2 (annotations/, cropped_aligned/)")
      ->required();
  cli.add_option(
      "--annotations", arguments->annotations, "Folder of <trial>.txt, if not in its usual place");
  cli.add_option("--crops",
                 arguments->crops,
                 "Folder of <trial>/00001.jpg, if not in its usual place; repeatable")
      ->allow_extra_args(false);
  cli.add_option("--splits",
                 arguments->splits,
                 "CSV with columns name (or trial, file) and split, maybe person");
  cli.add_option("--persons", arguments->persons, "CSV with columns trial and person");
}

Manifest ReadData(const DataArguments& arguments) {
  if (arguments.annotations.empty() && arguments.crops.empty() && arguments.splits.empty() &&
      arguments.persons.empty()) {
    return ReadDataset(arguments.root);
  }
  AffWild2Options options;
  options.annotations = arguments.annotations;
  options.crops.assign(arguments.crops.begin(), arguments.crops.end());
  options.splits = arguments.splits;
  options.persons = arguments.persons;
  return ReadAffWild2(arguments.root, options);
}

}  // namespace circumplex::app
