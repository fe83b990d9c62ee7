// SPDX-License-Identifier: Apache-2.0
#include "config/model_card.h"

#include <toml++/toml.h>

#include <sstream>

#include "circumplex/error.h"

#include "config/toml.h"
#include "core/csv.h"
#include "core/files.h"
#include "options/enum_names.h"

namespace circumplex {
namespace {

std::string PairText(const Va& pair) {
  const auto number = [](double value) {
    const std::string text = FormatShortest(value);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  };
  return "[" + number(pair[0]) + ", " + number(pair[1]) + "]";
}

std::string Quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

// Reads the fields of one table of model.toml with messages that name the file and the field.
class Fields {
 public:
  Fields(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

  std::string Text(const std::string& key) const {
    const auto value = table_[key].value<std::string>();
    if (!value) Fail(key, "must be text");
    return *value;
  }
  Va Pair(const std::string& key) const {
    const toml::array* array = table_[key].as_array();
    if (array == nullptr || array->size() != 2) Fail(key, "must be [valence, arousal]");
    Va pair{};
    for (std::size_t i = 0; i < 2; ++i) {
      const auto value = (*array)[i].value<double>();
      if (!value) Fail(key, "must hold two numbers");
      pair[i] = *value;
    }
    return pair;
  }
  std::vector<std::string> List(const std::string& key) const {
    const toml::array* array = table_[key].as_array();
    if (array == nullptr) Fail(key, "must be a list of names");
    std::vector<std::string> list;
    for (const toml::node& node : *array) {
      const auto value = node.value<std::string>();
      if (!value) Fail(key, "must be a list of names");
      list.push_back(*value);
    }
    return list;
  }
  [[noreturn]] void Fail(const std::string& key, const std::string& rule) const {
    throw Error(ErrorCode::kBadModel,
                where_ + key + ": " + rule + "; train or copy the model again");
  }

 private:
  const toml::table& table_;
  std::string where_;
};

toml::table ParseCard(const std::filesystem::path& path) {
  const std::string source = path.string();
  try {
    return toml::parse(ReadFile(path, ErrorCode::kBadModel), source);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorCode::kBadModel,
                source + ":" + std::to_string(error.source().begin.line) + ": not TOML: " +
                    std::string(error.description()) + "; train or copy the model again");
  }
}

void RequireSchema(const toml::table& model, const std::string& source) {
  const std::int64_t schema = model["schema"].value<std::int64_t>().value_or(0);
  if (schema == kModelSchema) return;
  throw Error(ErrorCode::kBadModel,
              source + ": model.schema = " + std::to_string(schema) +
                  ", this program reads schema " + std::to_string(kModelSchema) +
                  "; train the model again or use the program that wrote it");
}

ModelMember ReadMember(const Fields& fields) {
  ModelMember member;
  member.file = fields.Text("file");
  if (member.file.find('/') != std::string::npos || member.file.find("..") != std::string::npos)
    fields.Fail("file", "must be a file name inside the model folder");
  const std::string word = fields.Text("targets");
  const auto targets = ParseEnum<Targets>(word);
  if (!targets) fields.Fail("targets", "must be both, valence or arousal, not '" + word + "'");
  member.targets = *targets;
  member.prediction_mean = fields.Pair("prediction_mean");
  member.prediction_std = fields.Pair("prediction_std");
  return member;
}

std::vector<ModelMember> ReadMembers(const toml::table& model,
                                     const Fields& fields,
                                     const std::string& source) {
  const toml::array* members = model["member"].as_array();
  if (members == nullptr || members->empty())
    fields.Fail("member", "must list at least one network");
  std::vector<ModelMember> read;
  for (const toml::node& node : *members) {
    const toml::table* entry = node.as_table();
    if (entry == nullptr) fields.Fail("member", "must be a list of tables");
    read.push_back(ReadMember(Fields(*entry, source + ": model.member.")));
  }
  return read;
}

RunOptions ReadExperiment(const toml::table& table, const std::string& source) {
  const toml::table* experiment = table["experiment"].as_table();
  if (experiment == nullptr)
    throw Error(ErrorCode::kBadModel, source + ": no table [experiment]; train the model again");
  try {
    return ParseRunOptions(Fields(*experiment, source + ": experiment.").Text("config"), source);
  } catch (const Error& error) {
    throw Error(ErrorCode::kBadModel, error.what());
  }
}

void RequireMembersFit(const ModelCard& card, const Fields& fields) {
  const RegressorOptions& regressor = card.options.regressor;
  for (const ModelMember& member : card.members) {
    const bool fits = regressor.separate_models ? member.targets != Targets::kBoth
                                                : member.targets == regressor.targets;
    if (fits) continue;
    fields.Fail(
        "member.targets = \"" + EnumName(member.targets) + "\" (" + member.file + ")",
        "the model's configuration has regressor.targets = \"" + EnumName(regressor.targets) +
            "\" and regressor.separate_models = " + (regressor.separate_models ? "true" : "false"));
  }
}

}  // namespace

void WriteModelCard(const std::filesystem::path& folder, const ModelCard& card) {
  std::string text = "[model]\nschema = " + std::to_string(kModelSchema) +
                     "\nbackbone_hash = " + Quoted(card.backbone_hash) +
                     "\nbackbone_origin = " + Quoted(card.backbone_origin) +
                     "\ncrop_origin = " + Quoted(card.crop_origin) +
                     "\nlabel_mean = " + PairText(card.label_mean) +
                     "\nlabel_std = " + PairText(card.label_std) +
                     "\nbias = " + PairText(card.bias);
  if (card.smoothing_s) text += "\nsmoothing_s = " + PairText(*card.smoothing_s);
  text += "\ntrained_on = [";
  for (std::size_t i = 0; i < card.trained_on.size(); ++i) {
    text += std::string(i == 0 ? "" : ",") + "\n  " + Quoted(card.trained_on[i]);
  }
  text += "\n]\n";
  for (const ModelMember& member : card.members) {
    text += "\n[[model.member]]\nfile = " + Quoted(member.file) +
            "\ntargets = " + Quoted(EnumName(member.targets)) +
            "\nprediction_mean = " + PairText(member.prediction_mean) +
            "\nprediction_std = " + PairText(member.prediction_std) + "\n";
  }
  text += "\n# The experiment that made it.\n[experiment]\nconfig = '''\n" +
          FormatRunOptions(card.options) + "'''\n";
  WriteFileAtomically(folder / "model.toml", text);
}

namespace {

bool HoldsModel(const std::filesystem::path& folder) {
  return PathExists(folder / "model.toml", ErrorCode::kBadModel);
}

// "; those below it are 'run/a', 'run/b'", where a folder of runs was named for one of them.
std::string ModelsBelow(const std::filesystem::path& folder) {
  std::string names;
  if (!IsFolder(folder, ErrorCode::kBadModel)) return names;
  for (const std::filesystem::path& entry : ListFolder(folder)) {
    if (!IsFolder(entry) || !HoldsModel(ModelFolder(entry))) continue;
    names += (names.empty() ? "" : ", ") + ("'" + entry.string() + "'");
  }
  return names.empty() ? "" : "; the models below it are " + names;
}

}  // namespace

std::filesystem::path ModelFolder(const std::filesystem::path& path) {
  if (path.filename() == "model.toml" && IsFile(path, ErrorCode::kBadModel)) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  }
  return !HoldsModel(path) && HoldsModel(path / "model") ? path / "model" : path;
}

