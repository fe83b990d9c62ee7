// SPDX-License-Identifier: Apache-2.0
// Replays a corpus and seeded mutations of it, without libFuzzer: an ordinary test.
//
//   fuzz_replay FORMAT CORPUS_FOLDER [MUTATIONS_PER_FILE]     default: 200
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/rng.h"
#include "formats.h"

namespace circumplex::fuzz {
namespace {

/// What parsers of text and numbers have stumbled over elsewhere.
const std::vector<std::string>& Tokens() {
  static const std::vector<std::string> tokens = {
      "-5", ",",    "\n", "\r\n", "\"", "nan",  "inf",    "1e999", "99999999999999999999",
      "-",  "0x1p", "[",  "]",    "{",  "}",    "'",      "=",     "\xEF\xBB\xBF",
      ";",  ":",    "/",  "..",   "\t", " ",    "\xFF",   "1.0.0", std::string(1, '\0'),
      "-0", "1e-9", "+1", ".5",   "5.", "true", "\n\n\n", "#",     "valence,arousal\n"};
  return tokens;
}

std::string Mutated(std::string bytes, Rng* rng) {
  const auto below = [rng](std::size_t n) {
    return static_cast<std::size_t>(rng->Uniform(0, 1) * static_cast<double>(n));
  };
  const std::size_t changes = 1 + below(4);
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t at = below(bytes.size() + 1);
    const std::size_t length = below(std::min<std::size_t>(bytes.size() - at, 40) + 1);
    switch (below(5)) {
      case 0:
        bytes.insert(at, Tokens()[below(Tokens().size())]);
        break;
      case 1:
        bytes.erase(at, length);
        break;
      case 2:
        bytes.insert(below(bytes.size() + 1), bytes.substr(at, length));
        break;
      case 3:
        if (at < bytes.size()) bytes[at] = static_cast<char>(below(256));
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

int Replay(const Format& format, const std::string& corpus, int mutations) {
  Rng rng(1, format.name);
  std::string current;
  int inputs = 0;
  try {
    for (const auto& path : ListFolder(corpus)) {
      const std::string bytes = ReadFile(path);
      for (int i = 0; i <= mutations; ++i) {
        current = i == 0 ? bytes : Mutated(bytes, &rng);
        format.try_parse(current);
        ++inputs;
      }
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr,
                 "%s: input %d neither parses nor is refused with Error: %s\n%s\n",
                 format.name,
                 inputs,
                 error.what(),
                 current.c_str());
    return 1;
  }
  std::printf("%s: %d inputs\n", format.name, inputs);
  return inputs > 0 ? 0 : 1;
}

}  // namespace
}  // namespace circumplex::fuzz

int main(int argc, char** argv) {
  using namespace circumplex::fuzz;  // NOLINT: the program's own namespace
  const Format* format = argc > 2 ? FindFormat(argv[1]) : nullptr;
  if (format == nullptr) {
    std::fprintf(stderr, "usage: fuzz_replay FORMAT CORPUS_FOLDER [MUTATIONS_PER_FILE]\nformats:");
    for (const Format& one : AllFormats()) std::fprintf(stderr, " %s", one.name);
    std::fprintf(stderr, "\n");
    return 2;
  }
  return Replay(*format, argv[2], argc > 3 ? std::atoi(argv[3]) : 200);
}
