// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace circumplex {

/// Rows of cells as aligned text for a terminal: the first `left_columns` columns are left aligned,
/// the others right, two blanks stand between columns and none at a line's end. Rows may differ in
/// length; every row ends with a line break. Columns are counted in characters of UTF-8 text.
std::string FormatTextTable(const std::vector<std::vector<std::string>>& rows,
                            std::size_t left_columns = 1);

}  // namespace circumplex
