// SPDX-License-Identifier: Apache-2.0
#include "core/files.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>

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

void Rename(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) {
    throw Error(ErrorCode::kIo, "cannot write '" + to.string() + "': " + error.message());
  }
}

}  // namespace

std::string ReadFile(const fs::path& path, ErrorCode missing_code) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw Error(missing_code, "no file '" + path.string() + "'; check the path");
  }
  if (fs::is_directory(path, error)) {
    throw Error(missing_code, "'" + path.string() + "' is a folder, a file is needed");
  }
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

void WriteFileAtomically(const fs::path& path, const std::string& content) {
  PendingFile pending(path);
  {
    std::ofstream out(pending.temporary_path(), std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) {
      throw Error(ErrorCode::kIo,
                  "cannot write '" + path.string() + "': " + std::strerror(errno) +
                      "; check space and permissions");
    }
  }
  pending.Commit();
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

std::vector<fs::path> ListFolder(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw Error(ErrorCode::kNotFound, "no folder '" + folder.string() + "'; check the path");
  }
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.empty() && name[0] != '.') entries.push_back(entry.path());
  }
  if (error) {
    throw Error(ErrorCode::kIo, "cannot list '" + folder.string() + "': " + error.message());
  }
  std::sort(entries.begin(), entries.end(), [](const fs::path& a, const fs::path& b) {
    return NaturalLess(a.filename().string(), b.filename().string());
  });
  return entries;
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
