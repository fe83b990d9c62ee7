// SPDX-License-Identifier: Apache-2.0
#include "core/safetensors.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/check.h"
#include "core/files.h"

namespace circumplex {
namespace {

// The format's own limit: a longer header is not a safetensors file.
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;

bool ParseDType(const std::string& name, DType* type) {
  for (const DType candidate : {DType::kU8, DType::kI64, DType::kF16, DType::kF32, DType::kF64}) {
    if (name == DTypeName(candidate)) {
      *type = candidate;
      return true;
    }
  }
  return false;
}

}  // namespace

std::size_t ElementSize(DType type) {
  switch (type) {
    case DType::kU8:
      return 1;
    case DType::kF16:
      return 2;
    case DType::kF32:
      return 4;
    case DType::kI64:
    case DType::kF64:
      return 8;
  }
  return 0;
}

const char* DTypeName(DType type) {
  switch (type) {
    case DType::kU8:
      return "U8";
    case DType::kI64:
      return "I64";
    case DType::kF16:
      return "F16";
    case DType::kF32:
      return "F32";
    case DType::kF64:
      return "F64";
  }
  return "?";
}

std::int64_t Tensor::NumElements() const {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

void Tensor::CheckElementSize(std::size_t size) const {
  CIRCUMPLEX_CHECK(size == ElementSize(dtype), std::string("tensor of ") + DTypeName(dtype));
}

Tensor Tensor::FromBytes(DType dtype,
                         std::vector<std::int64_t> shape,
                         const void* values,
                         std::size_t element) {
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  tensor.CheckElementSize(element);
  tensor.bytes.resize(static_cast<std::size_t>(tensor.NumElements()) * element);
  if (!tensor.bytes.empty()) std::memcpy(tensor.bytes.data(), values, tensor.bytes.size());
  return tensor;
}

const Tensor& TensorFile::Get(const std::string& name,
                              const std::string& source,
                              ErrorCode code) const {
  const auto found = tensors.find(name);
  if (found != tensors.end()) return found->second;
  std::string present;
  for (const auto& [other, tensor] : tensors) {
    if (present.size() > 200) {
      present += ", ...";
      break;
    }
    present += (present.empty() ? "" : ", ") + other;
  }
  throw Error(code, source + ": no tensor '" + name + "'; the file holds: " + present);
}

TensorFile ParseSafetensors(const std::string& bytes, const std::string& source, ErrorCode code) {
  const auto fail = [&](const std::string& defect) -> void {
    throw Error(code,
                source + ": not a usable safetensors file: " + defect +
                    "; write it again or fetch it anew");
  };
  if (bytes.size() < 8) fail("only " + std::to_string(bytes.size()) + " bytes long");
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), 8);
  if (header_size > kMaxHeaderBytes || header_size > bytes.size() - 8) {
    fail("its header claims " + std::to_string(header_size) + " bytes of a file of " +
         std::to_string(bytes.size()));
  }
  const nlohmann::json header =
      nlohmann::json::parse(bytes.begin() + 8,
                            bytes.begin() + 8 + static_cast<std::ptrdiff_t>(header_size),
                            nullptr,
                            false);
  if (!header.is_object()) fail("its header is not a JSON object");

