// SPDX-License-Identifier: Apache-2.0
#include "run/event_file.h"

#include <array>
#include <cstring>
#include <fstream>

#include "circumplex/error.h"

#include "core/files.h"

namespace circumplex {
namespace {

// TensorBoard wants "tfevents" in the name. Others put time and host there: equal
// runs would differ.
constexpr char kFileName[] = "events.out.tfevents.0.circumplex";
constexpr char kVersion2[] = "brain.Event:2";

// Field numbers of event.proto and summary.proto.
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5;
constexpr int kSummaryValue = 1, kTag = 1, kSimpleValue = 2;
// Wire types of protocol buffers.
constexpr int kVarint = 0, kFixed64 = 1, kDelimited = 2, kFixed32 = 5;

std::array<std::uint32_t, 256> MakeCrcTable() {
  constexpr std::uint32_t kReflectedPolynomial = 0x82F63B78u;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit)
      value = (value >> 1) ^ ((value & 1u) != 0 ? kReflectedPolynomial : 0u);
    table[byte] = value;
  }
  return table;
}

// TFRecord's mask: a CRC of data that holds CRCs is weak.
std::uint32_t MaskedCrc(const std::string& bytes) {
  const std::uint32_t crc = Crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

template <typename T>
std::string LittleEndian(T value) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFF);
  return bytes;
}

std::string Varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(0x80 | (value & 0x7F));
  return bytes + static_cast<char>(value);
}

std::string Key(int field, int wire_type) {
  return Varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire_type));
}

std::string Delimited(int field, const std::string& bytes) {
  return Key(field, kDelimited) + Varint(bytes.size()) + bytes;
}

template <typename Bits, typename T>
Bits BitsOf(T value) {
  static_assert(sizeof(Bits) == sizeof(T), "same size");
  Bits bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

std::string WallTime(double seconds) {
  return Key(kWallTime, kFixed64) + LittleEndian(BitsOf<std::uint64_t>(seconds));
}

std::string Frame(const std::string& data) {
  const std::string length = LittleEndian(static_cast<std::uint64_t>(data.size()));
  return length + LittleEndian(MaskedCrc(length)) + data + LittleEndian(MaskedCrc(data));
}

std::string VersionRecord() { return Frame(WallTime(0) + Delimited(kFileVersion, kVersion2)); }

std::string StepRecord(const ScalarStep& step) {
  std::string summary;
  for (const auto& [tag, value] : step.values) {
    if (!value) continue;
    summary += Delimited(kSummaryValue,
                         Delimited(kTag, tag) + Key(kSimpleValue, kFixed32) +
                             LittleEndian(BitsOf<std::uint32_t>(static_cast<float>(*value))));
  }
  return Frame(WallTime(static_cast<double>(step.step)) + Key(kStep, kVarint) +
               Varint(static_cast<std::uint64_t>(step.step)) + Delimited(kSummary, summary));
}

}  // namespace

std::uint32_t Crc32c(const std::string& bytes) {
  static const std::array<std::uint32_t, 256> table = MakeCrcTable();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~crc;
}

EventFile::EventFile(const std::filesystem::path& folder) : path_(folder / kFileName) {}

void EventFile::Rewrite(const std::vector<ScalarStep>& steps) const {
  std::string bytes = VersionRecord();
  for (const ScalarStep& step : steps) bytes += StepRecord(step);
  WriteFileAtomically(path_, bytes);
}

void EventFile::Append(const ScalarStep& step) const {
  if (!PathExists(path_, ErrorCode::kIo)) return Rewrite({step});
  std::ofstream file(path_, std::ios::binary | std::ios::app);
  file << StepRecord(step) << std::flush;
  if (!file)
    throw Error(ErrorCode::kIo, "cannot write '" + path_.string() + "'; is the disk full?");
}

}  // namespace circumplex
