// SPDX-License-Identifier: Apache-2.0
#include "datasets/folds_file.h"

#include <algorithm>
#include <set>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"

namespace circumplex {
namespace {

constexpr char kFold[] = "fold", kTrial[] = "trial", kRole[] = "role";
constexpr char kTrain[] = "train", kValidation[] = "validation";
constexpr std::int64_t kMostFolds = 1000000;

struct FoldRow {
  std::string where;  ///< file:line.
  std::string fold;   ///< As written.
  int number = -1;
  std::string trial;
  std::string role;  ///< Empty if the file has no such column.
};

std::vector<FoldRow> ReadRows(const std::filesystem::path& path) {
  const CsvTable table = ReadCsv(path);
  const std::string source = path.string();
  const std::size_t fold = table.Column(kFold, source), trial = table.Column(kTrial, source);
  const auto role = static_cast<std::size_t>(
      std::find(table.header.begin(), table.header.end(), kRole) - table.header.begin());
  std::vector<FoldRow> rows;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    FoldRow row;
    row.where = source + ":" + std::to_string(i + 2) + ": ";
    row.fold = Trim(table.rows[i][fold]);
    row.trial = table.rows[i][trial];
    if (role < table.header.size()) {
      row.role = Trim(table.rows[i][role]);
      if (row.role != kTrain && row.role != kValidation) {
        throw Error(ErrorCode::kBadData,
                    row.where + "role '" + row.role + "', must be train or validation");
      }
    }
    const auto number = ParseInt(row.fold);
    if (!number || *number < -1 || *number > kMostFolds) {
      throw Error(
          ErrorCode::kBadData,
          row.where + "fold '" + row.fold + "' is not a fold number from 0 (or -1 for none)");
    }
    row.number = static_cast<int>(*number);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

void WriteFolds(const std::filesystem::path& path,
                const std::vector<Fold>& folds,
                const Manifest& manifest) {
  std::map<std::string, std::string> person;
  for (const Trial& trial : manifest.trials) person[trial.name] = trial.person;
  CsvTable table;
  table.header = {kFold, kTrial, "person", kRole};
  for (std::size_t i = 0; i < folds.size(); ++i) {
    const auto append = [&](const std::vector<std::string>& names, const char* role) {
      for (const std::string& name : names)
        table.rows.push_back({std::to_string(i), name, person[name], role});
    };
    append(folds[i].train, kTrain);
    append(folds[i].validation, kValidation);
  }
  WriteFileAtomically(path, FormatCsv(table));
}

std::vector<Fold> ReadFolds(const std::filesystem::path& path) {
  std::vector<Fold> folds;
  std::vector<std::set<std::string>> seen;
  for (const FoldRow& row : ReadRows(path)) {
    const auto count = static_cast<int>(folds.size());
    if (row.number < 0 || row.number > count) {
      throw Error(ErrorCode::kBadData,
                  row.where + "fold '" + row.fold +
                      "', must be a number from 0 without a gap (next: " + std::to_string(count) +
                      ")");
    }
    if (row.role.empty()) {
      throw Error(ErrorCode::kBadData,
                  row.where + "no column 'role'; a run's folds.csv says train or validation");
    }
    if (row.number == count) {
      folds.emplace_back();
      seen.emplace_back();
    }
    const auto index = static_cast<std::size_t>(row.number);
    if (row.trial.empty() || !seen[index].insert(row.trial).second) {
      throw Error(ErrorCode::kBadData,
                  row.where + "trial '" + row.trial + "' is empty or twice in fold " + row.fold +
                      "; a trial has one role per fold");
    }
    (row.role == kTrain ? folds[index].train : folds[index].validation).push_back(row.trial);
  }
  for (std::size_t i = 0; i < folds.size(); ++i) {
    if (folds[i].train.empty() || folds[i].validation.empty()) {
      throw Error(ErrorCode::kBadData,
                  path.string() + ": fold " + std::to_string(i) + " has " +
                      std::to_string(folds[i].train.size()) + " training and " +
                      std::to_string(folds[i].validation.size()) +
                      " validation trials; both must exist");
    }
  }
  if (folds.empty())
    throw Error(ErrorCode::kBadData, path.string() + ": no fold; the file has only a header");
  return folds;
}

std::map<std::string, int> ReadScoredFolds(const std::filesystem::path& path) {
  std::map<std::string, int> folds;
  for (const FoldRow& row : ReadRows(path)) {
    const int scored = row.role == kTrain ? -1 : row.number;
    const auto [entry, inserted] = folds.emplace(row.trial, scored);
    if (inserted || row.role == kTrain) continue;
    if (entry->second == -1 && !row.role.empty()) {
      entry->second = scored;
    } else if (entry->second != scored) {
      throw Error(ErrorCode::kBadData,
                  row.where + "trial '" + row.trial + "' is in fold " +
                      std::to_string(entry->second) + " already; name each trial once");
    }
  }
  return folds;
}

}  // namespace circumplex