  const std::uint64_t data_size = bytes.size() - 8 - header_size;
  const char* data = bytes.data() + 8 + header_size;
  TensorFile file;
  std::uint64_t claimed = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const auto& [name, entry] : header.items()) {
    if (!entry.is_object()) fail("entry '" + name + "' is not an object");
    if (name == "__metadata__") {
      for (const auto& [key, value] : entry.items()) {
        if (!value.is_string()) fail("metadata '" + key + "' is not text");
        file.metadata[key] = value.get<std::string>();
      }
      continue;
    }
    const auto dtype = entry.find("dtype"), shape = entry.find("shape"),
               offsets = entry.find("data_offsets");
    if (dtype == entry.end() || !dtype->is_string() || shape == entry.end() || !shape->is_array() ||
        offsets == entry.end() || !offsets->is_array() || offsets->size() != 2 ||
        !(*offsets)[0].is_number_unsigned() || !(*offsets)[1].is_number_unsigned()) {
      fail("tensor '" + name + "' lacks dtype, shape or data_offsets");
    }
    Tensor tensor;
    if (!ParseDType(dtype->get<std::string>(), &tensor.dtype)) {
      fail("tensor '" + name + "' has dtype " + dtype->get<std::string>() +
           " (readable: U8, I64, F16, F32, F64)");
    }
    if (shape->size() > 8)
      fail("tensor '" + name + "' has " + std::to_string(shape->size()) + " axes");
    std::uint64_t size = ElementSize(tensor.dtype);
    for (const auto& extent : *shape) {
      if (!extent.is_number_unsigned())
        fail("tensor '" + name + "' has a negative or non-integer extent");
      const std::uint64_t value = extent.get<std::uint64_t>();
      constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
      if (value > kLargest || (value != 0 && size > kLargest / value)) {
        fail("tensor '" + name + "' has a shape whose size overflows");
      }
      size *= value;
      tensor.shape.push_back(static_cast<std::int64_t>(value));
    }
    const std::uint64_t begin = (*offsets)[0].get<std::uint64_t>(),
                        end = (*offsets)[1].get<std::uint64_t>();
    if (begin > end || end > data_size) {
      fail("tensor '" + name + "' claims bytes " + std::to_string(begin) + " to " +
           std::to_string(end) + " of " + std::to_string(data_size));
    }
    if (end - begin != size) {
      fail("tensor '" + name + "' needs " + std::to_string(size) + " bytes and has " +
           std::to_string(end - begin));
    }
    // Before the copy: tensors that share bytes could claim any multiple of the file.
    claimed += size;
    if (claimed > data_size) fail("its tensors claim more bytes than it has, so two overlap");
    if (size > 0) ranges.emplace_back(begin, end);
    const auto* first = reinterpret_cast<const std::uint8_t*>(data) + begin;
    tensor.bytes.assign(first, first + size);
    file.tensors.emplace(name, std::move(tensor));
  }
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].first < ranges[i - 1].second) fail("two tensors overlap");
  }
  return file;
}

TensorFile ReadSafetensors(const std::filesystem::path& path, ErrorCode code) {
  return ParseSafetensors(
      ReadFile(path, code == ErrorCode::kBadModel ? code : ErrorCode::kNotFound),
      path.string(),
      code);
}

void WriteSafetensors(const std::filesystem::path& path, const TensorFile& file) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : file.tensors) {
    CIRCUMPLEX_CHECK(tensor.bytes.size() ==
                         static_cast<std::size_t>(tensor.NumElements()) * ElementSize(tensor.dtype),
                     name);
    header[name] = {{"dtype", DTypeName(tensor.dtype)},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  // A name or path that is not UTF-8 must not stop the file from being written.
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t header_size = text.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &header_size, 8);
  bytes += text;
  bytes.reserve(bytes.size() + offset);
  for (const auto& [name, tensor] : file.tensors) {
    bytes.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  }
  WriteFileAtomically(path, bytes);
}

float HalfToFloat(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  std::uint32_t exponent = (half >> 10) & 31u, mantissa = half & 0x3FFu, bits = 0;
  if (exponent == 31) {
    bits = sign | 0x7F800000u | (mantissa << 13);
  } else if (exponent != 0) {
    bits = sign | ((exponent + 112) << 23) | (mantissa << 13);
  } else if (mantissa == 0) {
    bits = sign;
  } else {
    exponent = 113;
    while ((mantissa & 0x400u) == 0) {
      mantissa <<= 1;
      --exponent;
    }
    bits = sign | (exponent << 23) | ((mantissa & 0x3FFu) << 13);
  }
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

std::uint16_t FloatToHalf(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, 4);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::int32_t exponent = static_cast<std::int32_t>((bits >> 23) & 255u) - 112;
  std::uint32_t mantissa = bits & 0x7FFFFFu;
  if (exponent == 143) return static_cast<std::uint16_t>(sign | 0x7C00u | (mantissa ? 0x200u : 0u));
  if (exponent >= 31) return static_cast<std::uint16_t>(sign | 0x7C00u);
  std::uint32_t result;
  std::uint32_t shift = 13;
  if (exponent <= 0) {
    if (exponent < -10) return static_cast<std::uint16_t>(sign);
    mantissa |= 0x800000u;
    shift = static_cast<std::uint32_t>(14 - exponent);
    result = mantissa >> shift;
  } else {
    result = (static_cast<std::uint32_t>(exponent) << 10) | (mantissa >> 13);
  }
  const std::uint32_t rest = mantissa & ((1u << shift) - 1), half = 1u << (shift - 1);
  if (rest > half || (rest == half && (result & 1u))) ++result;
  return static_cast<std::uint16_t>(sign | result);
}

}  // namespace circumplex
