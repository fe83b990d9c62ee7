// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace circumplex {

/// Header of a NumPy file (versions 1.0, 2.0 and 3.0 of the format).
struct NpyHeader {
  std::string kind;           ///< "f", "i", "u", "b", "c" or "U".
  std::size_t item_size = 0;  ///< [bytes] per element.
  bool fortran_order = false;
  std::vector<std::int64_t> shape;  ///< Empty for a 0-d array.
  std::size_t count = 1;            ///< Product of the shape.
  std::size_t data_begin = 0;       ///< [bytes] from the start of the file.
};

/// @throws Error kBadData naming `source`: no NumPy file, another version, a dtype that is not a
///         little-endian float, integer, bool, complex number or text, a shape whose bytes are not
///         exactly those that follow the header. Nothing is allocated from stated sizes.
NpyHeader ParseNpyHeader(const std::string& bytes, const std::string& source);

/// The elements as numbers, in file order. Text (`<U5`) is parsed as one number per element,
/// because AffectNet stores its labels so. f4, f8, i1 to i8, u1 to u8 and bool are converted.
/// @throws Error kNotFound; kBadData as above, for f2 and complex numbers, for text that is not a
///         number and for arrays of two or more axes in Fortran order. Thread-safe.
std::vector<double> ReadNpyNumbers(const std::filesystem::path& path);
std::vector<double> ParseNpyNumbers(const std::string& bytes, const std::string& source);

}  // namespace circumplex
