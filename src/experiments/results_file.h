// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "experiments/experiment.h"
#include "report/report.h"

namespace circumplex {

// results.json of a run folder (report.h says what it holds). Experiments that share a run folder
// keep each other's members.

using ResultsJson = nlohmann::ordered_json;

/// The results that `folder` holds, or an empty object. @throws Error kBadData.
ResultsJson ReadResults(const std::filesystem::path& folder);
/// Atomic.
void WriteResults(const std::filesystem::path& folder, const ResultsJson& results);

VaScores ScoresOf(const EvaluationResult& evaluation);
ResultsJson ToJson(const Score& score);
ResultsJson ToJson(const VaScores& scores);

/// Title, data and notes. The title of an earlier experiment in the same folder stays.
void AddHead(const ExperimentRequest& request, const std::string& title, ResultsJson* results);
/// Histogram and LDS curves of the training labels, as the report draws them (paper Fig. 1 and 3).
void AddLabelPlots(const std::vector<const std::vector<VaLabel>*>& training,
                   const LdsOptions& lds,
                   ResultsJson* results);
/// Annotation and prediction of the first trials, frame by frame.
void AddTracks(const UnseenPredictions& unseen, const ExperimentData& data, ResultsJson* results);
/// Copies the files of a variant's run that the report shows for the whole.
void CopyRunFiles(const std::filesystem::path& variant, const std::filesystem::path& out);

}  // namespace circumplex
