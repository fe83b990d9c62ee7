// SPDX-License-Identifier: Apache-2.0
#include "datasets/folds.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core/check.h"
#include "core/csv.h"
#include "core/files.h"
#include "core/progress.h"
#include "core/rng.h"

namespace circumplex {
namespace {

/// Disjoint sets with path halving.
class UnionFind {
 public:
  explicit UnionFind(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), 0u);
  }
  std::size_t Find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void Join(std::size_t a, std::size_t b) {
    a = Find(a);
    b = Find(b);
    // The smaller index stays the root, which makes groups independent of the order of joins.
    if (a != b) parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

struct Group {
  std::vector<const Trial*> trials;
  std::int64_t rows = 0;
};

std::vector<Group> MakeGroups(const std::vector<const Trial*>& trials, bool by_person) {
  UnionFind sets(trials.size());
  std::map<std::string, std::size_t> first_of_video, first_of_person, first_of_recording;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    sets.Join(i, first_of_video.emplace(trials[i]->video, i).first->second);
    if (!by_person) continue;
    sets.Join(i, first_of_person.emplace(trials[i]->person, i).first->second);
    // `video10_1_left` and `video10_2_right` share neither video nor person,
    // but their surroundings.
    if (!trials[i]->recording.empty())
      sets.Join(i, first_of_recording.emplace(trials[i]->recording, i).first->second);
  }
  std::map<std::size_t, Group> groups;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    Group& group = groups[sets.Find(i)];
    group.trials.push_back(trials[i]);
    group.rows += trials[i]->annotated;
  }
  std::vector<Group> result;
  for (auto& [root, group] : groups) result.push_back(std::move(group));
  return result;
}

void SortNames(std::vector<std::string>* names) {
  std::sort(names->begin(), names->end(), NaturalLess);
}

/// Fold i validates on the trials whose part is i and trains on all others.
std::vector<Fold> FoldsOfParts(const std::vector<const Trial*>& trials,
                               const std::vector<int>& part,
                               int folds) {
  std::vector<Fold> result(static_cast<std::size_t>(folds));
  for (std::size_t i = 0; i < trials.size(); ++i) {
    for (int f = 0; f < folds; ++f) {
      Fold& fold = result[static_cast<std::size_t>(f)];
      (part[i] == f ? fold.validation : fold.train).push_back(trials[i]->name);
    }
  }
  for (Fold& fold : result) {
    SortNames(&fold.train);
    SortNames(&fold.validation);
  }
  return result;
}

Fold OfficialFold(const Manifest& manifest) {
  Fold fold;
  for (const Trial& trial : manifest.trials) {
    if (trial.annotated == 0) continue;
    if (trial.split == Split::kTrain) fold.train.push_back(trial.name);
    if (trial.split == Split::kValidation) fold.validation.push_back(trial.name);
  }
  if (fold.train.empty() || fold.validation.empty()) {
    throw Error(
        ErrorCode::kInvalidOptions,
        "training.fold_rule = official needs train and validation trials, the data set has " +
            std::to_string(fold.train.size()) + " and " + std::to_string(fold.validation.size()) +
            "; give a split list or use video or subject");
  }
  SortNames(&fold.train);
  SortNames(&fold.validation);
  return fold;
}

[[noreturn]] void ThrowTooFew(int folds, std::size_t count, const char* unit) {
  throw Error(ErrorCode::kInvalidOptions,
              "training.folds = " + std::to_string(folds) + " but there are only " +
                  std::to_string(count) + " " + unit + " with annotated rows; ask for fewer folds");
}

}  // namespace

