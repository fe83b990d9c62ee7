// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <string>

#include "core/files.h"
#include "support/test_files.h"

namespace circumplex::testing_support {

/// SHA-256 as 64 lower-case hexadecimal digits, by the system's sha256sum: the checksums beside
/// golden vectors were made by it too.
inline std::string Sha256(const std::uint8_t* data, std::size_t size) {
  const TempFolder folder;
  WriteFileAtomically(folder / "bytes", std::string(reinterpret_cast<const char*>(data), size));
  FILE* pipe = ::popen(("sha256sum < " + (folder / "bytes").string()).c_str(), "r");
  char digits[65] = "";
  const bool read = pipe != nullptr && std::fgets(digits, sizeof(digits), pipe) != nullptr;
  if (pipe != nullptr) ::pclose(pipe);
  EXPECT_TRUE(read) << "sha256sum (coreutils) does not run";
  return digits;
}

}  // namespace circumplex::testing_support
