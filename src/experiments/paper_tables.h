// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "experiments/experiment.h"
#include "run/paper_figures.h"
#include "run/results_file.h"

namespace circumplex {

enum class PaperTable {
  kOne,  ///< The spatial model beside cited ones.
  kTwo,  ///< The spatial model without and with LDS.
};

struct PaperTableResult {
  PaperTable table = PaperTable::kOne;
  std::string data;               ///< As ExperimentRequest::data.
  std::vector<PaperRow> rows;     ///< The table's rows.
  std::vector<OwnRow> ours;       ///< Beside them.
  std::vector<ClaimRow> effects;  ///< Table II: what LDS changes, for each preset.
  bool finished = true;

  /// The table, its footnotes and the protocol of every row of ours, as text.
  std::string Text() const;
};

/// Runs a table of the paper on the data given: the spatial model of the presets paper, released
/// and ours, cross-validated on train and validation together (paper IV-C), every trial scored by
/// the fold that did not train on it. As in the paper, a fold's epoch is chosen on that fold, which
/// makes the figures optimistic. Each variant is scored three times:
///
/// - all trials pooled, every annotated frame: the challenge's measure;
/// - the mean over the folds, frames with a face: how the released code scores; for a preset with
///   matching of standard deviations after StdMatchedOnOwnFold(), as there, while the other two are
///   of raw predictions;
/// - the trials of the official validation split pooled, where the data set tells it apart. The
///   networks trained on other validation trials, so this is not the official protocol either.
///
/// Writes results.json and run files into request.out; Tables I and II share their variants.
/// @throws Error as Train(), EvaluateTrials().
PaperTableResult RunPaperTable(PaperTable table, const ExperimentRequest& request);

}  // namespace circumplex
