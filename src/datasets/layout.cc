// SPDX-License-Identifier: Apache-2.0
#include "datasets/layout.h"

#include <algorithm>
#include <string>
#include <vector>

#include "circumplex/error.h"

#include "core/files.h"
#include "core/media_names.h"
#include "datasets/afew_va.h"
#include "datasets/aff_wild.h"
#include "datasets/aff_wild2.h"
#include "datasets/affect_net.h"
#include "datasets/media_search.h"
#include "datasets/omg.h"
#include "datasets/plain_folder.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

bool LooksPlain(const fs::path& root) {
  for (const fs::path& entry : ListFolder(root)) {
    if (IsVideoName(entry)) return true;
    if (!IsFolder(entry)) continue;
    const std::vector<fs::path> inner = FolderEntries(entry);
    if (std::any_of(inner.begin(), inner.end(), IsPictureName)) return true;
  }
  return false;
}

}  // namespace

const char* LayoutName(Layout layout) {
  switch (layout) {
    case Layout::kAffWild2:
      return "aff-wild2";
    case Layout::kPlainFolder:
      return "plain";
    case Layout::kAffWild:
      return "aff-wild";
    case Layout::kAffectNet:
      return "affectnet";
    case Layout::kAfewVa:
      return "afew-va";
    case Layout::kOmg:
      return "omg";
  }
  return "plain";
}

std::vector<Layout> AllLayouts() {
  return {Layout::kAffWild2,
          Layout::kAffWild,
          Layout::kAffectNet,
          Layout::kAfewVa,
          Layout::kOmg,
          Layout::kPlainFolder};
}

Layout ParseLayout(const std::string& name) {
  std::string known;
  for (const Layout layout : AllLayouts()) {
    if (name == LayoutName(layout)) return layout;
    known += (known.empty() ? "" : ", ") + std::string(LayoutName(layout));
  }
  throw Error(ErrorCode::kInvalidArgument, "unknown layout '" + name + "'; use " + known);
}

Layout DetectLayout(const fs::path& root) {
  RequireFolder(root, "a data set");
  // A flat folder of annotations beside its media is a plain folder: split folders or
  // VA_Set decide first.
  const bool plain = LooksPlain(root);
  std::vector<Layout> found;
  if (HasAffWild2Annotations(root, !plain)) found.push_back(Layout::kAffWild2);
  if (!AffWildAnnotations(root).empty()) found.push_back(Layout::kAffWild);
  if (HasAffectNet(root)) found.push_back(Layout::kAffectNet);
  if (HasAfewVa(root)) found.push_back(Layout::kAfewVa);
  if (!OmgLists(root).empty()) found.push_back(Layout::kOmg);
  if (found.size() == 1) return found[0];
  if (found.size() > 1) {
    std::string names;
    for (const Layout layout : found)
      names += (names.empty() ? "" : " and ") + std::string(LayoutName(layout));
    throw Error(ErrorCode::kBadData,
                "'" + root.string() + "' holds " + names + "; put each data set in its own folder");
  }
  if (plain) return Layout::kPlainFolder;
  throw Error(
      ErrorCode::kBadData,
      "no known data set in '" + root.string() +
          "':\n  aff-wild2: no Train_Set, Training_Set, Validation_Set or annotation text files "
          "that start with 'valence,arousal' in the root, VA_Set, VA_Estimation_Challenge or an "
          "*annotations* folder"
          "\n  aff-wild: no annotations/<split>/valence with an arousal folder beside it, split "
          "being train, val, validation or test"
          "\n  affectnet: no training.csv or validation.csv of 9 columns that start with a "
          "picture's "
          "file, and no {train_set,val_set}/{images,annotations}"
          "\n  afew-va: no <NN>/<clip>/<clip>.json with a number <NN>"
          "\n  omg: no omg_*.csv whose header has video,utterance"
          "\n  plain: no folder with images and no video file\n"
          "Check the path, or name the annotations' folder");
}

Manifest ReadDataset(const fs::path& root) { return ReadDataset(root, DetectLayout(root), {}); }

bool DatasetPlaces::AnyGiven() const {
  return !annotations.empty() || !splits.empty() || !persons.empty() || !test_list.empty() ||
         !crops.empty() || !videos.empty();
}

Manifest ReadDataset(const fs::path& root, Layout layout, const DatasetPlaces& places) {
  const auto refuse = [&](bool given, const char* what) {
    if (!given) return;
    throw Error(ErrorCode::kInvalidArgument,
                std::string("layout ") + LayoutName(layout) + " takes no " + what +
                    "; lay the folder out as the data set is, or name another layout");
  };
  if (layout == Layout::kAffWild2) {
    return ReadAffWild2(root,
                        {places.annotations,
                         places.crops,
                         places.videos,
                         places.splits,
                         places.persons,
                         places.test_list});
  }
  refuse(!places.test_list.empty(), "test list");
  refuse(!places.splits.empty(), "split list elsewhere than splits.csv");
  if (layout == Layout::kAffWild)
    return ReadAffWild(root, {places.annotations, places.crops, places.videos, places.persons});
  refuse(!places.annotations.empty(), "annotations elsewhere");
  refuse(!places.crops.empty(), "crops elsewhere");
  refuse(!places.videos.empty(), "videos elsewhere");
  refuse(!places.persons.empty(), "persons elsewhere than persons.csv");
  switch (layout) {
    case Layout::kAffWild2:
    case Layout::kAffWild:
    case Layout::kAffectNet:
      break;
    case Layout::kPlainFolder:
      return ReadPlainFolder(root);
    case Layout::kAfewVa:
      return ReadAfewVa(root);
    case Layout::kOmg:
      return ReadOmg(root);
  }
  throw Error(
      ErrorCode::kBadData,
      "'" + root.string() +
          "' is affectnet: single photographs, no trials with frames in order; it trains the "
          "appearance network (circumplex train --stills) and cannot be read as a set of videos");
}

}  // namespace circumplex
