// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "circumplex/options.h"

namespace circumplex {

/// The words of the configuration file for each value of an option's enum; one home
/// for both directions.
template <typename Enum>
const std::vector<std::pair<Enum, std::string>>& EnumNames();

template <>
const std::vector<std::pair<PhaseMode, std::string>>& EnumNames();
template <>
const std::vector<std::pair<PhaseGaps, std::string>>& EnumNames();
template <>
const std::vector<std::pair<BackboneLayout, std::string>>& EnumNames();
template <>
const std::vector<std::pair<MotionVariant, std::string>>& EnumNames();
template <>
const std::vector<std::pair<Recurrence, std::string>>& EnumNames();
template <>
const std::vector<std::pair<Targets, std::string>>& EnumNames();
template <>
const std::vector<std::pair<WindowRule, std::string>>& EnumNames();
template <>
const std::vector<std::pair<LdsKernel, std::string>>& EnumNames();
template <>
const std::vector<std::pair<LdsReweight, std::string>>& EnumNames();
template <>
const std::vector<std::pair<BinRule, std::string>>& EnumNames();
template <>
const std::vector<std::pair<LossKind, std::string>>& EnumNames();
template <>
const std::vector<std::pair<OptimizerKind, std::string>>& EnumNames();
template <>
const std::vector<std::pair<ScheduleKind, std::string>>& EnumNames();
template <>
const std::vector<std::pair<FoldRule, std::string>>& EnumNames();
template <>
const std::vector<std::pair<Criterion, std::string>>& EnumNames();
template <>
const std::vector<std::pair<StillTune, std::string>>& EnumNames();
template <>
const std::vector<std::pair<StillCrop, std::string>>& EnumNames();
template <>
const std::vector<std::pair<GapFill, std::string>>& EnumNames();
template <>
const std::vector<std::pair<SmoothingKind, std::string>>& EnumNames();

/// Value of a word; nothing for another word.
template <typename Enum>
std::optional<Enum> ParseEnum(std::string_view word) {
  for (const auto& [value, name] : EnumNames<Enum>()) {
    if (name == word) return value;
  }
  return std::nullopt;
}

/// All words, for a list of choices.
template <typename Enum>
std::vector<std::string> EnumWords() {
  std::vector<std::string> words;
  for (const auto& [value, name] : EnumNames<Enum>()) words.push_back(name);
  return words;
}

/// Word of one value, e.g. "delta_blur".
template <typename Enum>
std::string EnumName(Enum value) {
  for (const auto& [candidate, name] : EnumNames<Enum>()) {
    if (candidate == value) return name;
  }
  return "?";
}

}  // namespace circumplex
