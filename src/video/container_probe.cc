// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>

#include "video/video_reader.h"

namespace circumplex {
namespace {

constexpr std::uint64_t kHeaderBytes = 1 << 20;

std::uint32_t Big32(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::string Printable(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (std::isprint(static_cast<unsigned char>(c))) result += c;
  }
  return result;
}

std::string ReadAt(std::ifstream& in, std::uint64_t offset, std::uint64_t length) {
  std::string bytes(static_cast<std::size_t>(length), '\0');
  in.clear();
  in.seekg(static_cast<std::streamoff>(offset));
  in.read(bytes.data(), static_cast<std::streamsize>(length));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, in.gcount())));
  return bytes;
}

/// Turn that the matrix of a track header ("tkhd" at `header`) stands for, to the next quarter.
std::optional<int> RotationOfTrack(const std::string& moov, std::size_t header) {
  if (header + 4 >= moov.size()) return std::nullopt;
  const std::size_t matrix = header + (moov[header + 4] == 0 ? 44 : 56);
  if (matrix + 8 > moov.size()) return std::nullopt;
  const auto a = static_cast<std::int32_t>(Big32(moov, matrix));
  const auto b = static_cast<std::int32_t>(Big32(moov, matrix + 4));
  if (a == 0 && b == 0) return std::nullopt;
  const double quarters =
      std::atan2(static_cast<double>(b), static_cast<double>(a)) / 1.57079632679489662;
  return static_cast<int>((std::lround(quarters) + 4) % 4) * 90;
}

/// Codec (name of the first sample entry) and rotation of the first track whose handler is "vide".
void SketchMoov(const std::string& moov, ContainerSketch& sketch) {
  std::size_t track = moov.find("trak");
  while (track != std::string::npos) {
    const std::size_t next = moov.find("trak", track + 4);
    const std::size_t end = std::min(next, moov.size());
    const std::size_t entry = moov.find("stsd", track);
    if (moov.find("vide", track) < end && entry < end) {
      if (entry + 20 <= moov.size()) sketch.video_codec = Printable(moov.substr(entry + 16, 4));
      const std::size_t header = moov.find("tkhd", track);
      if (header < end) sketch.rotation_deg = RotationOfTrack(moov, header);
      return;
    }
    track = next;
  }
}

ContainerSketch SketchMp4(std::ifstream& in, std::uint64_t file_size) {
  ContainerSketch sketch{"MP4", "", true, std::nullopt};
  std::uint64_t offset = 0;
  for (int box = 0; box < 10000 && offset + 8 <= file_size; ++box) {
    const std::string head = ReadAt(in, offset, 16);
    if (head.size() < 8) break;
    std::uint64_t size = Big32(head, 0);
    if (size == 1 && head.size() == 16) {
      size = static_cast<std::uint64_t>(Big32(head, 8)) << 32 | Big32(head, 12);
    }
    if (size == 0) size = file_size - offset;
    if (size < 8) break;
    if (head.compare(4, 4, "moov") == 0) {
      const std::uint64_t length = std::min({size, file_size - offset, 16 * kHeaderBytes});
      SketchMoov(ReadAt(in, offset, length), sketch);
      sketch.index_missing = size > file_size - offset;
      break;
    }
    if (size > file_size - offset) break;
    offset += size;
  }
  return sketch;
}

}  // namespace

ContainerSketch SketchContainer(const std::filesystem::path& path) {
  std::error_code error;
  const std::uint64_t file_size = std::filesystem::file_size(path, error);
  std::ifstream in(path, std::ios::binary);
  if (error || !in) return {};
  const std::string head = ReadAt(in, 0, std::min<std::uint64_t>(file_size, kHeaderBytes));
  const auto starts = [&](std::size_t at, const std::string& magic) {
    return head.compare(at < head.size() ? at : head.size(), magic.size(), magic) == 0;
  };
  if (starts(4, "ftyp") || starts(4, "moov") || starts(4, "mdat") || starts(4, "wide")) {
    return SketchMp4(in, file_size);
  }
  if (starts(0, "RIFF") && starts(8, "AVI ")) {
    const std::size_t stream = head.find("vids");
    const bool whole = stream != std::string::npos && stream + 8 <= head.size();
    return {"AVI", whole ? Printable(head.substr(stream + 4, 4)) : "", false, std::nullopt};
  }
  if (starts(0, "\x1A\x45\xDF\xA3")) {
    const std::size_t codec = head.find("V_");
    std::string name;
    for (std::size_t i = codec; i < head.size() && name.size() < 32; ++i) {
      const auto c = static_cast<unsigned char>(head[i]);
      if (!std::isupper(c) && !std::isdigit(c) && c != '_' && c != '/') break;
      name += head[i];
    }
    return {"Matroska", name, false, std::nullopt};
  }
  if (starts(0, std::string("\0\0\1\xBA", 4)))
    return {"MPEG program stream", "", false, std::nullopt};
  if (starts(0, std::string("\x30\x26\xB2\x75", 4))) return {"ASF", "", false, std::nullopt};
  if (starts(0, "FLV")) return {"FLV", "", false, std::nullopt};
  if (starts(0, "OggS")) return {"Ogg", "", false, std::nullopt};
  if (starts(0, "\x47") && head.size() > 376 && head[188] == 0x47 && head[376] == 0x47) {
    return {"MPEG transport stream", "", false, std::nullopt};
  }
  return {};
}

}  // namespace circumplex
