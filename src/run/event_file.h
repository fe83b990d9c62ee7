// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace circumplex {

/// CRC-32C (Castagnoli, reflected, polynomial 0x1EDC6F41) of `bytes`; "123456789" gives 0xE3069283.
std::uint32_t Crc32c(const std::string& bytes);

/// Values of one step; those without a value are not written.
struct ScalarStep {
  std::int64_t step = 0;
  std::vector<std::pair<std::string, std::optional<double>>> values;  ///< Tag and value.
};

/// A TensorBoard event file of scalars: TFRecord frames (length, masked CRC-32C of the length,
/// data, masked CRC-32C of the data; little endian), each an Event message, the first one with
/// file_version "brain.Event:2". Values are float32, as the format has them.
///
/// Equal steps give equal bytes: an event's wall_time is its step as seconds since 1970, not the
/// clock. TensorBoard's STEP axis is right; its WALL axis counts epochs.
///
/// Source: tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto and
/// tensorflow/core/lib/io/record_writer.h of TensorFlow. Not thread-safe.
class EventFile {
 public:
  /// The name holds "tfevents", by which TensorBoard finds it.
  explicit EventFile(const std::filesystem::path& folder);

  /// The whole file anew, atomically. @throws Error kIo.
  void Rewrite(const std::vector<ScalarStep>& steps) const;
  /// Adds a step at the end, so that a TensorBoard that reads the file sees it; a file that is not
  /// there is made. A kill may leave a part of a record, which readers skip and Rewrite() mends.
  /// @throws Error kIo.
  void Append(const ScalarStep& step) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace circumplex
