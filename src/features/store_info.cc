// SPDX-License-Identifier: Apache-2.0
#include "features/store_info.h"

#include <toml++/toml.h>

#include <limits>
#include <optional>
#include <sstream>

#include "circumplex/error.h"

#include "core/csv.h"

namespace circumplex {
namespace {

constexpr int kSchema = 2;
constexpr char kWhatToDo[] = "; write the store again with circumplex features";

std::string Quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

// Reads "<table>.<key>" with messages that name the file and the key.
class Reader {
 public:
  Reader(const toml::table& root, const std::string& source) : root_(root), source_(source) {}

  std::string Text(const char* table, const char* key) const {
    const auto value = root_[table][key].value_exact<std::string>();
    if (!value) Fail(table, key, "must be text");
    return *value;
  }
  std::int64_t Integer(const char* table,
                       const char* key,
                       std::int64_t low,
                       std::int64_t high) const {
    const auto value = root_[table][key].value_exact<std::int64_t>();
    if (!value || *value < low || *value > high) {
      Fail(table,
           key,
           "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    }
    return *value;
  }
  double Rate(const char* table, const char* key) const {
    const auto value = root_[table][key].value<double>();
    if (!value || !(*value >= 0 && *value <= 1000))
      Fail(table, key, "must be a rate from 0 to 1000");
    return *value;
  }
  template <typename Enum>
  Enum Word(const char* table, const char* key) const {
    const auto value = ParseEnum<Enum>(Text(table, key));
    if (value) return *value;
    std::string words;
    for (const std::string& word : EnumWords<Enum>()) words += (words.empty() ? "" : ", ") + word;
    Fail(table, key, "must be one of " + words);
  }
  [[noreturn]] void Fail(const char* table, const char* key, const std::string& rule) const {
    std::ostringstream value;
    if (root_[table][key]) value << " = " << root_[table][key];
    throw Error(ErrorCode::kBadData,
                source_ + ": " + table + "." + key + value.str() + ": " + rule + kWhatToDo);
  }

 private:
  const toml::table& root_;
  const std::string& source_;
};

}  // namespace

template <>
const std::vector<std::pair<CropOrigin, std::string>>& EnumNames() {
  static const std::vector<std::pair<CropOrigin, std::string>> kNames = {
      {CropOrigin::kGiven, "given"},
      {CropOrigin::kFaces, "circumplex faces"},
      {CropOrigin::kMixed, "mixed"}};
  return kNames;
}

BackboneOptions StoreInfo::Backbone() const {
  BackboneOptions options;
  options.layout = layout;
  options.input_size = input_size;
  options.weights = weights;
  options.seed = seed;
  return options;
}

std::vector<std::string> Differences(const StoreInfo& store, const StoreInfo& here) {
  std::vector<std::string> differences;
  const auto compare = [&](const char* key, const auto& there, const auto& now) {
    if (there == now) return;
    std::ostringstream text;
    text << key << " is " << there << " in the store, " << now << " here";
    differences.push_back(text.str());
  };
  compare("backbone.layout", EnumName(store.layout), EnumName(here.layout));
  compare("backbone.input_size", store.input_size, here.input_size);
  compare("the hash of the weights", store.weights_hash, here.weights_hash);
  compare("phase.size", store.phase_size, here.phase_size);
  if (store.schema == 1 || here.schema == 1) return differences;
  compare("the origin of the crops", EnumName(store.crops), EnumName(here.crops));
  compare("faces.crop_size", store.crop_size, here.crop_size);
  compare(
      "the stated frame rate", FormatShortest(store.frame_rate), FormatShortest(here.frame_rate));
  return differences;
}

std::string FormatStoreInfo(const StoreInfo& info) {
  return "# What made the features in this folder (circumplex features).\n[store]\nschema = " +
         std::to_string(kSchema) + "\n\n[backbone]\nlayout = " + Quoted(EnumName(info.layout)) +
         "\ninput_size = " + std::to_string(info.input_size) +
         "\nweights = " + Quoted(info.weights) + "\nseed = " + std::to_string(info.seed) +
         "\nweights_hash = " + Quoted(info.weights_hash) +
         "\nweights_origin = " + Quoted(info.weights_origin) +
         "\n\n[crops]\norigin = " + Quoted(EnumName(info.crops)) +
         "\nsize = " + std::to_string(info.crop_size) +
         "\n\n[phase]\nsize = " + std::to_string(info.phase_size) +
         "\n\n# [1/s] Stated for all trials; 0: each track says its own.\n[frames]\nrate = " +
         FormatShortest(info.frame_rate) + "\n";
}

StoreInfo ParseStoreInfo(const std::string& text, const std::string& source) {
  toml::table table;
  try {
    table = toml::parse(text, source);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorCode::kBadData,
                source + ":" + std::to_string(error.source().begin.line) +
                    ": not TOML: " + std::string(error.description()) + kWhatToDo);
  }
  const Reader reader(table, source);
  StoreInfo info;
  info.schema = static_cast<int>(reader.Integer("store", "schema", kSchema, kSchema));
  info.layout = reader.Word<BackboneLayout>("backbone", "layout");
  info.input_size = static_cast<int>(reader.Integer("backbone", "input_size", 32, 4096));
  info.weights = reader.Text("backbone", "weights");
  if (info.weights.find("..") != std::string::npos || info.weights.rfind('/', 0) == 0)
    reader.Fail("backbone", "weights", "must be a file inside the store");
  info.seed = static_cast<std::uint64_t>(
      reader.Integer("backbone", "seed", 0, std::numeric_limits<std::int64_t>::max()));
  info.weights_hash = reader.Text("backbone", "weights_hash");
  info.weights_origin = reader.Text("backbone", "weights_origin");
  info.crops = reader.Word<CropOrigin>("crops", "origin");
  info.crop_size = static_cast<int>(reader.Integer("crops", "size", 1, 100'000));
  info.phase_size = static_cast<int>(reader.Integer("phase", "size", 16, 1024));
  info.frame_rate = reader.Rate("frames", "rate");
  return info;
}

}  // namespace circumplex
