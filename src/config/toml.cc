// SPDX-License-Identifier: Apache-2.0
#include "config/toml.h"

#include <toml++/toml.h>

#include <optional>
#include <sstream>

#include "circumplex/error.h"

#include "config/option_table.h"
#include "core/csv.h"
#include "core/files.h"
#include "core/progress.h"

namespace circumplex {
namespace {

std::optional<OptionValue> FromToml(const toml::node& node) {
  if (const auto value = node.as_boolean()) return OptionValue(value->get());
  if (const auto value = node.as_integer()) return OptionValue(value->get());
  if (const auto value = node.as_floating_point()) return OptionValue(value->get());
  if (const auto value = node.as_string()) return OptionValue(value->get());
  if (const auto array = node.as_array()) {
    std::vector<std::int64_t> list;
    for (const toml::node& element : *array) {
      const auto integer = element.as_integer();
      if (!integer) return std::nullopt;
      list.push_back(integer->get());
    }
    return OptionValue(list);
  }
  return std::nullopt;
}

std::string FormatValue(const OptionValue& value) {
  std::ostringstream text;
  std::visit(
      [&text](const auto& held) {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, bool>) {
          text << (held ? "true" : "false");
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          text << held;
        } else if constexpr (std::is_same_v<T, double>) {
          std::string digits = FormatShortest(held);
          if (digits.find_first_of(".einf") == std::string::npos) digits += ".0";
          text << digits;
        } else if constexpr (std::is_same_v<T, std::string>) {
          text << toml::value<std::string>(held);
        } else {
          text << "[";
          for (std::size_t i = 0; i < held.size(); ++i) text << (i ? ", " : "") << held[i];
          text << "]";
        }
      },
      value);
  return text.str();
}

void TellFormerName(const std::string& key, const OptionEntry& entry, const std::string& where) {
  if (entry.key == key) return;
  Log(LogLevel::kInfo, "options", where + "'" + key + "' is now called '" + entry.key + "'");
}

// Applies one table of the file; collects every problem with its line.
void ApplyTable(const toml::table& table,
                const std::string& section,
                const std::string& source,
                RunOptions* options,
                std::vector<std::string>* problems) {
  for (const auto& [key_node, node] : table) {
    const std::string key = (section.empty() ? "" : section + ".") + std::string(key_node.str());
    const std::string where = source + ":" + std::to_string(node.source().begin.line) + ": ";
    if (key == "preset") continue;
    if (const toml::table* inner = node.as_table(); inner != nullptr && section.empty()) {
      ApplyTable(*inner, key, source, options, problems);
      continue;
    }
    try {
      const OptionEntry& entry = FindOption(key);
      if (entry.key != key && table.contains(entry.key.substr(section.size() + 1))) {
        throw Error(
            ErrorCode::kInvalidOptions,
            key + ": a former name of " + entry.key + ", which is given too; keep that one");
      }
      TellFormerName(key, entry, where);
      const std::optional<OptionValue> value = FromToml(node);
      if (!value) throw Error(ErrorCode::kInvalidOptions, key + ": must be " + entry.kind);
      entry.set(options, *value);
    } catch (const Error& error) {
      problems->push_back(where + error.what());
    }
  }
}

toml::table ParseToml(const std::string& text, const std::string& source) {
  try {
    return toml::parse(text, source);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorCode::kInvalidOptions,
                source + ":" + std::to_string(error.source().begin.line) + ":" +
                    std::to_string(error.source().begin.column) +
                    ": not TOML: " + std::string(error.description()));
  }
}

void ApplyAssignment(const std::string& assignment, RunOptions* options) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorCode::kInvalidOptions,
                "--set " + assignment + ": must read key=value, e.g. training.lr=1e-3");
  }
  const std::string key(Trim(assignment.substr(0, equals)));
  const std::string text(Trim(assignment.substr(equals + 1)));
  const OptionEntry& entry = FindOption(key);
  TellFormerName(key, entry, "--set ");
  // A bare word is a string, so that `--set lds.kernel=laplace` needs no quotes in the shell.
  std::optional<OptionValue> value;
  try {
    const toml::table table = toml::parse("value = " + text);
    if (const toml::node* node = table.get("value")) value = FromToml(*node);
  } catch (const toml::parse_error&) {
    value = OptionValue(text);
  }
  if (!value)
    throw Error(ErrorCode::kInvalidOptions, key + " = " + text + ": must be " + entry.kind);
  entry.set(options, *value);
}

}  // namespace

