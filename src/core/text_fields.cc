// SPDX-License-Identifier: Apache-2.0
#include "core/text_fields.h"

#include "core/csv.h"

namespace circumplex {

std::string At(const std::string& source, std::size_t line) {
  return source + ":" + std::to_string(line) + ": ";
}

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text.substr(0, 40)) {
    quoted += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
  }
  return quoted + (text.size() > 40 ? "...'" : "'");
}

std::vector<std::string_view> SplitFields(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t comma = line.find(',');
    fields.push_back(Trim(line.substr(0, comma)));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

std::vector<std::string_view> TextRows(std::string_view text) {
  std::vector<std::string_view> lines = SplitLines(text);
  while (!lines.empty() && Trim(lines.back()).empty()) lines.pop_back();
  return lines;
}

std::string NormalHeader(std::string_view line) {
  const std::vector<std::string_view> fields = SplitFields(line);
  std::string header(fields[0]);
  for (std::size_t i = 1; i < fields.size(); ++i) header.append(",").append(fields[i]);
  return header;
}

}  // namespace circumplex
