// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "circumplex/error.h"

#include "core/files.h"
#include "core/stored_types.h"

namespace circumplex {

std::size_t ElementSize(DType type);
const char* DTypeName(DType type);  ///< "U8", "I64", "F16", "F32", "F64", as in the header.

/// A dense little-endian array in C order. `bytes` holds ElementSize * product(shape) bytes.
struct Tensor {
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> bytes;

  std::int64_t NumElements() const;
  /// Typed view; the caller knows the dtype. @throws Error kInternal if the element size differs.
  template <typename T>
  const T* Data() const {
    CheckElementSize(sizeof(T));
    return reinterpret_cast<const T*>(bytes.data());
  }
  template <typename T>
  static Tensor From(DType dtype, std::vector<std::int64_t> shape, const T* values);

 private:
  void CheckElementSize(std::size_t size) const;
  static Tensor FromBytes(DType dtype,
                          std::vector<std::int64_t> shape,
                          const void* values,
                          std::size_t element);
};

template <typename T>
Tensor Tensor::From(DType dtype, std::vector<std::int64_t> shape, const T* values) {
  return FromBytes(dtype, std::move(shape), values, sizeof(T));
}

/// Named tensors and free text metadata: one safetensors file
/// (https://github.com/huggingface/safetensors).
struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
  /// Tensors of an element type that is not in StoredTypes(), with its name: they stop only
  /// who needs them.
  std::map<std::string, std::string> unreadable;

  /// @throws Error `code` naming `source` and the tensors present, or the type that
  ///         is not readable.
  const Tensor& Get(const std::string& name,
                    const std::string& source,
                    ErrorCode code = ErrorCode::kBadData) const;
};

/// Reads and checks every length, offset and product against the file's size before anything is
/// allocated. Elements become what StoredTypes() says. @throws Error `code` (kBadModel for models,
/// kBadData for stores) with file and defect.
TensorFile ReadSafetensors(const std::filesystem::path& path, ErrorCode code = ErrorCode::kBadData);
/// The metadata and the named tensors alone: reads their bytes and the header, not the rest of the
/// file. Names that the file lacks are left out. Checks and errors as above.
TensorFile ReadSafetensorsPart(const std::filesystem::path& path,
                               const std::vector<std::string>& names,
                               ErrorCode code = ErrorCode::kBadData);
TensorFile ParseSafetensors(const std::string& bytes, const std::string& source, ErrorCode code);

/// Atomic. Tensors are laid out in name order: equal content gives equal bytes.
void WriteSafetensors(const std::filesystem::path& path, const TensorFile& file);

/// Type and shape of a tensor to come.
struct TensorShape {
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
};

/// Writes a safetensors file piece by piece, for tensors larger than memory: the same bytes as
/// WriteSafetensors(). Elements that are never put are 0. The file has its name after Commit();
/// without it nothing is left.
class SafetensorsStream {
 public:
  /// @throws Error kIo.
  SafetensorsStream(const std::filesystem::path& path,
                    const std::map<std::string, TensorShape>& tensors,
                    const std::map<std::string, std::string>& metadata = {});

  /// Writes `count` elements of `name` from its element `first` on, in C order.
  /// @throws Error kInternal: no such tensor, another element size or a range outside of it; kIo.
  template <typename T>
  void Put(const std::string& name, std::int64_t first, const T* values, std::int64_t count) {
    PutBytes(name, first, values, count, sizeof(T));
  }
  /// @throws Error kIo.
  void Commit();

 private:
  struct Place {
    std::uint64_t begin = 0;
    std::int64_t elements = 0;
    std::size_t element_size = 0;
  };
  void PutBytes(const std::string& name,
                std::int64_t first,
                const void* values,
                std::int64_t count,
                std::size_t element_size);

  PendingFile file_;
  std::ofstream out_;
  std::map<std::string, Place> places_;
};

/// IEEE 754 binary16 <-> binary32, round to nearest even.
float HalfToFloat(std::uint16_t half);
std::uint16_t FloatToHalf(float value);

}  // namespace circumplex
