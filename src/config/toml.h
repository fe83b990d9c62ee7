// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// Who checks the rules of RunOptions::Violations().
enum class RuleCheck {
  kHere,
  /// Where other rules are broken too (training: of options and data), all are told together.
  kCaller,
};

/// Reads one experiment: the preset that the key `preset` names ("ours" if absent), the file's keys
/// over it, then the `--set` assignments ("training.lr=1e-3") over both. Every problem is reported,
/// not the first only.
/// @param path  Empty = no file.
/// @throws Error kInvalidOptions with file:line for syntax errors, unknown keys (with the nearest
///         known one), values of the wrong kind, and broken rules (key, value, rule; under kCaller
///         only beside one of the others); kNotFound if there is no such file.
RunOptions ReadRunOptions(const std::filesystem::path& path,
                          const std::vector<std::string>& assignments = {},
                          RuleCheck rules = RuleCheck::kHere);
RunOptions ParseRunOptions(const std::string& text,
                           const std::string& source,
                           const std::vector<std::string>& assignments = {},
                           RuleCheck rules = RuleCheck::kHere);

/// The whole configuration as TOML, every key with its value; reading it back gives
/// the same options.
std::string FormatRunOptions(const RunOptions& options);

/// `preset` and every key with its value, in the order of the file; words without quotes.
std::vector<std::pair<std::string, std::string>> ListRunOptions(const RunOptions& options);

/// The keys whose values differ, one "key = value in `a`, value in `b`" each, in the order of the
/// file; empty for equal options. @param a_name, b_name  Where the values stand, for the sentence.
std::vector<std::string> OptionDifferences(const RunOptions& a,
                                           const std::string& a_name,
                                           const RunOptions& b,
                                           const std::string& b_name);

/// docs/config.md: every key with kind, default of the three presets and meaning.
std::string FormatOptionReference();

}  // namespace circumplex
