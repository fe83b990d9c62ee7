// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "circumplex/evaluation.h"

#include "core/json.h"
#include "evaluation/evaluator.h"

namespace circumplex {

// Scores inside a larger document: what ToJson(EvaluationResult) writes.

CIRCUMPLEX_JSON_OBJECT(Score, value, low, high);
CIRCUMPLEX_JSON_OBJECT(VaScores, valence, arousal, mean);

void to_json(Json& json, const SquareHistogram& histogram);
void from_json(const Json& json, SquareHistogram& histogram);

void to_json(Json& json, const EvaluationResult& result);
void from_json(const Json& json, EvaluationResult& result);

}  // namespace circumplex
