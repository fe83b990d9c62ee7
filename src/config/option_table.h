// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// A value of the configuration file.
using OptionValue =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>>;

/// One key of the configuration file, bound to one field of RunOptions.
struct OptionEntry {
  std::string key;  ///< "<section>.<field>".
  /// "true|false", "integer", "number", "text", "list of integers" or the words of an enum.
  std::string kind;
  std::string meaning;  ///< One sentence with unit and rule.
  std::function<OptionValue(const RunOptions&)> get;
  /// @throws Error kInvalidOptions: the value is of another kind, or not one of the words.
  std::function<void(RunOptions*, const OptionValue&)> set;
};

/// Every key, in the order of the file. Reading, writing, `--set`, error messages and
/// docs/config.md all come from this table.
const std::vector<OptionEntry>& OptionTable();

/// A key that earlier programs wrote, and the key that took its place.
struct FormerKey {
  std::string former;
  std::string key;
};

/// Every former key that is still read: in files, in `--set` and in the models of earlier programs.
const std::vector<FormerKey>& FormerKeys();

/// @param key  A key of OptionTable() or a former one.
/// @throws Error kInvalidOptions naming the key and the nearest known one.
const OptionEntry& FindOption(const std::string& key);

}  // namespace circumplex
