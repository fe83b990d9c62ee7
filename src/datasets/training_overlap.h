// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "datasets/manifest.h"

namespace circumplex {

/// Names of the ten trials that are training trials in the lists of ABAW1 and ABAW2 and test trials
/// from ABAW3 on: 171, 212, 234, 239, 266, 270, 286, 303, 313 and 40-30-1280x720 (comparison of the
/// public ABAW2 lists with the later folders).
const std::vector<std::string>& TrialsMovedToTest();

/// "ABAW1/ABAW2", "ABAW3 or later", or empty if the manifest is not of Aff-Wild2 or holds
/// none of TrialsMovedToTest().
/// @throws Error kBadData if some of them are annotated and others are test trials:
///         two editions are mixed.
std::string EditionOf(const Manifest& manifest);

/// What of a set of scored trials a model has seen in training. All in natural order.
struct TrainingOverlap {
  std::vector<std::string> trials;       ///< Scored and trained on.
  std::vector<std::string> same_videos;  ///< Scored; another trial of their video was trained on.
  std::vector<std::string> moved;        ///< Of `trials`: in TrialsMovedToTest().
  std::size_t scored = 0;
};

/// A trial is the same if its name is, also under the name that MergeManifests gives a duplicate
/// (`aff-wild_171` is 171). Cost O(n log n). Thread-safe.
TrainingOverlap FindTrainingOverlap(const std::vector<std::string>& trained_on,
                                    const std::vector<std::string>& scored);

/// Sentences about an overlap for a person who is about to trust a score, empty if there is none.
std::string DescribeOverlap(const TrainingOverlap& overlap);

}  // namespace circumplex
