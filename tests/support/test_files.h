// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "circumplex/error.h"

namespace circumplex::testing_support {

/// A fresh folder that is removed with the object.
class TempFolder {
 public:
  TempFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "circumplex-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// While it lives, this thread may neither read nor enter `path`; root, too, goes without its power
/// to read and write everything.
class Forbidden {
 public:
  explicit Forbidden(const std::filesystem::path& path) : path_(path) {
    struct ::stat before {};
    ::stat(path.c_str(), &before);
    mode_ = before.st_mode;
    ::chmod(path.c_str(), 0);
    ::syscall(SYS_capget, &header_, capabilities_);
    auto reduced = capabilities_[0];
    reduced.effective &= ~(1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH);
    Set(reduced);
  }
  ~Forbidden() {
    Set(capabilities_[0]);
    ::chmod(path_.c_str(), mode_);
  }
  Forbidden(const Forbidden&) = delete;
  Forbidden& operator=(const Forbidden&) = delete;

 private:
  void Set(const __user_cap_data_struct& lower) {
    const __user_cap_data_struct both[2] = {lower, capabilities_[1]};
    ::syscall(SYS_capset, &header_, both);
  }

  std::filesystem::path path_;
  ::mode_t mode_ = 0;
  __user_cap_header_struct header_ = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct capabilities_[2] = {};
};

inline std::filesystem::path GoldenFolder() { return CIRCUMPLEX_GOLDEN_DIR; }

/// Folder shared/ beside the checkout (real clips), or empty where it is missing.
inline std::filesystem::path SharedFolder() {
  const std::filesystem::path path =
      std::filesystem::path(CIRCUMPLEX_SOURCE_DIR).parent_path() / "shared";
  return std::filesystem::exists(path / "samples") ? path : std::filesystem::path();
}

/// Runs `statement` and returns its Error's message; fails the test if it threw none,
/// or another code.
template <typename Function>
std::string ErrorOf(ErrorCode code, Function&& statement) {
  try {
    statement();
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(code)) << error.what();
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another exception: " << error.what();
    return "";
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

}  // namespace circumplex::testing_support
