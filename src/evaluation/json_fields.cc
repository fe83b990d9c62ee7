// SPDX-License-Identifier: Apache-2.0
#include "evaluation/json_fields.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "circumplex/error.h"

namespace circumplex {

bool JsonField::Has(const std::string& key) const {
  return value_->is_object() && value_->contains(key);
}

JsonField JsonField::At(const std::string& key) const {
  if (!value_->is_object()) Fail("an object");
  const auto member = value_->find(key);
  if (member == value_->end()) throw Error(ErrorCode::kBadData, Where(key) + " is missing");
  return JsonField(*member, source_, path_.empty() ? key : path_ + "." + key);
}

std::optional<JsonField> JsonField::Find(const std::string& key) const {
  if (!value_->is_object()) Fail("an object");
  const auto member = value_->find(key);
  if (member == value_->end() || member->is_null()) return {};
  return At(key);
}

std::vector<JsonField> JsonField::Items() const {
  std::vector<JsonField> items;
  if (value_->is_array()) {
    for (std::size_t i = 0; i < value_->size(); ++i) {
      items.emplace_back((*value_)[i], source_, path_ + "[" + std::to_string(i) + "]");
    }
  } else if (value_->is_object()) {
    for (const auto& member : value_->items()) items.push_back(At(member.key()));
  } else {
    Fail("an array");
  }
  return items;
}

std::vector<std::string> JsonField::Keys() const {
  if (!value_->is_object()) Fail("an object");
  std::vector<std::string> keys;
  for (const auto& member : value_->items()) keys.push_back(member.key());
  return keys;
}

double JsonField::Number() const {
  if (!value_->is_number()) Fail("a number");
  return value_->get<double>();
}

std::optional<double> JsonField::NumberOrNull() const {
  if (value_->is_null()) return {};
  if (!value_->is_number()) Fail("a number or null");
  return value_->get<double>();
}

std::int64_t JsonField::Integer() const {
  if (!value_->is_number_integer()) Fail("a whole number");
  if (value_->is_number_unsigned() &&
      value_->get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    Fail("a whole number below 2^63");
  }
  return value_->get<std::int64_t>();
}

std::int64_t JsonField::Integer(std::int64_t low, std::int64_t high) const {
  const std::int64_t number = Integer();
  if (number < low || number > high) {
    Fail("a whole number in [" + std::to_string(low) + ", " + std::to_string(high) + "]");
  }
  return number;
}

bool JsonField::Bool() const {
  if (!value_->is_boolean()) Fail("true or false");
  return value_->get<bool>();
}

std::string JsonField::Text() const {
  if (!value_->is_string()) Fail("a text");
  return value_->get<std::string>();
}

std::vector<double> JsonField::Numbers() const {
  if (!value_->is_array()) Fail("an array of numbers");
  std::vector<double> numbers;
  numbers.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i) {
    const nlohmann::json& item = (*value_)[i];
    if (item.is_number()) {
      numbers.push_back(item.get<double>());
    } else if (item.is_null()) {
      numbers.push_back(std::nan(""));
    } else {
      JsonField(item, source_, path_ + "[" + std::to_string(i) + "]").Fail("a number or null");
    }
  }
  return numbers;
}

std::vector<std::string> JsonField::Texts() const {
  if (!value_->is_array()) Fail("an array of texts");
  std::vector<std::string> texts;
  for (const JsonField& item : Items()) texts.push_back(item.Text());
  return texts;
}

std::string JsonField::TextOr(const std::string& key, const std::string& fallback) const {
  const auto member = Find(key);
  return member ? member->Text() : fallback;
}

std::string JsonField::Where(const std::string& key) const {
  return source_ + ": '" + (path_.empty() ? key : path_ + "." + key) + "'";
}

void JsonField::Fail(const std::string& should_be) const {
  std::string shown = value_->dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
  throw Error(ErrorCode::kBadData,
              source_ + ": " + (path_.empty() ? "the document" : "'" + path_ + "'") + " is " +
                  shown + "; it should be " + should_be);
}

nlohmann::json ParseJson(const std::string& text, const std::string& source) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const std::size_t end = std::min(text.size(), error.byte);
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    throw Error(ErrorCode::kBadData,
                source + ":" + std::to_string(line) + ": not JSON (byte " +
                    std::to_string(error.byte) +
                    "); the file is damaged or was cut off: write it again");
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kBadData, source + ": not JSON: " + error.what());
  }
}

nlohmann::json NullableNumber(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value;
}

}  // namespace circumplex
