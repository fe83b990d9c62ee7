// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "evaluation/evaluator.h"
#include "run/results_file.h"

namespace circumplex {

/// Annotation and prediction of the first predicted trials in natural order, frame by frame, as the
/// report shows them.
/// @param frame_rate  [1/s] By trial; 0 or absent = not known.
std::vector<ClipScores> ShownClips(const std::vector<EvaluationTrial>& trials,
                                   const std::map<std::string, double>& frame_rate);

}  // namespace circumplex
