// SPDX-License-Identifier: Apache-2.0
#include "run/run_contents.h"

#include "circumplex/error.h"

#include "config/toml.h"
#include "core/files.h"
#include "core/json.h"
#include "datasets/folds_file.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

void Flatten(const Json& value,
             const std::string& key,
             std::vector<std::pair<std::string, std::string>>* pairs) {
  if (value.is_object()) {
    for (const auto& member : value.items()) {
      Flatten(member.value(), key.empty() ? member.key() : key + "." + member.key(), pairs);
    }
  } else {
    pairs->emplace_back(key, value.is_string() ? value.get<std::string>() : FormatJson(value, -1));
  }
}

std::vector<std::pair<std::string, std::string>> ReadEnvironment(const fs::path& path) {
  const Json document = ParseJson(ReadFile(path), path.string());
  if (!document.is_object()) RefuseDocument(document, path.string(), "an object");
  std::vector<std::pair<std::string, std::string>> pairs;
  Flatten(document, "", &pairs);
  return pairs;
}

std::map<int, int> CountFolds(const fs::path& path) {
  std::map<int, int> trials;
  for (const auto& [trial, fold] : ReadScoredFolds(path)) {
    if (fold >= 0) ++trials[fold];
  }
  return trials;
}

}  // namespace

RunContents ReadRunFolder(const fs::path& folder) {
  if (!IsFolder(folder)) {
    throw Error(
        ErrorCode::kNotFound,
        folder.string() + " is not a folder; give the folder that `circumplex train` wrote");
  }
  RunContents run;
  const fs::path absolute = fs::absolute(folder).lexically_normal();
  run.name = (absolute.has_filename() ? absolute : absolute.parent_path()).filename().string();
  bool found = false;
  const auto present = [&](const fs::path& path) {
    const bool exists = IsFile(path);
    found = found || exists;
    return exists;
  };
  if (const fs::path config = folder / "config.toml"; present(config)) {
    run.config_text = ReadFile(config);
    run.options = ReadRunOptions(config);
  }
  if (const fs::path path = folder / "environment.json"; present(path))
    run.environment = ReadEnvironment(path);
  if (const fs::path path = folder / "folds.csv"; present(path)) run.fold_trials = CountFolds(path);
  if (const fs::path path = folder / "metrics.jsonl"; present(path))
    run.metrics = ReadMetrics(path);
  if (present(folder / "results.json")) run.results = ReadResults(folder);
  if (found) return run;
  throw Error(ErrorCode::kNotFound,
              folder.string() +
                  " holds none of config.toml, environment.json, folds.csv, metrics.jsonl and "
                  "results.json; give the folder that `circumplex train` wrote");
}

}  // namespace circumplex
