// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace circumplex::fuzz {

/// One format that this program reads from outside.
struct Format {
  const char* name;  ///< Also the folder of its corpus, tests/fuzz_corpus/<name>.
  /// Reads `bytes` in that format. Returns if they parse or are refused with Error; where a writer
  /// exists, what was parsed must survive writing and reading. Anything else aborts the process.
  void (*try_parse)(const std::string& bytes);
};

const std::vector<Format>& AllFormats();

/// The format of that name, or null.
const Format* FindFormat(const std::string& name);

}  // namespace circumplex::fuzz
