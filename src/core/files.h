// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "circumplex/error.h"

namespace circumplex {

/// What the system says of a path: whether anything is there, a folder, or a regular file (links
/// are followed). A path that it refuses to look at, for lack of permission, a name too long or
/// links in a circle, is an error and not an absence. Thread safe, as is all of this header.
/// @param refused  kNotFound for an input (exit code 3), kIo for a place to write to (5), kBadModel
///   for a part of a model (4).
/// @throws Error `refused` naming path and cause.
bool PathExists(const std::filesystem::path& path, ErrorCode refused = ErrorCode::kNotFound);
bool IsFolder(const std::filesystem::path& path, ErrorCode refused = ErrorCode::kNotFound);
bool IsFile(const std::filesystem::path& path, ErrorCode refused = ErrorCode::kNotFound);

/// For readers that hand a path to a library, whose own message would not name the cause.
/// @throws Error `missing_code` if `path` is absent, a folder, or may not be read.
void RequireReadable(const std::filesystem::path& path,
                     ErrorCode missing_code = ErrorCode::kNotFound);

/// Whole file as bytes. @throws Error `missing_code` as RequireReadable(), kIo if reading fails.
std::string ReadFile(const std::filesystem::path& path,
                     ErrorCode missing_code = ErrorCode::kNotFound);

/// Writes `content` under a temporary name beside `path`, then renames: readers see the old file or
/// the whole new one, never a part. Creates parent folders. @throws Error kIo.
void WriteFileAtomically(const std::filesystem::path& path, const std::string& content);

/// As WriteFileAtomically(), but a file that is there already stays as it is: of several processes
/// one writes. @return Whether it was this one. @throws Error kIo.
bool WriteFileIfAbsent(const std::filesystem::path& path, const std::string& content);

/// A file that gets its final name only on Commit(); without it the destructor removes the partial
/// file. For writers that need a path of their own (video encoders).
class PendingFile {
 public:
  explicit PendingFile(const std::filesystem::path& final_path);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  /// Same extension as the final path, so that encoders choose the right container.
  const std::filesystem::path& temporary_path() const { return temporary_path_; }
  void Commit();

 private:
  std::filesystem::path final_path_, temporary_path_;
  bool committed_ = false;
};

/// Entries of a folder in natural order: runs of digits compare as numbers, so 2.jpg
/// precedes 10.jpg. Hidden entries are left out. @throws Error kNotFound if `folder` is not a
/// folder, or may not be read.
std::vector<std::filesystem::path> ListFolder(const std::filesystem::path& folder);
/// The same without the order, for folders of very many files.
std::vector<std::filesystem::path> FolderEntries(const std::filesystem::path& folder);
/// All regular files in `folder` and the folders below it, sorted; hidden ones are left out.
std::vector<std::filesystem::path> FilesBelow(const std::filesystem::path& folder);

/// Natural order of two names; equal numbers with more leading zeros come later.
bool NaturalLess(const std::string& a, const std::string& b);

/// FNV-1a 64 of `bytes`; used for seeds and short content fingerprints, not for security.
std::uint64_t Fnv1a64(const std::string& bytes, std::uint64_t state = 14695981039346656037ull);

/// 16 lower-case hexadecimal digits.
std::string Hex64(std::uint64_t value);

}  // namespace circumplex
