// SPDX-License-Identifier: Apache-2.0
#include "core/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace circumplex {
namespace fs = std::filesystem;
namespace {

fs::path TemporaryBeside(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  const std::string unique = std::to_string(::getpid()) + "-" + std::to_string(counter++);
  return path.parent_path() /
         ("." + path.stem().string() + ".partial-" + unique + path.extension().string());
}

void CreateParent(const fs::path& path) {
  if (!path.has_parent_path()) return;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) {
    throw Error(ErrorCode::kIo,
                "cannot create folder '" + path.parent_path().string() + "': " + error.message() +
                    "; check that the place exists and may be written");
  }
}

// The cause of an error_code, and what to do about the usual one.
std::string Cause(const std::error_code& error) {
  return error.message() +
         (error == std::errc::permission_denied ? "; check the permissions" : "; check the path");
}

fs::file_type TypeOf(const fs::path& path, ErrorCode refused) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type != fs::file_type::none) return type;
  throw Error(refused, "cannot look at '" + path.string() + "': " + Cause(error));
}

bool IsHidden(const fs::path& path) { return path.filename().string().front() == '.'; }

void Rename(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) {
    throw Error(ErrorCode::kIo, "cannot write '" + to.string() + "': " + error.message());
  }
}

}  // namespace

bool PathExists(const fs::path& path, ErrorCode refused) {
  return TypeOf(path, refused) != fs::file_type::not_found;
}

bool IsFolder(const fs::path& path, ErrorCode refused) {
  return TypeOf(path, refused) == fs::file_type::directory;
}

bool IsFile(const fs::path& path, ErrorCode refused) {
  return TypeOf(path, refused) == fs::file_type::regular;
}

void RequireReadable(const fs::path& path, ErrorCode missing_code) {
  const fs::file_type type = TypeOf(path, missing_code);
  if (type == fs::file_type::not_found)
    throw Error(missing_code, "no file '" + path.string() + "'; check the path");
  if (type == fs::file_type::directory)
    throw Error(missing_code, "'" + path.string() + "' is a folder, a file is needed");
  // Only opening tells; a pipe must be opened once only.
  if (type != fs::file_type::regular) return;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    const std::error_code error(errno, std::generic_category());
    throw Error(missing_code, "cannot read '" + path.string() + "': " + Cause(error));
  }
  ::close(file);
}

std::string ReadFile(const fs::path& path, ErrorCode missing_code) {
  RequireReadable(path, missing_code);
  std::ifstream in(path, std::ios::binary);
  std::string content;
  if (in) {
    in.seekg(0, std::ios::end);
    const auto size = in.tellg();
    in.seekg(0);
    if (size > 0) {
      content.resize(static_cast<std::size_t>(size));
      in.read(content.data(), size);
    }
  }
  if (!in) {
    throw Error(ErrorCode::kIo, "cannot read '" + path.string() + "': " + std::strerror(errno));
  }
  return content;
}

namespace {

// The content under the pending file's temporary name.
void WriteContent(const PendingFile& pending, const fs::path& path, const std::string& content) {
  std::ofstream out(pending.temporary_path(), std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) {
    throw Error(ErrorCode::kIo,
                "cannot write '" + path.string() + "': " + std::strerror(errno) +
                    "; check space and permissions");
  }
}

}  // namespace

void WriteFileAtomically(const fs::path& path, const std::string& content) {
  PendingFile pending(path);
  WriteContent(pending, path, content);
  pending.Commit();
}

bool WriteFileIfAbsent(const fs::path& path, const std::string& content) {
  const PendingFile pending(path);
  WriteContent(pending, path, content);
  // Unlike a rename, a link does not replace what another process has put there meanwhile.
  std::error_code error;
  fs::create_hard_link(pending.temporary_path(), path, error);
  if (error && error != std::errc::file_exists)
    throw Error(ErrorCode::kIo, "cannot write '" + path.string() + "': " + error.message());
  return !error;
}

PendingFile::PendingFile(const fs::path& final_path)
    : final_path_(final_path), temporary_path_(TemporaryBeside(final_path)) {
  CreateParent(final_path);
}

PendingFile::~PendingFile() {
  if (committed_) return;
  std::error_code ignored;
  fs::remove(temporary_path_, ignored);
}

void PendingFile::Commit() {
  Rename(temporary_path_, final_path_);
  committed_ = true;
}

bool NaturalLess(const std::string& a, const std::string& b) {
  std::size_t i = 0, j = 0;
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      std::size_t i0 = i, j0 = j;
      while (i0 < a.size() && a[i0] == '0') ++i0;
      while (j0 < b.size() && b[j0] == '0') ++j0;
      std::size_t i1 = i0, j1 = j0;
      while (i1 < a.size() && digit(a[i1])) ++i1;
      while (j1 < b.size() && digit(b[j1])) ++j1;
      if (i1 - i0 != j1 - j0) return i1 - i0 < j1 - j0;
      const int order = a.compare(i0, i1 - i0, b, j0, j1 - j0);
      if (order != 0) return order < 0;
      i = i1;
      j = j1;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
    }
  }
  if ((i < a.size()) != (j < b.size())) return j < b.size();
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::vector<fs::path> FolderEntries(const fs::path& folder) {
  if (!IsFolder(folder))
    throw Error(ErrorCode::kNotFound, "no folder '" + folder.string() + "'; check the path");
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!IsHidden(it->path())) entries.push_back(it->path());
  }
  if (error) {
    throw Error(ErrorCode::kNotFound, "cannot list '" + folder.string() + "': " + Cause(error));
  }
  return entries;
}

std::vector<fs::path> ListFolder(const fs::path& folder) {
  std::vector<fs::path> entries = FolderEntries(folder);
  std::sort(entries.begin(), entries.end(), [](const fs::path& a, const fs::path& b) {
    return NaturalLess(a.filename().string(), b.filename().string());
  });
  return entries;
}

std::vector<fs::path> FilesBelow(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::path& entry : FolderEntries(folder)) {
    if (IsFile(entry)) files.push_back(entry);
    // A link to a folder above would be followed without end.
    std::error_code ignored;
    if (IsFolder(entry) && !fs::is_symlink(entry, ignored)) {
      const std::vector<fs::path> inner = FilesBelow(entry);
      files.insert(files.end(), inner.begin(), inner.end());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::uint64_t Fnv1a64(const std::string& bytes, std::uint64_t state) {
  for (const char c : bytes) {
    state ^= static_cast<unsigned char>(c);
    state *= 1099511628211ull;
  }
  return state;
}

std::string Hex64(std::uint64_t value) {
  static const char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (int i = 15; i >= 0; --i, value >>= 4) text[i] = kDigits[value & 15];
  return text;
}

}  // namespace circumplex
