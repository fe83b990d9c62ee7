// SPDX-License-Identifier: Apache-2.0
#include "core/stored_types.h"

#include <cstring>

namespace circumplex {
namespace {

template <typename T>
void Widen(const char* from, std::uint8_t* to) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  const auto wide = static_cast<std::int64_t>(value);
  std::memcpy(to, &wide, 8);
}

}  // namespace

const std::array<StoredTypeInfo, 10>& StoredTypes() {
  static constexpr std::array<StoredTypeInfo, 10> kTypes = {{
      {StoredType::kF64, "F64", "torch.DoubleStorage", 8, DType::kF64},
      {StoredType::kF32, "F32", "torch.FloatStorage", 4, DType::kF32},
      {StoredType::kF16, "F16", "torch.HalfStorage", 2, DType::kF16},
      {StoredType::kBF16, "BF16", "torch.BFloat16Storage", 2, DType::kF32},
      {StoredType::kI64, "I64", "torch.LongStorage", 8, DType::kI64},
      {StoredType::kI32, "I32", "torch.IntStorage", 4, DType::kI64},
      {StoredType::kI16, "I16", "torch.ShortStorage", 2, DType::kI64},
      {StoredType::kI8, "I8", "torch.CharStorage", 1, DType::kI64},
      {StoredType::kU8, "U8", "torch.ByteStorage", 1, DType::kU8},
      {StoredType::kBool, "BOOL", "torch.BoolStorage", 1, DType::kU8},
  }};
  return kTypes;
}

const StoredTypeInfo& InfoOf(StoredType type) {
  return StoredTypes()[static_cast<std::size_t>(type)];
}

std::string ReadableTypes() {
  std::string names;
  for (const StoredTypeInfo& info : StoredTypes())
    names += (names.empty() ? "" : ", ") + std::string(info.safetensors);
  return names;
}

void ConvertElement(StoredType type, const char* from, std::uint8_t* to) {
  switch (type) {
    case StoredType::kF64:
    case StoredType::kF32:
    case StoredType::kF16:
    case StoredType::kI64:
    case StoredType::kU8:
      std::memcpy(to, from, InfoOf(type).size);
      return;
    case StoredType::kBF16:
      to[0] = to[1] = 0;
      std::memcpy(to + 2, from, 2);
      return;
    case StoredType::kI32:
      return Widen<std::int32_t>(from, to);
    case StoredType::kI16:
      return Widen<std::int16_t>(from, to);
    case StoredType::kI8:
      return Widen<std::int8_t>(from, to);
    case StoredType::kBool:
      *to = *from != 0 ? 1 : 0;
      return;
  }
}

}  // namespace circumplex
