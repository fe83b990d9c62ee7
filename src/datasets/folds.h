// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "datasets/manifest.h"

namespace circumplex {

/// One train / validation division: names of trials, in natural order.
struct Fold {
  std::vector<std::string> train, validation;
};

/// Divides the annotated trials of a manifest into folds.
///
///   kVideo     groups = trials of one video; each group is validation in exactly one fold
///   kSubject   groups = trials joined by a shared person, a shared video or a shared recording,
///              transitively (docs/decisions/0027)
///   kOfficial  one fold: the splits of the data set; `folds`, `merge_splits` and `seed` are unused
///   kReleased  contiguous slices of the manifest's order, floor(n / folds) trials each, the last
///              takes the rest; persons, second trials of a video and copies of a video in another
///              data set may cross, as in the released code of the paper. If any does, a warning is
///              logged that the protocol is contaminated and names them.
///
/// kVideo and kSubject: groups are taken largest first (annotated rows, each multiplied by a seeded
/// factor in [0.75, 1.25) so that seeds differ) and put into the fold with the fewest rows so far.
/// Two folds then differ by no more rows than the largest group has. Equal manifests and seeds give
/// equal folds on every machine.
///
/// Trials without an annotated row and test trials take no part. `merge_splits` divides train and
/// validation together (paper IV-C); without it validation trials take no part either.
///
/// @param folds  >= 2 unless kOfficial.
/// @throws Error kInvalidOptions: folds < 2, more folds than groups (says both numbers), kOfficial
///   where a split is empty. Cost O(trials log trials). Thread-safe.
std::vector<Fold> MakeFolds(
    const Manifest& manifest, FoldRule rule, int folds, bool merge_splits, std::uint64_t seed);

/// What is on both sides of a fold, over all folds; natural order, each name once.
struct FoldLeaks {
  std::vector<std::string> videos, persons;
  bool empty() const { return videos.empty() && persons.empty(); }
};
/// @throws Error kInvalidArgument for an unknown trial. Cost O(folds x trials log trials).
FoldLeaks FindLeaks(const Manifest& manifest, const std::vector<Fold>& folds);

/// "no video and no person is on both sides of a fold", or by what the protocol is contaminated.
std::string DescribeLeaks(const FoldLeaks& leaks);

/// Annotated rows of `trials`. @throws Error kInvalidArgument for an unknown trial.
std::int64_t AnnotatedRows(const Manifest& manifest, const std::vector<std::string>& trials);

}  // namespace circumplex
