// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace circumplex {

/// Element types of a Tensor: what the rest of this project computes with and writes.
enum class DType { kU8, kI64, kF16, kF32, kF64 };

/// Element types that files may hold. Numbered as StoredTypes().
enum class StoredType { kF64, kF32, kF16, kBF16, kI64, kI32, kI16, kI8, kU8, kBool };

struct StoredTypeInfo {
  StoredType type;
  const char* safetensors;  ///< Name in a safetensors header.
  const char* torch;        ///< Name of the storage class in a pickle of torch.save.
  std::size_t size;         ///< Bytes of an element in the file.
  DType becomes;            ///< The Tensor's; every value is kept exactly.
};

/// The one table of what the readers of weight files understand, whatever the container.
const std::array<StoredTypeInfo, 10>& StoredTypes();
const StoredTypeInfo& InfoOf(StoredType type);
/// "U8, I64, ..." for messages: the safetensors names of all.
std::string ReadableTypes();

/// Writes the element at `from` (InfoOf(type).size bytes, little-endian) to `to` in the type it
/// becomes. bfloat16 is the upper half of a float32; integers widen to 64 bits; a bool that is not
/// 0 becomes 1.
void ConvertElement(StoredType type, const char* from, std::uint8_t* to);

}  // namespace circumplex
