// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace circumplex::testing_support {

/// Little-endian bytes of a number or of numbers.
template <typename T>
std::string Bytes(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}
template <typename T>
std::string Bytes(const std::vector<T>& values) {
  std::string bytes;
  for (const T value : values) bytes += Bytes(value);
  return bytes;
}

// Pickle fragments as torch.save writes them (protocol 2). Each leaves one value on the stack.

inline std::string PickleOf(const std::string& body) {
  return std::string("\x80\x02", 2) + body + ".";
}
inline std::string PickledText(const std::string& text) {
  return "X" + Bytes(static_cast<std::uint32_t>(text.size())) + text;
}
inline std::string PickledInt(std::int64_t value) {
  if (value >= 0 && value < 256) return "K" + Bytes(static_cast<std::uint8_t>(value));
  if (value >= INT32_MIN && value <= INT32_MAX)
    return "J" + Bytes(static_cast<std::int32_t>(value));
  return "\x8a\x08" + Bytes(value);
}
inline std::string PickledGlobal(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string PickledTuple(const std::vector<std::string>& items) {
  std::string body = "(";
  for (const std::string& item : items) body += item;
  return body + "t";
}
inline std::string PickledInts(const std::vector<std::int64_t>& values) {
  std::vector<std::string> items;
  for (const std::int64_t value : values) items.push_back(PickledInt(value));
  return PickledTuple(items);
}
using PickledItems = std::vector<std::pair<std::string, std::string>>;  ///< Key, pickled value.
inline std::string PickledEntries(const PickledItems& items) {
  std::string body = "(";
  for (const auto& [key, value] : items) body += PickledText(key) + value;
  return body + "u";
}
inline std::string PickledDict(const PickledItems& items) { return "}" + PickledEntries(items); }
inline std::string EmptyOrderedDict() { return PickledGlobal("collections", "OrderedDict") + ")R"; }
/// With the version table that a state dict carries as an attribute.
inline std::string PickledStateDict(const PickledItems& items) {
  const std::string versions = PickledDict(
      {{"_metadata",
        EmptyOrderedDict() + PickledEntries({{"", PickledDict({{"version", PickledInt(1)}})}})}});
  return EmptyOrderedDict() + PickledEntries(items) + versions + "b";
}

struct TorchStorage {
  std::string key, type, bytes;  ///< type: "Float", ...
  std::int64_t elements = 0;
};

inline std::string PickledStorageId(const TorchStorage& storage, bool legacy) {
  std::vector<std::string> fields = {PickledText("storage"),
                                     PickledGlobal("torch", storage.type + "Storage"),
                                     PickledText(storage.key),
                                     PickledText("cpu"),
                                     PickledInt(storage.elements)};
  if (legacy) fields.push_back("N");
  return PickledTuple(fields) + "Q";
}

inline std::string TensorPickle(const TorchStorage& storage,
                                std::int64_t offset,
                                const std::vector<std::int64_t>& shape,
                                const std::vector<std::int64_t>& strides,
                                bool legacy = false) {
  return PickledGlobal("torch._utils", "_rebuild_tensor_v2") +
         PickledTuple({PickledStorageId(storage, legacy),
                       PickledInt(offset),
                       PickledInts(shape),
                       PickledInts(strides),
                       "\x89",
                       EmptyOrderedDict()}) +
         "R";
}

inline std::uint32_t ZipCrc(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1u) ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

struct ZipOptions {
  std::uint16_t method = 0;
  bool zip64 = false;  ///< Sizes and places only in zip64 fields.
};

/// Stored records with the padding field and the trailing descriptor that PyTorch writes.
inline std::string ZipOf(const std::vector<std::pair<std::string, std::string>>& records,
                         const ZipOptions& options = {}) {
  std::string file, directory;
  const auto u16 = [](std::size_t value) { return Bytes(static_cast<std::uint16_t>(value)); };
  const auto u32 = [](std::size_t value) { return Bytes(static_cast<std::uint32_t>(value)); };
  const auto u64 = [](std::size_t value) { return Bytes(static_cast<std::uint64_t>(value)); };
  for (const auto& [name, content] : records) {
    const std::size_t header = file.size(), size = content.size();
    const std::string padding = "FB" + u16(3) + "ZZZ";
    file += u32(0x04034b50) + u16(0) + u16(8) + u16(options.method) + u32(0) + u32(0) + u32(0) +
            u32(0) + u16(name.size()) + u16(padding.size()) + name + padding + content +
            u32(0x08074b50) + u32(ZipCrc(content)) + u32(size) + u32(size);
    const std::string extra =
        options.zip64 ? u16(1) + u16(24) + u64(size) + u64(size) + u64(header) : std::string();
    const std::size_t full = 0xFFFFFFFF;
    directory += u32(0x02014b50) + u16(0) + u16(0) + u16(8) + u16(options.method) + u32(0) +
                 u32(ZipCrc(content)) + u32(options.zip64 ? full : size) +
                 u32(options.zip64 ? full : size) + u16(name.size()) + u16(extra.size()) + u16(0) +
                 u16(0) + u16(0) + u32(0) + u32(options.zip64 ? full : header) + name + extra;
  }
  const std::size_t begin = file.size(), count = records.size();
  file += directory;
  // PyTorch always writes the zip64 end; the plain one refers to it only where a field
  // is too small.
  const std::size_t end64 = file.size();
  file += u32(0x06064b50) + u64(44) + u16(45) + u16(45) + u32(0) + u32(0) + u64(count) +
          u64(count) + u64(directory.size()) + u64(begin) + u32(0x07064b50) + u32(0) + u64(end64) +
          u32(1);
  const std::size_t plain_count = options.zip64 ? 0xFFFF : count;
  file += u32(0x06054b50) + u16(0) + u16(0) + u16(plain_count) + u16(plain_count) +
          u32(options.zip64 ? 0xFFFFFFFF : directory.size()) +
          u32(options.zip64 ? 0xFFFFFFFF : begin) + u16(0);
  return file;
}

/// The zip file torch.save writes for a pickle of `body`.
inline std::string TorchZip(const std::string& body,
                            const std::vector<TorchStorage>& storages,
                            const ZipOptions& options = {}) {
  std::vector<std::pair<std::string, std::string>> records = {{"archive/data.pkl", PickleOf(body)},
                                                              {"archive/byteorder", "little"}};
  for (const TorchStorage& storage : storages)
    records.emplace_back("archive/data/" + storage.key, storage.bytes);
  records.emplace_back("archive/version", "3\n");
  return ZipOf(records, options);
}

/// The file torch.save wrote before PyTorch 1.6.
inline std::string TorchLegacy(const std::string& body,
                               const std::vector<TorchStorage>& storages,
                               bool little_endian = true) {
  const std::string magic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
  std::string file =
      PickleOf(magic) + PickleOf(PickledInt(1001)) +
      PickleOf(PickledDict({{"protocol_version", PickledInt(1001)},
                            {"little_endian", little_endian ? "\x88" : "\x89"},
                            {"type_sizes", PickledDict({{"short", PickledInt(2)}})}})) +
      PickleOf(body);
  std::string keys = "](";
  for (const TorchStorage& storage : storages) keys += PickledText(storage.key);
  file += PickleOf(keys + "e");
  for (const TorchStorage& storage : storages) file += Bytes(storage.elements) + storage.bytes;
  return file;
}

}  // namespace circumplex::testing_support
