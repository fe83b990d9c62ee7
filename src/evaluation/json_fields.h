// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/evaluation.h"

namespace circumplex {

/// A value inside a JSON document that knows where it stands, so that a wrong one can be named. The
/// document must outlive it.
class JsonField {
 public:
  JsonField(const nlohmann::json& value, const std::string& source, const std::string& path = "")
      : value_(&value), source_(source), path_(path) {}

  bool Has(const std::string& key) const;
  /// @throws Error kBadData unless this is an object with the member `key`.
  JsonField At(const std::string& key) const;
  /// The member, or nothing if it is absent or null. @throws Error kBadData unless this is an
  /// object.
  std::optional<JsonField> Find(const std::string& key) const;
  /// Elements of an array, members' values of an object in key order. @throws Error kBadData.
  std::vector<JsonField> Items() const;
  std::vector<std::string> Keys() const;

  // Each throws Error kBadData naming source, path and what should be there.
  double Number() const;
  std::optional<double> NumberOrNull() const;
  std::int64_t Integer() const;
  /// Integer in [low, high].
  std::int64_t Integer(std::int64_t low, std::int64_t high) const;
  bool Bool() const;
  std::string Text() const;
  std::vector<double> Numbers() const;  ///< Null becomes NaN.
  std::vector<std::string> Texts() const;
  /// The member's text, or `fallback` if it is absent.
  std::string TextOr(const std::string& key, const std::string& fallback) const;

  const nlohmann::json& value() const { return *value_; }
  /// "source: 'path.key'", for messages.
  std::string Where(const std::string& key) const;
  [[noreturn]] void Fail(const std::string& should_be) const;

 private:
  const nlohmann::json* value_;
  std::string source_, path_;
};

/// @throws Error kBadData with source:line and what the parser says.
nlohmann::json ParseJson(const std::string& text, const std::string& source);

/// null for an empty or non-finite number: JSON has no NaN.
nlohmann::json NullableNumber(const std::optional<double>& value);

/// Reads what ToJson(EvaluationResult) writes from inside a larger document. @throws Error
/// kBadData.
EvaluationResult ReadEvaluation(const JsonField& field);

}  // namespace circumplex
