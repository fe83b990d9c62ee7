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
#include "core/npy.h"

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
inline constexpr const char* kNpyKind = nullptr;
template <>
inline constexpr const char* kNpyKind<std::uint8_t> = "u";
template <>
inline constexpr const char* kNpyKind<std::int64_t> = "i";
template <>
inline constexpr const char* kNpyKind<float> = "f";
template <>
inline constexpr const char* kNpyKind<double> = "f";
template <>
inline constexpr const char* kNpyKind<std::complex<float>> = "c";
template <>
inline constexpr const char* kNpyKind<std::complex<double>> = "c";

/// Reads a file whose dtype is exactly T, in C order.
/// @throws Error kNotFound; kBadData as ParseNpyHeader, and for another dtype or order.
template <typename T>
NpyArray<T> ReadNpy(const std::filesystem::path& path) {
  static_assert(kNpyKind<T> != nullptr, "no NumPy dtype for this type");
  const std::string bytes = ReadFile(path);
  const NpyHeader header = ParseNpyHeader(bytes, path.string());
  if (header.kind != kNpyKind<T> || header.item_size != sizeof(T) || header.fortran_order) {
    throw Error(ErrorCode::kBadData,
                path.string() + ": not " + kNpyKind<T> + std::to_string(sizeof(T)) + " in C order");
  }
  NpyArray<T> array{header.shape, std::vector<T>(header.count)};
  if (header.count > 0)
    std::memcpy(array.values.data(), bytes.data() + header.data_begin, header.count * sizeof(T));
  return array;
}

}  // namespace circumplex::testing_support
