// SPDX-License-Identifier: Apache-2.0
#include "core/json.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <utility>

#include "circumplex/error.h"

namespace circumplex {
namespace {

// An exception of RefuseJson(); the library's own have other numbers.
constexpr int kRefused = 599;

/// "[json.exception.type_error.302] (/videos/1/rmse) type must be ..." in its parts.
struct Complaint {
  std::string pointer, text;
};

Complaint ComplaintOf(const Json::exception& error) {
  std::string text = error.what();
  text.erase(0, std::min(text.size(), text.find("] ") + 2));
  Complaint complaint;
  if (!text.empty() && text[0] == '(') {
    // A key may hold parentheses, what follows the pointer holds none that starts so.
    const std::size_t end = text.find(") ");
    complaint.pointer = text.substr(1, end - 1);
    text.erase(0, std::min(text.size(), end + 2));
  }
  complaint.text = text;
  return complaint;
}

/// "/videos/1/rmse" as "videos[1].rmse".
std::string PathOf(const std::string& pointer) {
  std::istringstream parts(pointer);
  std::string path, part;
  std::getline(parts, part, '/');
  while (std::getline(parts, part, '/')) {
    const bool index = !part.empty() && std::all_of(part.begin(), part.end(), [](unsigned char c) {
      return std::isdigit(c) != 0;
    });
    if (index) {
      path += "[" + part + "]";
    } else {
      path += (path.empty() ? "" : ".") + part;
    }
  }
  return path;
}

/// The start of a value, for a message.
std::string Shown(const Json& value) {
  constexpr std::size_t kLongest = 60;
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > kLongest) text = text.substr(0, kLongest - 3) + "...";
  return text;
}

/// What the library wants, in the words of every other message.
std::string Wanted(const Complaint& complaint) {
  static const std::pair<const char*, const char*> kWanted[] = {
      {"type must be number", "a number"},
      {"type must be string", "a text"},
      {"type must be array", "an array"},
      {"type must be object", "an object"},
      {"type must be boolean", "true or false"},
      {"cannot use at()", "an object"},
      {"cannot use operator[]", "an object"}};
  for (const auto& [start, wanted] : kWanted) {
    if (complaint.text.rfind(start, 0) == 0) return wanted;
  }
  return complaint.text;
}

}  // namespace

std::string FormatJson(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json ParseJson(const std::string& text, const std::string& source) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const std::size_t end = std::min(text.size(), error.byte);
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    throw Error(ErrorCode::kBadData,
                source + ":" + std::to_string(line) + ": not JSON (byte " +
                    std::to_string(error.byte) +
                    "); the file is damaged or was cut off: write it again");
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kBadData, source + ": not JSON: " + error.what());
  }
}

void RefuseJson(const Json& value, const std::string& should_be) {
  throw Json::other_error::create(kRefused, should_be, &value);
}

std::int64_t WholeNumber(const Json& value, std::int64_t low, std::int64_t high) {
  constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min(),
                         kHighest = std::numeric_limits<std::int64_t>::max();
  if (!value.is_number_integer()) RefuseJson(value, "a whole number");
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > static_cast<std::uint64_t>(kHighest)) {
    RefuseJson(value, "a whole number below 2^63");
  }
  const auto number = value.get<std::int64_t>();
  if (number >= low && number <= high) return number;
  RefuseJson(value,
             low == kLowest || high == kHighest
                 ? "a whole number " + (high == kHighest ? "from " + std::to_string(low)
                                                         : "up to " + std::to_string(high))
                 : "a whole number in [" + std::to_string(low) + ", " + std::to_string(high) + "]");
}

std::vector<double> NumbersOrNaN(const Json& array) {
  if (!array.is_array()) RefuseJson(array, "an array of numbers");
  std::vector<double> numbers;
  numbers.reserve(array.size());
  for (const Json& item : array) {
    if (!item.is_number() && !item.is_null()) RefuseJson(item, "a number or null");
    numbers.push_back(item.is_null() ? std::nan("") : item.get<double>());
  }
  return numbers;
}

void ThrowJsonError(const Json::exception& error, const Json& document, const std::string& source) {
  const Complaint complaint = ComplaintOf(error);
  const std::string path = PathOf(complaint.pointer);
  static const std::string kKey = "key '", kNotFound = "' not found";
  if (complaint.text.rfind(kKey, 0) == 0) {
    const std::string key =
        complaint.text.substr(kKey.size(), complaint.text.rfind(kNotFound) - kKey.size());
    throw Error(ErrorCode::kBadData,
                source + ": '" + (path.empty() ? key : path + "." + key) + "' is missing");
  }
  const Json& value = document.at(Json::json_pointer(complaint.pointer));
  throw Error(ErrorCode::kBadData,
              source + ": " + (path.empty() ? "the document" : "'" + path + "'") + " is " +
                  Shown(value) + "; it should be " + Wanted(complaint));
}

void RefuseDocument(const Json& document, const std::string& source, const std::string& should_be) {
  throw Error(ErrorCode::kBadData,
              source + ": the document is " + Shown(document) + "; it should be " + should_be);
}

}  // namespace circumplex
