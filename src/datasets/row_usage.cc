// SPDX-License-Identifier: Apache-2.0
#include "datasets/row_usage.h"

#include <tuple>

#include "core/check.h"
#include "core/csv.h"
#include "core/files.h"
#include "datasets/crop_scan.h"
#include "datasets/trial_labels.h"

namespace circumplex {
namespace {

auto Counts(const RowUsage& usage) {
  return std::make_tuple(usage.rows,
                         usage.used,
                         usage.unannotated,
                         usage.without_crop,
                         usage.unannotated_without_crop,
                         usage.crops,
                         usage.beyond_rows);
}

std::vector<std::string> CsvRow(const RowUsage& usage) {
  return {usage.trial,
          std::to_string(usage.rows),
          std::to_string(usage.used),
          std::to_string(usage.unannotated),
          std::to_string(usage.without_crop),
          std::to_string(usage.unannotated_without_crop),
          std::to_string(usage.crops),
          std::to_string(usage.beyond_rows)};
}

}  // namespace

bool RowUsage::operator==(const RowUsage& other) const {
  return trial == other.trial && Counts(*this) == Counts(other);
}

std::vector<RowUsage> CountRowUsage(const Manifest& manifest) {
  std::vector<RowUsage> result;
  for (const Trial& trial : manifest.trials) {
    RowUsage usage;
    usage.trial = trial.name;
    const std::vector<VaLabel> labels = ReadTrialLabels(trial);
    std::vector<std::int64_t> frames;
    if (!trial.crops.empty()) frames = ScanCrops(trial.crops).frames;
    usage.rows = static_cast<std::int64_t>(labels.size());
    usage.crops = static_cast<std::int64_t>(frames.size());

    std::size_t next = 0;
    for (std::size_t row = 0; row < labels.size(); ++row) {
      const bool has_crop = next < frames.size() && frames[next] == static_cast<std::int64_t>(row);
      if (has_crop) ++next;
      if (labels[row].annotated) {
        ++(has_crop ? usage.used : usage.without_crop);
      } else {
        ++(has_crop ? usage.unannotated : usage.unannotated_without_crop);
      }
    }
    usage.beyond_rows = static_cast<std::int64_t>(frames.size() - next);
    CIRCUMPLEX_CHECK(usage.rows == usage.used + usage.unannotated + usage.without_crop +
                                       usage.unannotated_without_crop,
                     trial.name);
    CIRCUMPLEX_CHECK(usage.crops == usage.used + usage.unannotated + usage.beyond_rows, trial.name);
    result.push_back(std::move(usage));
  }
  return result;
}

RowUsage TotalUsage(const std::vector<RowUsage>& usage) {
  RowUsage total;
  total.trial = "total";
  for (const RowUsage& one : usage) {
    total.rows += one.rows;
    total.used += one.used;
    total.unannotated += one.unannotated;
    total.without_crop += one.without_crop;
    total.unannotated_without_crop += one.unannotated_without_crop;
    total.crops += one.crops;
    total.beyond_rows += one.beyond_rows;
  }
  return total;
}

void WriteRowUsage(const std::filesystem::path& path, const std::vector<RowUsage>& usage) {
  CsvTable table;
  table.header = {"trial",
                  "rows",
                  "used",
                  "unannotated",
                  "without_crop",
                  "unannotated_without_crop",
                  "crops",
                  "crops_beyond_rows"};
  for (const RowUsage& one : usage) table.rows.push_back(CsvRow(one));
  table.rows.push_back(CsvRow(TotalUsage(usage)));
  WriteFileAtomically(path, FormatCsv(table));
}

}  // namespace circumplex