std::vector<Fold> MakeFolds(
    const Manifest& manifest, FoldRule rule, int folds, bool merge_splits, std::uint64_t seed) {
  if (rule == FoldRule::kOfficial) return {OfficialFold(manifest)};
  if (folds < 2) {
    throw Error(ErrorCode::kInvalidOptions,
                "training.folds = " + std::to_string(folds) +
                    ", must be >= 2 unless fold_rule is official");
  }
  std::vector<const Trial*> trials;
  for (const Trial& trial : manifest.trials) {
    const bool wanted = trial.split == Split::kTrain || trial.split == Split::kNone ||
                        (merge_splits && trial.split == Split::kValidation);
    if (wanted && trial.annotated > 0) trials.push_back(&trial);
  }

  if (rule == FoldRule::kReleased) {
    const int slice = static_cast<int>(trials.size()) / folds;
    if (slice == 0) ThrowTooFew(folds, trials.size(), "trials");
    std::vector<int> part(trials.size());
    for (std::size_t i = 0; i < part.size(); ++i) {
      part[i] = std::min(static_cast<int>(i) / slice, folds - 1);
    }
    std::vector<Fold> slices = FoldsOfParts(trials, part, folds);
    const FoldLeaks leaks = FindLeaks(manifest, slices);
    if (!leaks.empty())
      Log(LogLevel::kWarning, "folds", "fold rule released: " + DescribeLeaks(leaks));
    return slices;
  }

  std::sort(trials.begin(), trials.end(), [](const Trial* a, const Trial* b) {
    return NaturalLess(a->name, b->name);
  });
  const bool by_person = rule == FoldRule::kSubject;
  const std::vector<Group> groups = MakeGroups(trials, by_person);
  if (groups.size() < static_cast<std::size_t>(folds)) {
    ThrowTooFew(folds, groups.size(), by_person ? "groups of persons" : "videos");
  }

  Rng rng(seed, "folds");
  std::vector<double> key;
  for (const Group& group : groups)
    key.push_back(static_cast<double>(group.rows) * rng.Uniform(0.75, 1.25));
  std::vector<std::size_t> order(groups.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(
      order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key[a] > key[b]; });

  std::vector<std::int64_t> rows(static_cast<std::size_t>(folds), 0);
  std::map<const Trial*, int> part_of;
  for (const std::size_t index : order) {
    const auto lightest = std::min_element(rows.begin(), rows.end());
    for (const Trial* trial : groups[index].trials)
      part_of[trial] = static_cast<int>(lightest - rows.begin());
    *lightest += groups[index].rows;
  }
  std::vector<int> part;
  for (const Trial* trial : trials) part.push_back(part_of.at(trial));
  return FoldsOfParts(trials, part, folds);
}

FoldLeaks FindLeaks(const Manifest& manifest, const std::vector<Fold>& folds) {
  std::map<std::string, const Trial*> by_name;
  for (const Trial& trial : manifest.trials) by_name[trial.name] = &trial;
  std::set<std::string> videos, persons;
  for (const Fold& fold : folds) {
    std::set<std::string> train_videos, train_persons;
    const auto trial_of = [&](const std::string& name) -> const Trial& {
      const auto it = by_name.find(name);
      if (it == by_name.end()) {
        throw Error(ErrorCode::kInvalidArgument,
                    "no trial '" + name + "' in the manifest; check the name");
      }
      return *it->second;
    };
    for (const std::string& name : fold.train) {
      train_videos.insert(trial_of(name).video);
      train_persons.insert(trial_of(name).person);
    }
    for (const std::string& name : fold.validation) {
      const Trial& trial = trial_of(name);
      if (train_videos.count(trial.video)) videos.insert(trial.video);
      if (train_persons.count(trial.person)) persons.insert(trial.person);
    }
  }
  FoldLeaks leaks;
  leaks.videos.assign(videos.begin(), videos.end());
  leaks.persons.assign(persons.begin(), persons.end());
  SortNames(&leaks.videos);
  SortNames(&leaks.persons);
  return leaks;
}

std::string DescribeLeaks(const FoldLeaks& leaks) {
  if (leaks.empty()) return "no video and no person is on both sides of a fold";
  const auto list = [](const std::vector<std::string>& names, const char* unit) {
    constexpr std::size_t kMaxNamed = 5;
    std::string text = std::to_string(names.size()) + " " + unit + (names.size() == 1 ? "" : "s");
    for (std::size_t i = 0; i < names.size() && i < kMaxNamed; ++i)
      text += (i ? ", " : " (") + names[i];
    if (names.size() > kMaxNamed) text += ", ...";
    return text + (names.empty() ? "" : ")");
  };
  return "contaminated: " + list(leaks.videos, "video") + " and " + list(leaks.persons, "person") +
         " are on both sides of a fold; scores of this division are optimistic";
}

std::int64_t AnnotatedRows(const Manifest& manifest, const std::vector<std::string>& trials) {
  std::map<std::string, std::int64_t> rows;
  for (const Trial& trial : manifest.trials) rows[trial.name] = trial.annotated;
  std::int64_t sum = 0;
  for (const std::string& name : trials) {
    const auto it = rows.find(name);
    if (it == rows.end()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "no trial '" + name + "' in the manifest; check the name");
    }
    sum += it->second;
  }
  return sum;
}

}  // namespace circumplex
