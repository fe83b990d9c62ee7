// SPDX-License-Identifier: Apache-2.0
#pragma once

// With it an exception of nlohmann says where in the document it happened. It changes the library's
// types, so the library must not have been included without it.
#if defined(JSON_DIAGNOSTICS)
#if !JSON_DIAGNOSTICS
#error "include core/json.h before, or instead of, <nlohmann/json.hpp>"
#endif
#else
#define JSON_DIAGNOSTICS 1
#endif

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace circumplex {

/// Members keep the order in which they are written.
using Json = nlohmann::ordered_json;

/// Text of a whole document; `indent` as in nlohmann. Numbers that are not finite become null,
/// damaged UTF-8 the replacement character.
std::string FormatJson(const Json& json, int indent);

/// @throws Error kBadData with source:line.
Json ParseJson(const std::string& text, const std::string& source);

/// For a from_json(): refuses `value`, which stands somewhere in a document that FromJson() reads,
/// because it is not `should_be`.
[[noreturn]] void RefuseJson(const Json& value, const std::string& should_be);

/// The same of a whole document: an Error of kBadData.
[[noreturn]] void RefuseDocument(const Json& document,
                                 const std::string& source,
                                 const std::string& should_be);

/// A whole number in [low, high]. For a from_json().
std::int64_t WholeNumber(const Json& value,
                         std::int64_t low = std::numeric_limits<std::int64_t>::min(),
                         std::int64_t high = std::numeric_limits<std::int64_t>::max());

/// Numbers of an array, null as NaN. For a from_json().
std::vector<double> NumbersOrNaN(const Json& array);

/// Turns what the library threw while it read `document` into an Error of kBadData:
/// "source: 'videos[1].rmse' is "0.1"; it should be a number".
[[noreturn]] void ThrowJsonError(const Json::exception& error,
                                 const Json& document,
                                 const std::string& source);

/// The document as a T, by T's from_json(). @throws Error kBadData naming source, place and value.
template <typename T>
T FromJson(const Json& document, const std::string& source) {
  try {
    return document.get<T>();
  } catch (const Json::exception& error) {
    ThrowJsonError(error, document, source);
  }
}

namespace json_members {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename T>
void ReadValue(const Json& value, T* member) {
  if constexpr (std::is_same_v<T, bool>) {
    if (!value.is_boolean()) RefuseJson(value, "true or false");
    *member = value.get<bool>();
  } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    // The library would cut a fraction off.
    *member = static_cast<T>(
        WholeNumber(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  } else if constexpr (std::is_integral_v<T>) {
    if (!value.is_number_unsigned()) RefuseJson(value, "a whole number from 0");
    *member = value.get<T>();
  } else if constexpr (std::is_same_v<T, std::vector<double>>) {
    *member = NumbersOrNaN(value);
  } else {
    value.get_to(*member);
  }
}

template <typename T>
void Read(const Json& object, const char* key, T* member) {
  if constexpr (IsOptional<T>::value) {
    if (object.is_object() && !object.contains(key)) {
      member->reset();
      return;
    }
  }
  ReadValue(object.at(key), member);
}

template <typename T>
bool IsEmpty(const T& member) {
  if constexpr (IsOptional<T>::value) {
    return !member;
  } else {
    return member.empty();
  }
}

template <typename T>
void ReadIfThere(const Json& object, const char* key, T* member) {
  if (!object.is_object()) RefuseJson(object, "an object");
  if (object.contains(key) && !object.at(key).is_null()) ReadValue(object.at(key), member);
}

}  // namespace json_members
}  // namespace circumplex

/// An empty or non-finite number is null: JSON has no NaN.
template <typename T>
struct nlohmann::adl_serializer<std::optional<T>> {
  static void to_json(circumplex::Json& json, const std::optional<T>& value) {
    json = nullptr;
    if (!value) return;
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(*value)) return;
    }
    json = *value;
  }
  static void from_json(const circumplex::Json& json, std::optional<T>& value) {
    value.reset();
    if (json.is_null()) return;
    if constexpr (std::is_floating_point_v<T>) {
      if (!json.is_number()) circumplex::RefuseJson(json, "a number or null");
    }
    circumplex::json_members::ReadValue(json, &value.emplace());
  }
};

// A struct as a JSON object whose keys are its members' names, each named once for writing and
// reading; stands in the struct's namespace. CIRCUMPLEX_JSON_OBJECT: every member must be there but
// a std::optional. CIRCUMPLEX_JSON_SPARSE_OBJECT: empty members (empty(), std::optional without a
// value) are not written, absent ones keep their default.
#define CIRCUMPLEX_JSON_OBJECT(Type, ...)                                         \
  inline void to_json(::circumplex::Json& json, const Type& value) {              \
    json = ::circumplex::Json::object();                                          \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(CIRCUMPLEX_JSON_WRITE, __VA_ARGS__)) \
  }                                                                               \
  inline void from_json(const ::circumplex::Json& json, Type& value) {            \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(CIRCUMPLEX_JSON_READ, __VA_ARGS__))  \
  }                                                                               \
  static_assert(true, "a semicolon follows")
#define CIRCUMPLEX_JSON_SPARSE_OBJECT(Type, ...)                                           \
  inline void to_json(::circumplex::Json& json, const Type& value) {                       \
    json = ::circumplex::Json::object();                                                   \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(CIRCUMPLEX_JSON_WRITE_IF_THERE, __VA_ARGS__)) \
  }                                                                                        \
  inline void from_json(const ::circumplex::Json& json, Type& value) {                     \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(CIRCUMPLEX_JSON_READ_IF_THERE, __VA_ARGS__))  \
  }                                                                                        \
  static_assert(true, "a semicolon follows")
#define CIRCUMPLEX_JSON_WRITE(member) json[#member] = value.member;
#define CIRCUMPLEX_JSON_READ(member) ::circumplex::json_members::Read(json, #member, &value.member);
#define CIRCUMPLEX_JSON_WRITE_IF_THERE(member) \
  if (!::circumplex::json_members::IsEmpty(value.member)) json[#member] = value.member;
#define CIRCUMPLEX_JSON_READ_IF_THERE(member) \
  ::circumplex::json_members::ReadIfThere(json, #member, &value.member);
