// SPDX-License-Identifier: Apache-2.0
#include "datasets/merge.h"

#include <map>
#include <set>

#include "circumplex/error.h"

#include "datasets/trial_sources.h"

namespace circumplex {

Manifest MergeManifests(const Manifest& main, const Manifest& other, DuplicateRule rule) {
  Manifest merged = main;
  merged.layout = main.layout + "+" + other.layout;
  merged.defects.insert(merged.defects.end(), other.defects.begin(), other.defects.end());
  merged.crops_left_out += other.crops_left_out;
  std::map<std::string, const Trial*> by_video;
  std::set<std::string> names;
  for (const Trial& trial : main.trials) {
    by_video.emplace(trial.video, &trial);
    names.insert(trial.name);
  }
  for (Trial trial : other.trials) {
    if (const auto it = by_video.find(trial.video); it != by_video.end()) {
      const Trial& same = *it->second;
      const std::string old_name = trial.name;
      trial.name = other.layout + "_" + trial.name;
      trial.person = same.person;
      trial.recording = same.recording;
      trial.split = same.split;
      merged.defects.push_back(
          {old_name,
           "duplicate_video",
           "video '" + trial.video + "' of " + other.layout + " is in " + main.layout + " too",
           rule == DuplicateRule::kDrop ? "left out" : "kept as '" + trial.name + "'"});
      if (rule == DuplicateRule::kDrop) {
        merged.crops_left_out += trial.crop_count;
        continue;
      }
    }
    if (!names.insert(trial.name).second) {
      throw Error(ErrorCode::kBadData,
                  "trial '" + trial.name + "' is in '" + main.root.string() + "' and in '" +
                      other.root.string() + "' with different videos; rename one");
    }
    merged.trials.push_back(std::move(trial));
  }
  SortTrials(&merged.trials);
  return merged;
}

}  // namespace circumplex
