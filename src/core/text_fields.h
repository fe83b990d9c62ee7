// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace circumplex {

/// "source:line: ", the start of every message about a text file; `line` counts from 1.
std::string At(const std::string& source, std::size_t line);

/// `text` in single quotes for a message: cut after 40 characters, control characters as '?'.
std::string Quoted(std::string_view text);

/// The one of `words` with the smallest Levenshtein distance to `word`, for a message about a
/// typing error; empty where more than half of the letters would have to change. Thread safe.
std::string NearestWord(const std::string& word, const std::vector<std::string>& words);

/// Splits at commas and trims blanks; no quoting, because label and prediction files have none.
std::vector<std::string_view> SplitFields(std::string_view line);

/// Lines of a text file (see SplitLines) without blank lines at its end.
std::vector<std::string_view> TextRows(std::string_view text);

/// Header line as comparable text: blanks around the names removed.
std::string NormalHeader(std::string_view line);

}  // namespace circumplex
