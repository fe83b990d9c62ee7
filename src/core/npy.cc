// SPDX-License-Identifier: Apache-2.0
#include "core/npy.h"

#include <cstring>
#include <limits>

#include "circumplex/error.h"

#include "core/check.h"
#include "core/csv.h"
#include "core/files.h"

namespace circumplex {
namespace {

[[noreturn]] void Bad(const std::string& source, const std::string& what) {
  throw Error(ErrorCode::kBadData, source + ": " + what);
}

std::uint32_t LittleEndian(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[at + i])) << (8 * i);
  }
  return value;
}

/// Text after `'key':` in the header's dictionary, blanks removed from its start.
std::string_view ValueOf(std::string_view header,
                         const std::string& key,
                         const std::string& source) {
  const std::size_t at = header.find("'" + key + "'");
  const std::size_t colon = at == std::string_view::npos ? at : header.find(':', at);
  if (colon == std::string_view::npos) Bad(source, "the header has no '" + key + "'");
  std::string_view value = header.substr(colon + 1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  return value;
}

template <typename T>
double Number(const char* data) {
  T value;
  std::memcpy(&value, data, sizeof value);
  return static_cast<double>(value);
}

double Element(const NpyHeader& header, const char* data, const std::string& source) {
  const std::string type = header.kind + std::to_string(header.item_size);
  if (type == "f4") return Number<float>(data);
  if (type == "f8") return Number<double>(data);
  if (type == "i1") return Number<std::int8_t>(data);
  if (type == "i2") return Number<std::int16_t>(data);
  if (type == "i4") return Number<std::int32_t>(data);
  if (type == "i8") return Number<std::int64_t>(data);
  if (type == "u1" || type == "b1") return Number<std::uint8_t>(data);
  if (type == "u2") return Number<std::uint16_t>(data);
  if (type == "u4") return Number<std::uint32_t>(data);
  if (type == "u8") return Number<std::uint64_t>(data);
  if (header.kind != "U") Bad(source, "elements of type " + type + " are not read; save f4 or f8");
  std::string text;
  for (std::size_t i = 0; i < header.item_size; i += 4) {
    std::uint32_t code = 0;
    std::memcpy(&code, data + i, 4);
    if (code == 0) break;
    text += code < 128 ? static_cast<char>(code) : '?';
  }
  const auto value = ParseDouble(Trim(text));
  if (!value) Bad(source, "the text '" + text.substr(0, 40) + "' is not a number");
  return *value;
}

}  // namespace

NpyHeader ParseNpyHeader(const std::string& bytes, const std::string& source) {
  if (bytes.size() < 10 || bytes.compare(0, 6, "\x93NUMPY") != 0)
    Bad(source, "not a NumPy file; its first bytes must be \\x93NUMPY");
  const int major = static_cast<std::uint8_t>(bytes[6]);
  if (major < 1 || major > 3)
    Bad(source, "NumPy format " + std::to_string(major) + ", 1 to 3 are read");
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t begin = 8 + length_bytes;
  if (bytes.size() < begin) Bad(source, "cut inside the header");
  const std::size_t length = LittleEndian(bytes, 8, length_bytes);
  if (length > bytes.size() - begin) Bad(source, "cut inside the header");
  const std::string_view text = std::string_view(bytes).substr(begin, length);

  NpyHeader header;
  header.data_begin = begin + length;
  const std::string_view descr = ValueOf(text, "descr", source);
  const std::size_t quote =
      descr.empty() || descr[0] != '\'' ? std::string_view::npos : descr.find('\'', 1);
  if (quote == std::string_view::npos || quote < 4)
    Bad(source, "a structured or missing dtype; plain numbers or text are read");
  const std::string type(descr.substr(1, quote - 1));
  const auto size = ParseInt(std::string_view(type).substr(2));
  header.kind = type.substr(1, 1);
  if (std::string("<|=").find(type[0]) == std::string::npos ||
      std::string("fiubcU").find(header.kind) == std::string::npos || !size || *size < 1 ||
      *size > 1'000'000) {
    Bad(source,
        "dtype '" + type + "' is not a little-endian float, integer, bool, complex number or text");
  }
  header.item_size = static_cast<std::size_t>(*size) * (header.kind == "U" ? 4 : 1);
  header.fortran_order = ValueOf(text, "fortran_order", source).rfind("True", 0) == 0;

  std::string_view shape = ValueOf(text, "shape", source);
  const std::size_t close = shape.find(')');
  if (shape.empty() || shape[0] != '(' || close == std::string_view::npos)
    Bad(source, "the header's shape is not in brackets");
  shape = shape.substr(1, close - 1);
  while (!Trim(shape).empty()) {
    const std::size_t comma = shape.find(',');
    const auto axis = ParseInt(Trim(shape.substr(0, comma)));
    if (!axis || *axis < 0) Bad(source, "the header's shape has an axis that is not a size");
    header.shape.push_back(*axis);
    header.count = CheckedProduct(header.count,
                                  static_cast<std::size_t>(*axis),
                                  std::numeric_limits<std::size_t>::max() / 2,
                                  source + ": shape");
    if (comma == std::string_view::npos) break;
    shape.remove_prefix(comma + 1);
  }
  const std::size_t present = bytes.size() - header.data_begin;
  if (header.count != present / header.item_size || present % header.item_size != 0) {
    Bad(source,
        std::to_string(present) + " bytes of data where the header says " +
            std::to_string(header.count) + " elements of " + std::to_string(header.item_size));
  }
  return header;
}

std::vector<double> ParseNpyNumbers(const std::string& bytes, const std::string& source) {
  const NpyHeader header = ParseNpyHeader(bytes, source);
  if (header.fortran_order && header.shape.size() > 1)
    Bad(source, "Fortran order; save the array in C order");
  std::vector<double> values;
  values.reserve(header.count);
  for (std::size_t i = 0; i < header.count; ++i) {
    values.push_back(
        Element(header, bytes.data() + header.data_begin + i * header.item_size, source));
  }
  return values;
}

std::vector<double> ReadNpyNumbers(const std::filesystem::path& path) {
  return ParseNpyNumbers(ReadFile(path), path.string());
}

}  // namespace circumplex
