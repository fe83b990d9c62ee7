// SPDX-License-Identifier: Apache-2.0
#include "datasets/training_overlap.h"

#include <algorithm>
#include <set>

#include "circumplex/error.h"

#include "core/files.h"
#include "datasets/aff_wild2.h"
#include "datasets/layout.h"

namespace circumplex {
namespace {

// More would hide the sentence.
constexpr std::size_t kMaxNamed = 10;

std::string Named(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMaxNamed; ++i)
    text += (i ? ", " : "") + names[i];
  if (names.size() > kMaxNamed)
    text += " and " + std::to_string(names.size() - kMaxNamed) + " more";
  return text;
}

/// The name without the prefix of a kept duplicate.
std::string OriginalName(const std::string& trial) {
  for (const Layout layout : AllLayouts()) {
    const std::string prefix = std::string(LayoutName(layout)) + "_";
    if (trial.rfind(prefix, 0) == 0 && trial.size() > prefix.size())
      return trial.substr(prefix.size());
  }
  return trial;
}

bool IsMoved(const std::string& trial) {
  const std::vector<std::string>& moved = TrialsMovedToTest();
  return std::find(moved.begin(), moved.end(), trial) != moved.end();
}

}  // namespace

const std::vector<std::string>& TrialsMovedToTest() {
  static const std::vector<std::string> names = {
      "171", "212", "234", "239", "266", "270", "286", "303", "313", "40-30-1280x720"};
  return names;
}

std::string EditionOf(const Manifest& manifest) {
  // Other data sets have clips of these names, which are other videos.
  if (manifest.layout.rfind(LayoutName(Layout::kAffWild2), 0) != 0) return "";
  std::vector<std::string> train, test;
  for (const Trial& trial : manifest.trials) {
    if (IsMoved(trial.name)) (trial.annotation.empty() ? test : train).push_back(trial.name);
  }
  if (!train.empty() && !test.empty()) {
    throw Error(ErrorCode::kBadData,
                "two editions of Aff-Wild2 are mixed in '" + manifest.root.string() +
                    "': " + Named(train) + " are annotated as before ABAW3, " + Named(test) +
                    " are test trials as from ABAW3 on; use the lists and annotations of one "
                    "edition");
  }
  return !train.empty() ? "ABAW1/ABAW2" : !test.empty() ? "ABAW3 or later" : "";
}

TrainingOverlap FindTrainingOverlap(const std::vector<std::string>& trained_on,
                                    const std::vector<std::string>& scored) {
  std::set<std::string> trials, videos;
  for (const std::string& trial : trained_on) {
    trials.insert(OriginalName(trial));
    videos.insert(ParseTrialName(OriginalName(trial)).video);
  }
  TrainingOverlap overlap;
  overlap.scored = scored.size();
  for (const std::string& trial : scored) {
    const std::string name = OriginalName(trial);
    if (trials.count(name) != 0) {
      overlap.trials.push_back(trial);
      if (IsMoved(name)) overlap.moved.push_back(trial);
    } else if (videos.count(ParseTrialName(name).video) != 0) {
      overlap.same_videos.push_back(trial);
    }
  }
  for (auto* names : {&overlap.trials, &overlap.same_videos, &overlap.moved})
    std::sort(names->begin(), names->end(), NaturalLess);
  return overlap;
}

std::string DescribeOverlap(const TrainingOverlap& overlap) {
  const auto share = [&](const std::vector<std::string>& names) {
    return std::to_string(names.size()) + " of " + std::to_string(overlap.scored) + " trials";
  };
  std::string text;
  if (!overlap.trials.empty()) {
    text += "the model was trained on " + share(overlap.trials) + " (" + Named(overlap.trials) +
            "): their scores say nothing about unseen videos";
  }
  if (!overlap.same_videos.empty()) {
    text += (text.empty() ? "" : "; ") +
            std::string("the model was trained on another person in ") + "the video of " +
            share(overlap.same_videos) + " (" + Named(overlap.same_videos) + ")";
  }
  if (!overlap.moved.empty()) {
    text += "; of these " + Named(overlap.moved) +
            " moved from the training to the test set after ABAW2: a model of the ABAW2 lists "
            "cannot be scored on a later test set";
  }
  return text;
}

}  // namespace circumplex
