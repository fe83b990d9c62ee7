// SPDX-License-Identifier: Apache-2.0
#include "data_arguments.h"

#include "circumplex/error.h"

#include "datasets/merge.h"

namespace circumplex::app {
namespace {

DatasetPlaces PlacesOf(const DataArguments& arguments) {
  DatasetPlaces places;
  places.annotations = arguments.annotations;
  places.splits = arguments.splits;
  places.persons = arguments.persons;
  places.test_list = arguments.test_list;
  places.crops.assign(arguments.crops.begin(), arguments.crops.end());
  places.videos.assign(arguments.videos.begin(), arguments.videos.end());
  return places;
}

}  // namespace

void DeclareData(CLI::App& cli, DataArguments* arguments, bool positional) {
  std::vector<std::string> layouts;
  for (const Layout layout : AllLayouts()) layouts.emplace_back(LayoutName(layout));
  CLI::Option* data =
      cli.add_option("--data",
                     arguments->root,
                     "Data set folder, e.g. Aff-Wild2 (annotations/, cropped_aligned/)");
  if (positional) {
    // Two options of one value: CLI11 prints one option of two names as two required ones.
    CLI::Option* root = cli.add_option("root", arguments->root, "The same as --data");
    root->excludes(data);
  } else {
    data->required();
  }
  cli.add_option("--layout", arguments->layout, "Which data set it is, if not recognised")
      ->check(CLI::IsMember(layouts));
  cli.add_option(
      "--annotations", arguments->annotations, "Folder of <trial>.txt, if not in its usual place");
  cli.add_option("--crops",
                 arguments->crops,
                 "Folder of <trial>/00001.jpg, if not in its usual place; repeatable")
      ->allow_extra_args(false);
  cli.add_option("--videos",
                 arguments->videos,
                 "Folder of <video>.mp4, if not in its usual place; repeatable")
      ->allow_extra_args(false);
  cli.add_option("--splits",
                 arguments->splits,
                 "CSV with columns name (or trial, file) and split, maybe person");
  cli.add_option("--persons", arguments->persons, "CSV with columns trial and person");
  cli.add_option("--test-list",
                 arguments->test_list,
                 "Names of the test trials, or a sample file, if not in its usual place");
  cli.add_option("--also",
                 arguments->also,
                 "Another data set to join, e.g. Aff-Wild (v1), whose videos Aff-Wild2 contains; "
                 "repeatable")
      ->allow_extra_args(false);
  cli.add_option("--duplicates",
                 arguments->duplicates,
                 "Videos of --also that are there already: drop them, or keep both copies")
      ->check(CLI::IsMember({"drop", "keep"}))
      ->capture_default_str();
}

Layout LayoutOf(const DataArguments& arguments) {
  if (arguments.root.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "no data set named: give its folder, as the first argument or with --data");
  }
  if (!arguments.layout.empty()) return ParseLayout(arguments.layout);
  // Only this layout is so spread out that its parts are named one by one.
  if (PlacesOf(arguments).AnyGiven()) return Layout::kAffWild2;
  return DetectLayout(arguments.root);
}

Manifest ReadData(const DataArguments& arguments) {
  Manifest manifest = ReadDataset(arguments.root, LayoutOf(arguments), PlacesOf(arguments));
  for (const std::string& other : arguments.also) {
    manifest = MergeManifests(
        manifest,
        ReadDataset(other),
        arguments.duplicates == "keep" ? DuplicateRule::kKeep : DuplicateRule::kDrop);
  }
  return manifest;
}

}  // namespace circumplex::app
