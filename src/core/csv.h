// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace circumplex {

/// One comma-separated table with a header line. Fields with a comma, quote or line break
/// are quoted (RFC 4180); a UTF-8 byte order mark, CRLF and a missing last newline are
/// accepted on reading.
struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< Each as long as the header.

  /// Column index. @throws Error kBadData naming `source` and the columns present.
  std::size_t Column(std::string_view name, const std::string& source) const;
};

/// @throws Error kBadData with file and line if a row has another number of fields than the header.
CsvTable ReadCsv(const std::filesystem::path& path);
CsvTable ParseCsv(const std::string& text, const std::string& source);
std::string FormatCsv(const CsvTable& table);

/// Splits text into lines; accepts LF and CRLF, drops a byte order mark and a final empty line.
std::vector<std::string_view> SplitLines(std::string_view text);
std::string_view Trim(std::string_view text);

/// Whole field as a number, independent of the locale; empty if it is anything else.
std::optional<double> ParseDouble(std::string_view text);
std::optional<std::int64_t> ParseInt(std::string_view text);

/// Fixed decimals, '.' in every locale; "nan" becomes an empty field.
std::string FormatFixed(double value, int decimals);
/// FormatFixed, or "undefined" for an empty or non-finite value.
std::string FormatOrUndefined(const std::optional<double>& value, int decimals);
/// Shortest text that parses back to the same double.
std::string FormatShortest(double value);

}  // namespace circumplex
