// SPDX-License-Identifier: Apache-2.0
// One of AllFormats() as a libFuzzer program; the build names it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "formats.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const circumplex::fuzz::Format* const format =
      circumplex::fuzz::FindFormat(CIRCUMPLEX_FUZZ_FORMAT);
  format->try_parse(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
