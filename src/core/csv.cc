// SPDX-License-Identifier: Apache-2.0
#include "core/csv.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "circumplex/error.h"

#include "core/files.h"

namespace circumplex {

std::size_t CsvTable::Column(std::string_view name, const std::string& source) const {
  std::string present;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (header[i] == name) return i;
    present += (i ? ", " : "") + header[i];
  }
  throw Error(ErrorCode::kBadData,
              source + ":1: no column '" + std::string(name) + "'; the columns are: " + present);
}

CsvTable ParseCsv(const std::string& text, const std::string& source) {
  CsvTable table;
  std::vector<std::string> fields;
  std::string field;
  bool quoted = false, row_has_content = false;
  std::size_t quoted_size = 0;  // of `field`: a carriage return in quotes belongs to it
  std::int64_t line = 1, row_line = 1;
  std::size_t i = text.compare(0, 3, "\xEF\xBB\xBF") == 0 ? 3 : 0;
  const auto end_field = [&] {
    fields.push_back(std::move(field));
    field.clear();
    quoted_size = 0;
  };
  const auto drop_carriage_return = [&] {
    if (field.size() > quoted_size && field.back() == '\r') field.pop_back();
  };
  const auto end_row = [&] {
    end_field();
    if (table.header.empty()) {
      table.header = std::move(fields);
    } else {
      if (fields.size() != table.header.size()) {
        throw Error(ErrorCode::kBadData,
                    source + ":" + std::to_string(row_line) + ": " + std::to_string(fields.size()) +
                        " fields where the header has " + std::to_string(table.header.size()));
      }
      table.rows.push_back(std::move(fields));
    }
    fields.clear();
    row_has_content = false;
  };
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += '"';
        ++i;
      } else {
        quoted = false;
        quoted_size = field.size();
      }
    } else if (c == '"' && field.empty()) {
      quoted = row_has_content = true;
    } else if (c == ',') {
      end_field();
      row_has_content = true;
    } else if (c == '\n') {
      drop_carriage_return();
      if (row_has_content || !field.empty()) end_row();
      row_line = line;
    } else {
      field += c;
      if (c != '\r') row_has_content = true;
    }
  }
  if (quoted) {
    throw Error(ErrorCode::kBadData,
                source + ":" + std::to_string(row_line) + ": a quoted field is not closed");
  }
  drop_carriage_return();
  if (row_has_content || !field.empty()) end_row();
  if (table.header.empty()) {
    throw Error(ErrorCode::kBadData, source + ": the file is empty, a header line is needed");
  }
  return table;
}

CsvTable ReadCsv(const std::filesystem::path& path) {
  return ParseCsv(ReadFile(path), path.string());
}

std::string FormatCsv(const CsvTable& table) {
  std::string text;
  const auto append = [&text](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i) text += ',';
      // A row of one empty field would be an empty line, and a byte order mark would be dropped.
      const bool must_quote = row[i].find_first_of(",\"\r\n") != std::string::npos ||
                              (row.size() == 1 && row[i].empty()) ||
                              row[i].compare(0, 3, "\xEF\xBB\xBF") == 0;
      if (!must_quote) {
        text += row[i];
        continue;
      }
      text += '"';
      for (const char c : row[i]) {
        if (c == '"') text += '"';
        text += c;
      }
      text += '"';
    }
    text += '\n';
  };
  append(table.header);
  for (const auto& row : table.rows) append(row);
  return text;
}

std::vector<std::string_view> SplitLines(std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string_view Trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<double> ParseDouble(std::string_view text) {
  text = Trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> ParseInt(std::string_view text) {
  text = Trim(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::string FormatFixed(double value, int decimals) {
  if (std::isnan(value)) return "";
  char buffer[400];
  const auto [end, error] =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::fixed, decimals);
  std::string text(buffer, error == std::errc() ? end : buffer);
  // "-0.000" would differ from "0.000" in a byte comparison and says nothing more.
  if (text.find_first_not_of("-0.") == std::string::npos && !text.empty() && text[0] == '-')
    text.erase(0, 1);
  return text;
}

std::string FormatOrUndefined(const std::optional<double>& value, int decimals) {
  return value && std::isfinite(*value) ? FormatFixed(*value, decimals) : "undefined";
}

std::string FormatShortest(double value) {
  char buffer[64];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return error == std::errc() ? std::string(buffer, end) : std::string();
}

}  // namespace circumplex