RunOptions ParseRunOptions(const std::string& text,
                           const std::string& source,
                           const std::vector<std::string>& assignments,
                           RuleCheck rules) {
  const toml::table table = ParseToml(text, source);
  std::vector<std::string> problems;
  std::string preset = "ours";
  if (const toml::node* node = table.get("preset")) {
    if (const auto name = node->as_string()) {
      preset = name->get();
    } else {
      problems.push_back(source + ":" + std::to_string(node->source().begin.line) +
                         ": preset: must be text");
    }
  }
  std::vector<std::string> remaining;
  for (const std::string& assignment : assignments) {
    if (assignment.rfind("preset=", 0) == 0) {
      preset = assignment.substr(7);
    } else {
      remaining.push_back(assignment);
    }
  }
  RunOptions options = Preset(preset);
  ApplyTable(table, "", source, &options, &problems);
  for (const std::string& assignment : remaining) {
    try {
      ApplyAssignment(assignment, &options);
    } catch (const Error& error) {
      problems.push_back(error.what());
    }
  }
  if (rules == RuleCheck::kHere || !problems.empty()) {
    for (const std::string& violation : options.Violations()) problems.push_back(violation);
  }
  RequireValid(problems);
  return options;
}

RunOptions ReadRunOptions(const std::filesystem::path& path,
                          const std::vector<std::string>& assignments,
                          RuleCheck rules) {
  if (path.empty()) return ParseRunOptions("", "--set", assignments, rules);
  return ParseRunOptions(
      ReadFile(path, ErrorCode::kInvalidOptions), path.string(), assignments, rules);
}

std::string FormatRunOptions(const RunOptions& options) {
  std::string text = "preset = \"" + options.preset + "\"\n";
  std::string section;
  for (const OptionEntry& entry : OptionTable()) {
    const std::size_t dot = entry.key.find('.');
    if (entry.key.substr(0, dot) != section) {
      section = entry.key.substr(0, dot);
      text += "\n[" + section + "]\n";
    }
    text += entry.key.substr(dot + 1) + " = " + FormatValue(entry.get(options)) + "\n";
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> ListRunOptions(const RunOptions& options) {
  std::vector<std::pair<std::string, std::string>> list = {{"preset", options.preset}};
  for (const OptionEntry& entry : OptionTable()) {
    const OptionValue value = entry.get(options);
    const auto* word = std::get_if<std::string>(&value);
    list.emplace_back(entry.key, word ? *word : FormatValue(value));
  }
  return list;
}

std::vector<std::string> OptionDifferences(const RunOptions& a,
                                           const std::string& a_name,
                                           const RunOptions& b,
                                           const std::string& b_name) {
  const auto of_a = ListRunOptions(a), of_b = ListRunOptions(b);
  std::vector<std::string> differences;
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    if (of_a[i].second == of_b[i].second) continue;
    differences.push_back(of_a[i].first + " = " + of_a[i].second + " in " + a_name + ", " +
                          of_b[i].second + " in " + b_name);
  }
  return differences;
}

std::string FormatOptionReference() {
  std::string text =
      "# Configuration\n\n"
      "One TOML file describes one experiment. Values start from the preset that `preset` names "
      "(`ours` if it is\n"
      "absent), the file's keys go over it, `--set key=value` over both. Unknown keys are errors. "
      "This page is printed\n"
      "by `circumplex config --reference`.\n";
  const RunOptions ours = Preset("ours"), paper = Preset("paper"), released = Preset("released");
  std::string section;
  for (const OptionEntry& entry : OptionTable()) {
    const std::size_t dot = entry.key.find('.');
    if (entry.key.substr(0, dot) != section) {
      section = entry.key.substr(0, dot);
      text += "\n## " + section +
              "\n\n| key | kind | ours | paper | released | meaning |\n|---|---|---|---|---|---|\n";
    }
    std::string kind = entry.kind;
    for (std::size_t at = 0; (at = kind.find(" | ", at)) != std::string::npos;)
      kind.replace(at, 3, ", ");
    text += "| `" + entry.key + "` | " + kind + " | " + FormatValue(entry.get(ours)) + " | " +
            FormatValue(entry.get(paper)) + " | " + FormatValue(entry.get(released)) + " | " +
            entry.meaning + " |\n";
  }
  text += "\n## Former names\n\nStill read, with a note.\n\n| former | today |\n|---|---|\n";
  for (const FormerKey& renamed : FormerKeys())
    text += "| `" + renamed.former + "` | `" + renamed.key + "` |\n";
  return text;
}

}  // namespace circumplex
