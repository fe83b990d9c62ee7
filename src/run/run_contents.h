// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "circumplex/options.h"

#include "run/metrics_file.h"
#include "run/results_file.h"

namespace circumplex {

/// What a run folder holds. A part whose file is not there is empty.
struct RunContents {
  std::string name;                   ///< Of the folder.
  std::optional<RunOptions> options;  ///< config.toml
  std::string config_text;            ///< config.toml, verbatim.
  /// environment.json: keys of nested objects joined with dots.
  std::vector<std::pair<std::string, std::string>> environment;
  std::map<int, int> fold_trials;    ///< folds.csv: trials that a fold validates on.
  std::vector<MetricsLine> metrics;  ///< metrics.jsonl
  RunResults results;                ///< results.json
};

/// Reads config.toml, environment.json, folds.csv, metrics.jsonl and results.json.
/// @throws Error kNotFound if `folder` does not exist or holds none of them; kBadData,
///   kInvalidOptions with file:line (or file and key) and what should be there.
RunContents ReadRunFolder(const std::filesystem::path& folder);

}  // namespace circumplex
