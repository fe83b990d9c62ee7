// SPDX-License-Identifier: Apache-2.0
#include "core/text_fields.h"

#include <algorithm>

#include "core/csv.h"

namespace circumplex {
namespace {

std::size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row[b.size()];
}

}  // namespace

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

std::string NearestWord(const std::string& word, const std::vector<std::string>& words) {
  std::string nearest;
  std::size_t nearest_distance = (word.size() + 1) / 2 + 1;
  for (const std::string& candidate : words) {
    const std::size_t distance = EditDistance(word, candidate);
    if (distance < nearest_distance) {
      nearest = candidate;
      nearest_distance = distance;
    }
  }
  return nearest;
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
