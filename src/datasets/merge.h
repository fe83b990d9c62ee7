// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "datasets/manifest.h"

namespace circumplex {

/// What MergeManifests does with a trial of `other` whose video `main` has, too.
enum class DuplicateRule {
  kDrop,  ///< Leaves it out.
  /// Keeps it under the name `<layout>_<name>` with main's video and person, so that folds by
  /// video or subject never separate the two.
  kKeep,
};

/// Joins two data sets. Aff-Wild2 contains the 298 videos of Aff-Wild under the same digits-only
/// names (arXiv 1811.07770), so training on both puts copies of validation videos into training
/// unless folds know; the released code of the paper does not. Videos are the same if their names
/// are; trials of different videos whose names collide are refused.
///
/// Split of a kept duplicate: main's, because a copy of a test or validation trial must not train.
///
/// @return Trials of both in natural order, defects of both and one `duplicate_video` per
/// duplicate; layout `<main>+<other>`, main's root.
/// @throws Error kBadData: a name twice. Cost O(n log n). Thread-safe.
Manifest MergeManifests(const Manifest& main, const Manifest& other, DuplicateRule rule);

}  // namespace circumplex
