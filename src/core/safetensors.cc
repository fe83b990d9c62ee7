// SPDX-License-Identifier: Apache-2.0
#include "core/safetensors.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/check.h"
#include "core/files.h"

namespace circumplex {
namespace {

// The format's own limit: a longer header is not a safetensors file.
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;

const StoredTypeInfo* FindStoredType(const std::string& name) {
  for (const StoredTypeInfo& info : StoredTypes()) {
    if (name == info.safetensors) return &info;
  }
  return nullptr;
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
  if (const auto other = unreadable.find(name); other != unreadable.end()) {
    throw Error(code,
                source + ": tensor '" + name + "' has dtype " + other->second +
                    " (readable: " + ReadableTypes() + "); write the file again with one of these");
  }
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

namespace {

/// Where one tensor lies in the data that follow the header.
struct Entry {
  const StoredTypeInfo* type = nullptr;  ///< Null for a type that is not readable.
  std::string type_name;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

struct Header {
  std::map<std::string, Entry> entries;
  std::map<std::string, std::string> metadata;
};

class HeaderParser {
 public:
  HeaderParser(const std::string& source, ErrorCode code) : source_(source), code_(code) {}

  [[noreturn]] void Fail(const std::string& defect) const {
    throw Error(code_,
                source_ + ": not a usable safetensors file: " + defect +
                    "; write it again or fetch it anew");
  }

  /// Length of the header of a file of `file_size` bytes, from its first bytes.
  std::uint64_t HeaderSize(const std::string& first_bytes, std::uint64_t file_size) const {
    if (first_bytes.size() < 8) Fail("only " + std::to_string(first_bytes.size()) + " bytes long");
    std::uint64_t header_size = 0;
    std::memcpy(&header_size, first_bytes.data(), 8);
    if (header_size > kMaxHeaderBytes || header_size > file_size - 8) {
      Fail("its header claims " + std::to_string(header_size) + " bytes of a file of " +
           std::to_string(file_size));
    }
    return header_size;
  }

  Header Parse(const char* text, std::uint64_t size, std::uint64_t data_size) const {
    const nlohmann::json json =
        nlohmann::json::parse(text, text + static_cast<std::ptrdiff_t>(size), nullptr, false);
    if (!json.is_object()) Fail("its header is not a JSON object");
    Header header;
    std::uint64_t claimed = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    for (const auto& [name, value] : json.items()) {
      if (!value.is_object()) Fail("entry '" + name + "' is not an object");
      if (name == "__metadata__") {
        for (const auto& [key, text_value] : value.items()) {
          if (!text_value.is_string()) Fail("metadata '" + key + "' is not text");
          header.metadata[key] = text_value.get<std::string>();
        }
        continue;
      }
      const Entry entry = ParseEntry(name, value, data_size);
      // Before any copy: tensors that share bytes could claim any multiple of the file.
      claimed += entry.end - entry.begin;
      if (claimed > data_size) Fail("its tensors claim more bytes than it has, so two overlap");
      if (entry.end > entry.begin) ranges.emplace_back(entry.begin, entry.end);
      header.entries.emplace(name, entry);
    }
    std::sort(ranges.begin(), ranges.end());
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      if (ranges[i].first < ranges[i - 1].second) Fail("two tensors overlap");
    }
    return header;
  }

 private:
  Entry ParseEntry(const std::string& name,
                   const nlohmann::json& value,
                   std::uint64_t data_size) const {
    const auto dtype = value.find("dtype"), shape = value.find("shape"),
               offsets = value.find("data_offsets");
    if (dtype == value.end() || !dtype->is_string() || shape == value.end() || !shape->is_array() ||
        offsets == value.end() || !offsets->is_array() || offsets->size() != 2 ||
        !(*offsets)[0].is_number_unsigned() || !(*offsets)[1].is_number_unsigned()) {
      Fail("tensor '" + name + "' lacks dtype, shape or data_offsets");
    }
    Entry entry;
    entry.type_name = dtype->get<std::string>();
    entry.type = FindStoredType(entry.type_name);
    if (shape->size() > 8)
      Fail("tensor '" + name + "' has " + std::to_string(shape->size()) + " axes");
    std::uint64_t size = entry.type != nullptr ? entry.type->size : 1;
    for (const auto& extent : *shape) {
      if (!extent.is_number_unsigned())
        Fail("tensor '" + name + "' has a negative or non-integer extent");
      const std::uint64_t length = extent.get<std::uint64_t>();
      constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
      if (length > kLargest || (length != 0 && size > kLargest / length)) {
        Fail("tensor '" + name + "' has a shape whose size overflows");
      }
      size *= length;
      entry.shape.push_back(static_cast<std::int64_t>(length));
    }
    entry.begin = (*offsets)[0].get<std::uint64_t>();
    entry.end = (*offsets)[1].get<std::uint64_t>();
    if (entry.begin > entry.end || entry.end > data_size) {
      Fail("tensor '" + name + "' claims bytes " + std::to_string(entry.begin) + " to " +
           std::to_string(entry.end) + " of " + std::to_string(data_size));
    }
    if (entry.type != nullptr && entry.end - entry.begin != size) {
      Fail("tensor '" + name + "' needs " + std::to_string(size) + " bytes and has " +
           std::to_string(entry.end - entry.begin));
    }
    return entry;
  }

  std::string source_;
  ErrorCode code_;
};

// Adds the tensor of an entry, whose bytes in the file are `bytes`.
void AddTensor(const std::string& name, const Entry& entry, const char* bytes, TensorFile* file) {
  if (entry.type == nullptr) {
    file->unreadable.emplace(name, entry.type_name);
    return;
  }
  const std::uint64_t count = (entry.end - entry.begin) / entry.type->size;
  Tensor tensor;
  tensor.dtype = entry.type->becomes;
  tensor.shape = entry.shape;
  const std::size_t size = ElementSize(tensor.dtype);
  if (size == entry.type->size && entry.type->type != StoredType::kBool) {
    tensor.bytes.assign(bytes, bytes + (entry.end - entry.begin));
  } else {
    tensor.bytes.resize(count * size);
    for (std::uint64_t i = 0; i < count; ++i) {
      ConvertElement(
          entry.type->type, bytes + i * entry.type->size, tensor.bytes.data() + i * size);
    }
  }
  file->tensors.emplace(name, std::move(tensor));
}

}  // namespace

TensorFile ParseSafetensors(const std::string& bytes, const std::string& source, ErrorCode code) {
  const HeaderParser parser(source, code);
  const std::uint64_t header_size = parser.HeaderSize(bytes, bytes.size());
  Header header = parser.Parse(bytes.data() + 8, header_size, bytes.size() - 8 - header_size);
  const char* data = bytes.data() + 8 + header_size;
  TensorFile file;
  file.metadata = std::move(header.metadata);
  for (const auto& [name, entry] : header.entries)
    AddTensor(name, entry, data + entry.begin, &file);
  return file;
}

TensorFile ReadSafetensors(const std::filesystem::path& path, ErrorCode code) {
  return ParseSafetensors(
      ReadFile(path, code == ErrorCode::kBadModel ? code : ErrorCode::kNotFound),
      path.string(),
      code);
}

TensorFile ReadSafetensorsPart(const std::filesystem::path& path,
                               const std::vector<std::string>& names,
                               ErrorCode code) {
  std::ifstream stream(path, std::ios::binary);
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  if (!stream || error) {
    // The whole-file reader knows how to say what is wrong with the path.
    return ReadSafetensors(path, code);
  }
  const HeaderParser parser(path.string(), code);
  const auto read = [&](std::uint64_t offset, std::uint64_t count) {
    std::string bytes(count, '\0');
    stream.seekg(static_cast<std::streamoff>(offset));
    if (count > 0 && !stream.read(bytes.data(), static_cast<std::streamsize>(count)))
      parser.Fail("it ends before byte " + std::to_string(offset + count));
    return bytes;
  };
  const std::uint64_t header_size =
      parser.HeaderSize(read(0, std::min<std::uint64_t>(size, 8)), size);
  Header header = parser.Parse(read(8, header_size).data(), header_size, size - 8 - header_size);
  TensorFile file;
  file.metadata = std::move(header.metadata);
  for (const std::string& name : names) {
    const auto found = header.entries.find(name);
    if (found == header.entries.end()) continue;
    const Entry& entry = found->second;
    AddTensor(
        name, entry, read(8 + header_size + entry.begin, entry.end - entry.begin).data(), &file);
  }
  return file;
}

namespace {

// The first bytes of a file: the length of the header, and the header. Tensors follow
// in name order.
std::string HeadOf(const std::map<std::string, TensorShape>& tensors,
                   const std::map<std::string, std::string>& metadata,
                   std::map<std::string, std::uint64_t>* offsets) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    std::uint64_t size = ElementSize(tensor.dtype);
    for (const std::int64_t extent : tensor.shape) size *= static_cast<std::uint64_t>(extent);
    header[name] = {{"dtype", DTypeName(tensor.dtype)},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, offset + size}}};
    (*offsets)[name] = offset;
    offset += size;
  }
  // A name or path that is not UTF-8 must not stop the file from being written.
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t header_size = text.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &header_size, 8);
  return bytes + text;
}

}  // namespace

