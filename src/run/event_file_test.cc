// SPDX-License-Identifier: Apache-2.0
#include "run/event_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "core/files.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::TempFolder;

// A reader of its own: bit by bit CRC, and any field order and unknown fields of the messages.
std::uint32_t SlowCrc(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char c : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const std::uint32_t carry = (crc ^ (static_cast<unsigned char>(c) >> bit)) & 1u;
      crc >>= 1;
      if (carry != 0) crc ^= 0x82F63B78u;
    }
  }
  return ~crc;
}

template <typename T>
T Take(std::string_view* bytes) {
  T value{};
  EXPECT_GE(bytes->size(), sizeof(T));
  std::memcpy(&value, bytes->data(), std::min(sizeof(T), bytes->size()));
  bytes->remove_prefix(std::min(sizeof(T), bytes->size()));
  return value;
}

std::uint64_t TakeVarint(std::string_view* bytes) {
  std::uint64_t value = 0;
  for (int shift = 0; !bytes->empty(); shift += 7) {
    const auto byte = Take<std::uint8_t>(bytes);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

struct Field {
  std::uint64_t number = 0;  ///< Varint and fixed values.
  std::string_view bytes;    ///< Delimited ones.
};

std::multimap<int, Field> Fields(std::string_view message) {
  std::multimap<int, Field> fields;
  while (!message.empty()) {
    const std::uint64_t key = TakeVarint(&message);
    Field field;
    if ((key & 7) == 0) field.number = TakeVarint(&message);
    if ((key & 7) == 1) field.number = Take<std::uint64_t>(&message);
    if ((key & 7) == 5) field.number = Take<std::uint32_t>(&message);
    if ((key & 7) == 2) {
      const std::uint64_t size = TakeVarint(&message);
      field.bytes = message.substr(0, size);
      message.remove_prefix(std::min<std::size_t>(size, message.size()));
    }
    fields.emplace(static_cast<int>(key >> 3), field);
  }
  return fields;
}

std::vector<std::string> Records(std::string_view file) {
  std::vector<std::string> records;
  while (!file.empty()) {
    const std::string_view length_bytes = file.substr(0, 8);
    const auto length = Take<std::uint64_t>(&file);
    const auto masked = [](std::string_view bytes) {
      const std::uint32_t crc = SlowCrc(bytes);
      return static_cast<std::uint32_t>(((crc >> 15) | (crc << 17)) + 0xA282EAD8u);
    };
    EXPECT_EQ(Take<std::uint32_t>(&file), masked(length_bytes));
    records.emplace_back(file.substr(0, length));
    file.remove_prefix(std::min<std::size_t>(length, file.size()));
    EXPECT_EQ(Take<std::uint32_t>(&file), masked(records.back()));
  }
  return records;
}

float ToFloat(std::uint64_t bits) {
  const auto narrow = static_cast<std::uint32_t>(bits);
  float value;
  std::memcpy(&value, &narrow, sizeof(value));
  return value;
}

TEST(EventFile, KnownCrcs) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);    // RFC 3720, B.4
  EXPECT_EQ(Crc32c(std::string(32, '\xFF')), 0x62A8AB43u);  // RFC 3720, B.4
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST(EventFile, AReaderOfTheFormatFindsEveryValue) {
  const TempFolder folder;
  const EventFile events(folder / "member");
  events.Append({0, {{"loss/train", 1.5}, {"ccc/valence", std::nullopt}}});
  events.Append({300, {{"loss/train", -0.1}, {"ccc/valence", 0.25}}});
  EXPECT_NE(events.path().filename().string().find("tfevents"), std::string::npos);
  const std::vector<std::string> records = Records(ReadFile(events.path()));
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(Fields(records[0]).find(3)->second.bytes, "brain.Event:2");
  std::map<std::pair<std::uint64_t, std::string>, float> values;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const auto event = Fields(records[i]);
    const auto summary = Fields(event.find(5)->second.bytes);
    const auto [first, last] = summary.equal_range(1);
    for (auto value = first; value != last; ++value) {
      const auto fields = Fields(value->second.bytes);
      values[{event.find(2)->second.number, std::string(fields.find(1)->second.bytes)}] =
          ToFloat(fields.find(2)->second.number);
    }
  }
  EXPECT_EQ(values.size(), 3u);
  EXPECT_EQ((values[{0, "loss/train"}]), 1.5f);
  EXPECT_EQ((values[{300, "loss/train"}]), -0.1f);
  EXPECT_EQ((values[{300, "ccc/valence"}]), 0.25f);
}

TEST(EventFile, RewritingGivesTheBytesOfAppending) {
  const TempFolder folder;
  const EventFile appended(folder / "a"), rewritten(folder / "b");
  const std::vector<ScalarStep> steps = {{0, {{"x", 1.0}}}, {1, {{"x", 2.0}}}};
  for (const ScalarStep& step : steps) appended.Append(step);
  rewritten.Rewrite(steps);
  EXPECT_EQ(ReadFile(appended.path()), ReadFile(rewritten.path()));
}

}  // namespace
}  // namespace circumplex
