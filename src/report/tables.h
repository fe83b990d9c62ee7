// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/evaluation.h"

#include "report/svg.h"

namespace circumplex::page {

// Pieces of the page as HTML. Texts are escaped here, `markup` is not.

/// Fixed decimals with a minus sign that is as wide as the digits.
std::string Number(double value, int decimals);
/// "undefined", marked as such, for an empty or non-finite value.
std::string NumberOrUndefined(const std::optional<double>& value, int decimals = 3);
/// " to ": the ends of an interval; empty if it has none.
std::string Range(const Score& score);

std::string ScoreCell(const Score& score);
std::string NumberCell(const std::optional<double>& value, int decimals = 3);
/// A number that a table may lack, such as a loss that was not logged: a dash.
std::string OptionalCell(const std::optional<double>& value, int decimals);
std::string CountCell(std::int64_t count);
std::string TextCell(const std::string& text, bool fits_on_a_line = false);
std::string RowHead(const std::string& text,
                    const std::string& note = "",
                    const std::string& markup = "");

struct Head {
  std::string text;
  bool numeric = false;
};

/// A table in a box that scrolls sideways when it must.
class Table {
 public:
  explicit Table(const std::vector<Head>& heads, const std::string& caption = "");
  Table& Sortable();  ///< By a click on a head.
  Table& Tall();      ///< Scrolls in its own box: for long tables.
  /// @param markup  Its cells. @param chosen  Emphasised.
  void Row(const std::string& markup, bool chosen = false);
  std::string Html() const;

 private:
  std::vector<Head> heads_;
  std::string caption_, rows_, table_class_, box_class_ = "scroll";
};

std::string PairTable(const std::vector<std::pair<std::string, std::string>>& pairs,
                      const std::string& key,
                      const std::string& value);

std::string Figure(const SvgPlot& plot, const std::string& caption);

}  // namespace circumplex::page