void WriteSafetensors(const std::filesystem::path& path, const TensorFile& file) {
  std::map<std::string, TensorShape> shapes;
  std::size_t size = 0;
  for (const auto& [name, tensor] : file.tensors) {
    CIRCUMPLEX_CHECK(tensor.bytes.size() ==
                         static_cast<std::size_t>(tensor.NumElements()) * ElementSize(tensor.dtype),
                     name);
    shapes[name] = {tensor.dtype, tensor.shape};
    size += tensor.bytes.size();
  }
  std::map<std::string, std::uint64_t> offsets;
  std::string bytes = HeadOf(shapes, file.metadata, &offsets);
  bytes.reserve(bytes.size() + size);
  for (const auto& [name, tensor] : file.tensors) {
    bytes.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  }
  WriteFileAtomically(path, bytes);
}

SafetensorsStream::SafetensorsStream(const std::filesystem::path& path,
                                     const std::map<std::string, TensorShape>& tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path), out_(file_.temporary_path(), std::ios::binary | std::ios::trunc) {
  std::map<std::string, std::uint64_t> offsets;
  const std::string head = HeadOf(tensors, metadata, &offsets);
  std::uint64_t end = head.size();
  for (const auto& [name, tensor] : tensors) {
    Place& place = places_[name];
    place.begin = head.size() + offsets[name];
    place.element_size = ElementSize(tensor.dtype);
    place.elements = 1;
    for (const std::int64_t extent : tensor.shape) place.elements *= extent;
    end = place.begin + static_cast<std::uint64_t>(place.elements) * place.element_size;
  }
  out_.write(head.data(), static_cast<std::streamsize>(head.size()));
  if (end > head.size()) {
    out_.seekp(static_cast<std::streamoff>(end - 1));
    out_.put('\0');
  }
}

void SafetensorsStream::PutBytes(const std::string& name,
                                 std::int64_t first,
                                 const void* values,
                                 std::int64_t count,
                                 std::size_t element_size) {
  const auto found = places_.find(name);
  CIRCUMPLEX_CHECK(found != places_.end(), "no tensor " + name);
  const Place& place = found->second;
  CIRCUMPLEX_CHECK(element_size == place.element_size, name);
  CIRCUMPLEX_CHECK(first >= 0 && count >= 0 && count <= place.elements - first, name);
  out_.seekp(
      static_cast<std::streamoff>(place.begin + static_cast<std::uint64_t>(first) * element_size));
  out_.write(static_cast<const char*>(values),
             static_cast<std::streamsize>(static_cast<std::size_t>(count) * element_size));
  if (!out_) {
    throw Error(
        ErrorCode::kIo,
        "cannot write '" + file_.temporary_path().string() + "'; check space and permissions");
  }
}

void SafetensorsStream::Commit() {
  out_.close();
  if (!out_) {
    throw Error(
        ErrorCode::kIo,
        "cannot write '" + file_.temporary_path().string() + "'; check space and permissions");
  }
  file_.Commit();
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