ModelCard ReadModelCard(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "model.toml";
  const std::string source = path.string();
  if (!HoldsModel(folder)) {
    const std::string below = ModelsBelow(folder);
    throw Error(ErrorCode::kBadModel,
                "no model in '" + folder.string() + "': model.toml is missing" +
                    (below.empty() ? "; name the folder that circumplex train wrote"
                                   : below + "; name one of them"));
  }
  const toml::table table = ParseCard(path);
  const toml::table* model = table["model"].as_table();
  if (model == nullptr)
    throw Error(ErrorCode::kBadModel, source + ": no table [model]; this is not a model card");
  RequireSchema(*model, source);
  const Fields fields(*model, source + ": model.");
  ModelCard card;
  card.backbone_hash = fields.Text("backbone_hash");
  // Not in the cards of earlier programs.
  card.backbone_origin = (*model)["backbone_origin"].value<std::string>().value_or("");
  card.crop_origin = (*model)["crop_origin"].value<std::string>().value_or("");
  card.label_mean = fields.Pair("label_mean");
  card.label_std = fields.Pair("label_std");
  if (model->contains("bias")) card.bias = fields.Pair("bias");
  if (model->contains("smoothing_s")) {
    card.smoothing_s = fields.Pair("smoothing_s");
    if ((*card.smoothing_s)[0] < 0 || (*card.smoothing_s)[1] < 0)
      fields.Fail("smoothing_s", "must not be negative");
  }
  card.trained_on = fields.List("trained_on");
  card.members = ReadMembers(*model, fields, source);
  card.options = ReadExperiment(table, source);
  RequireMembersFit(card, fields);
  return card;
}

}  // namespace circumplex
