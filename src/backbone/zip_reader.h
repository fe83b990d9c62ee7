// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace circumplex {

/// Directory of a zip archive whose records are stored as they are, as PyTorch's are
/// (PKWARE APPNOTE 6.3.9; zip64 fields are understood). Records are views of the archive:
/// nothing is copied.
class ZipReader {
 public:
  /// Reads and checks the central directory.
  /// @param bytes   Whole archive; outlives the reader and the views it returns.
  /// @param source  Named in errors.
  /// @throws Error kBadModel if there is no directory, or it points outside the archive, names a
  ///         record twice or spans several disks.
  ZipReader(std::string_view bytes, std::string source);

  bool Has(const std::string& name) const { return entries_.count(name) != 0; }

  /// Content of a record; its local header and CRC-32 are checked at each call.
  /// @throws Error kBadModel if it is missing, compressed, encrypted or damaged.
  std::string_view Record(const std::string& name) const;

  struct Entry {
    unsigned flags = 0, method = 0;
    std::uint32_t crc = 0;
    std::uint64_t compressed = 0, size = 0, header = 0;
  };
  const std::map<std::string, Entry>& entries() const { return entries_; }

 private:
  [[noreturn]] void Fail(const std::string& why) const;
  std::uint64_t Number(std::uint64_t at, int count) const;

  std::string_view bytes_;
  std::string source_;
  std::map<std::string, Entry> entries_;
};

}  // namespace circumplex
