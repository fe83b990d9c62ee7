// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "circumplex/error.h"

#include "core/files.h"

namespace circumplex::testing_support {

/// A NumPy array in C order.
template <typename T>
struct NpyArray {
  std::vector<std::int64_t> shape;
  std::vector<T> values;

  /// Element at a full index, e.g. At({frame, channel, y, x}).
  const T& At(std::initializer_list<std::int64_t> index) const {
    if (index.size() != shape.size())
      throw Error(ErrorCode::kInternal, "npy index: wrong number of axes");
    std::int64_t offset = 0;
    std::size_t axis = 0;
    for (const std::int64_t i : index) {
      if (i < 0 || i >= shape[axis])
        throw Error(ErrorCode::kInternal, "npy index outside the array");
      offset = offset * shape[axis++] + i;
    }
    return values[static_cast<std::size_t>(offset)];
  }
  /// Start of the sub-array at the leading indices.
  const T* From(std::initializer_list<std::int64_t> index) const {
    std::int64_t offset = 0;
    std::size_t axis = 0;
    for (const std::int64_t i : index) offset = offset * shape.at(axis++) + i;
    for (; axis < shape.size(); ++axis) offset *= shape[axis];
    return values.data() + offset;
  }
};

template <typename T>
inline constexpr const char* kNpyDescr = nullptr;
template <>
inline constexpr const char* kNpyDescr<std::uint8_t> = "|u1";
template <>
inline constexpr const char* kNpyDescr<std::int64_t> = "<i8";
template <>
inline constexpr const char* kNpyDescr<float> = "<f4";
template <>
inline constexpr const char* kNpyDescr<double> = "<f8";
template <>
inline constexpr const char* kNpyDescr<std::complex<float>> = "<c8";
template <>
inline constexpr const char* kNpyDescr<std::complex<double>> = "<c16";

/// Reads a version 1.0 file whose dtype is exactly T, in C order.
/// @throws Error kNotFound, or kBadData for another version, dtype, order or length.
template <typename T>
NpyArray<T> ReadNpy(const std::filesystem::path& path) {
  static_assert(kNpyDescr<T> != nullptr, "no NumPy dtype for this type");
  const std::string bytes = ReadFile(path);
  const auto require = [&path](bool ok, const std::string& what) {
    if (!ok) throw Error(ErrorCode::kBadData, path.string() + ": " + what);
  };
  require(bytes.size() >= 10 && bytes.compare(0, 8, std::string("\x93NUMPY\x01\x00", 8)) == 0,
          "not a NumPy file of version 1.0");
  const std::size_t header_size =
      static_cast<std::uint8_t>(bytes[8]) + 256u * static_cast<std::uint8_t>(bytes[9]);
  require(bytes.size() >= 10 + header_size, "cut inside the header");
  const std::string header = bytes.substr(10, header_size);
  require(header.find("'descr': '" + std::string(kNpyDescr<T>) + "'") != std::string::npos,
          "expected dtype " + std::string(kNpyDescr<T>) + " in " + header);
  require(header.find("'fortran_order': False") != std::string::npos, "not in C order");

  NpyArray<T> array;
  const std::size_t open = header.find("'shape': (");
  const std::size_t close = header.find(')', open);
  require(open != std::string::npos && close != std::string::npos, "no shape");
  const std::string shape = header.substr(open + 10, close - open - 10);
  std::size_t count = 1;
  for (std::size_t at = 0; at < shape.size();) {
    std::size_t end = shape.find(',', at);
    if (end == std::string::npos) end = shape.size();
    const std::string axis = shape.substr(at, end - at);
    if (axis.find_first_not_of(' ') != std::string::npos) {
      array.shape.push_back(std::stoll(axis));
      count *= static_cast<std::size_t>(array.shape.back());
    }
    at = end + 1;
  }
  require(bytes.size() == 10 + header_size + count * sizeof(T), "length does not match the shape");
  array.values.resize(count);
  if (count > 0)
    std::memcpy(array.values.data(), bytes.data() + 10 + header_size, count * sizeof(T));
  return array;
}

}  // namespace circumplex::testing_support
