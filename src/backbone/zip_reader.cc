// SPDX-License-Identifier: Apache-2.0
#include "backbone/zip_reader.h"

#include <zlib.h>

#include <utility>

#include "circumplex/error.h"

#include "backbone/pickle_reader.h"

namespace circumplex {
namespace {

constexpr std::uint64_t kEndSize = 22, kEntrySize = 46, kLocalSize = 30;
constexpr std::uint64_t kEnd64LocatorSize = 20, kEnd64Size = 56;
constexpr std::uint64_t kLongestComment = 65535;
constexpr std::uint64_t kFull16 = 0xFFFF, kFull32 = 0xFFFFFFFF;

}  // namespace

void ZipReader::Fail(const std::string& why) const {
  throw Error(ErrorCode::kBadModel,
              source_ + ": not a usable zip archive: " + why + "; fetch or save the file anew");
}

// Little-endian, unsigned.
std::uint64_t ZipReader::Number(std::uint64_t at, int count) const {
  if (at > bytes_.size() || static_cast<std::uint64_t>(count) > bytes_.size() - at) {
    Fail("a field at byte " + std::to_string(at) + " of " + std::to_string(bytes_.size()));
  }
  std::uint64_t value = 0;
  for (int i = count - 1; i >= 0; --i) {
    const auto byte = static_cast<unsigned char>(bytes_[at + static_cast<std::uint64_t>(i)]);
    value = value << 8 | byte;
  }
  return value;
}

ZipReader::ZipReader(std::string_view bytes, std::string source)
    : bytes_(bytes), source_(std::move(source)) {
  const std::uint64_t size = bytes_.size();
  if (size < kEndSize) Fail("only " + std::to_string(size) + " bytes long");
  // The end record stands before a comment of free length, which may itself look like one.
  std::uint64_t end = size - kEndSize;
  const std::uint64_t first = end > kLongestComment ? end - kLongestComment : 0;
  while (Number(end, 4) != 0x06054b50 || Number(end + 20, 2) != size - end - kEndSize) {
    if (end == first) Fail("no directory at its end, so it is cut off");
    --end;
  }
  std::uint64_t count = Number(end + 10, 2), length = Number(end + 12, 4),
                begin = Number(end + 16, 4), limit = end;
  if (Number(end + 4, 2) != Number(end + 6, 2)) Fail("it spans several disks");
  if (count == kFull16 || length == kFull32 || begin == kFull32) {
    if (end < kEnd64LocatorSize || Number(end - kEnd64LocatorSize, 4) != 0x07064b50) {
      Fail("its zip64 directory is missing");
    }
    const std::uint64_t end64 = Number(end - kEnd64LocatorSize + 8, 8);
    if (end < kEnd64Size || end64 > end - kEnd64Size || Number(end64, 4) != 0x06064b50) {
      Fail("its zip64 directory is not where it says");
    }
    count = Number(end64 + 32, 8);
    length = Number(end64 + 40, 8);
    begin = Number(end64 + 48, 8);
    limit = end64;
  }
  if (begin > limit || length > limit - begin) {
    Fail("its directory claims bytes " + std::to_string(begin) + " and " + std::to_string(length) +
         " more of " + std::to_string(size));
  }
  if (count > length / kEntrySize) Fail("its directory is too short for its entries");

  std::uint64_t at = begin;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (length - (at - begin) < kEntrySize || Number(at, 4) != 0x02014b50) {
      Fail("entry " + std::to_string(i) + " of its directory is damaged");
    }
    Entry entry;
    entry.flags = static_cast<unsigned>(Number(at + 8, 2));
    entry.method = static_cast<unsigned>(Number(at + 10, 2));
    entry.crc = static_cast<std::uint32_t>(Number(at + 16, 4));
    entry.compressed = Number(at + 20, 4);
    entry.size = Number(at + 24, 4);
    entry.header = Number(at + 42, 4);
    const std::uint64_t name_length = Number(at + 28, 2), extra_length = Number(at + 30, 2),
                        comment_length = Number(at + 32, 2);
    const std::uint64_t whole = kEntrySize + name_length + extra_length + comment_length;
    if (whole > length - (at - begin)) {
      Fail("entry " + std::to_string(i) + " reaches beyond its directory");
    }
    const std::string name(bytes_.substr(at + kEntrySize, name_length));
    std::uint64_t extra = at + kEntrySize + name_length;
    const std::uint64_t extra_end = extra + extra_length;
    while (extra_end - extra >= 4) {
      const std::uint64_t id = Number(extra, 2), field_length = Number(extra + 2, 2);
      std::uint64_t field = extra + 4;
      if (field_length > extra_end - field) break;
      const std::uint64_t field_end = field + field_length;
      if (id == 1) {
        for (std::uint64_t* value : {&entry.size, &entry.compressed, &entry.header}) {
          if (*value != kFull32) continue;
          if (field_end - field < 8) Fail("record " + Printable(name) + " has a short zip64 field");
          *value = Number(field, 8);
          field += 8;
        }
      }
      extra = field_end;
    }
    if (!entries_.emplace(name, entry).second) Fail("two records named " + Printable(name));
    at += whole;
  }
}

std::string_view ZipReader::Record(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) Fail("no record " + Printable(name));
  const Entry& entry = found->second;
  const std::string what = "record " + Printable(name);
  if ((entry.flags & 1u) != 0) Fail(what + " is encrypted");
  if (entry.method != 0) {
    Fail(what + " is compressed (method " + std::to_string(entry.method) +
         "), and PyTorch stores records as they are: somebody packed this archive again. Unpack it "
         "and save its tensors with torch.save");
  }
  if (entry.compressed != entry.size) Fail(what + " has two sizes");
  const std::uint64_t size = bytes_.size();
  if (entry.header > size || size - entry.header < kLocalSize ||
      Number(entry.header, 4) != 0x04034b50) {
    Fail(what + " has no header at byte " + std::to_string(entry.header));
  }
  const std::uint64_t name_length = Number(entry.header + 26, 2),
                      extra_length = Number(entry.header + 28, 2);
  const std::uint64_t begin = entry.header + kLocalSize + name_length + extra_length;
  if (begin > size || entry.size > size - begin) {
    Fail(what + " claims " + std::to_string(entry.size) + " bytes from byte " +
         std::to_string(begin) + " of " + std::to_string(size));
  }
  if (bytes_.substr(entry.header + kLocalSize, name_length) != name ||
      Number(entry.header + 8, 2) != 0) {
    Fail(what + " has a header of another record");
  }
  const std::string_view content = bytes_.substr(begin, entry.size);
  const auto* data = reinterpret_cast<const Bytef*>(content.data());
  if (::crc32_z(0, data, content.size()) != entry.crc)
    Fail(what + " is damaged (its CRC-32 differs)");
  return content;
}

}  // namespace circumplex
