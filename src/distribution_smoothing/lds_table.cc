// SPDX-License-Identifier: Apache-2.0
#include "distribution_smoothing/lds_table.h"

#include <string>
#include <utility>

#include "circumplex/lds.h"

#include "labels/bins.h"

namespace circumplex {
namespace {

void AddRow(std::vector<std::string> place,
            const LdsDensity& density,
            std::size_t bin,
            CsvTable* table) {
  place.push_back(FormatFixed(density.counts[bin], 0));
  for (const auto* values : {&density.base, &density.smoothed, &density.weights})
    place.push_back(FormatShortest((*values)[bin]));
  table->rows.push_back(std::move(place));
}

}  // namespace

CsvTable LdsTable(const std::vector<double>& valence,
                  const std::vector<double>& arousal,
                  const LdsOptions& options) {
  CsvTable table;
  if (options.joint) {
    table.header = {"cell", "valence", "arousal", "count", "base", "smoothed", "weight"};
    const LdsDensity density = EstimateJointLdsDensity(valence, arousal, options);
    const int cells = options.joint_bins;
    for (int cell = 0; cell < cells * cells; ++cell) {
      AddRow({std::to_string(cell),
              FormatFixed(CellCentre(cell / cells, cells), 4),
              FormatFixed(CellCentre(cell % cells, cells), 4)},
             density,
             static_cast<std::size_t>(cell),
             &table);
    }
    return table;
  }
  table.header = {"target", "bin", "label", "count", "base", "smoothed", "weight"};
  for (const auto& [target, labels] :
       {std::make_pair("valence", &valence), std::make_pair("arousal", &arousal)}) {
    const LdsDensity density = EstimateLdsDensity(*labels, options);
    for (int bin = 0; bin < options.num_bins; ++bin) {
      AddRow({target, std::to_string(bin), FormatFixed(BinCentre(bin, options.num_bins), 4)},
             density,
             static_cast<std::size_t>(bin),
             &table);
    }
  }
  return table;
}

}  // namespace circumplex
