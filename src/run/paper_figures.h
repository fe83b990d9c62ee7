// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace circumplex {

/// A row of the paper's tables: figures that others have measured.
struct PaperRow {
  std::string table, method;
  std::optional<double> valence, arousal, mean;  ///< CCC.
  std::string protocol;                          ///< What they were measured on.
  std::string footnote;                          ///< What a reader must know of the figures.
};

/// The rows of the paper's Tables I and II and of its section IV-D (Xie et al., arXiv:2107.03891).
/// The protocols are the ones the paper names or its released code implies; only the row of IV-D is
/// a two-stream model.
const std::vector<PaperRow>& PaperTables();

}  // namespace circumplex
