// SPDX-License-Identifier: Apache-2.0
#include "predictions/provenance.h"

#include <nlohmann/json.hpp>

#include "circumplex/error.h"

#include "core/files.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

constexpr int kSchema = 1;

/// Without a last slash, which would hide the folder's name.
fs::path Named(const fs::path& path) { return path.has_filename() ? path : path.parent_path(); }

Provenance Parse(const fs::path& path) {
  const nlohmann::json root = nlohmann::json::parse(ReadFile(path), nullptr, false);
  try {
    // Compared as a number: a conversion to int is undefined or wraps for what int cannot hold.
    if (root.at("schema") == kSchema) {
      return {root.at("model").get<std::string>(),
              root.at("fingerprint").get<std::string>(),
              root.at("gap_fill").get<std::string>(),
              root.at("trained_on").get<std::vector<std::string>>()};
    }
  } catch (const nlohmann::json::exception&) {
  }
  throw Error(ErrorCode::kBadData,
              path.string() +
                  ": not the provenance of predictions (schema 1, model, fingerprint, gap_fill, "
                  "trained_on); predict again, or remove the file");
}

}  // namespace

fs::path ProvenancePath(const fs::path& predictions) {
  return Named(predictions).string() + ".provenance.json";
}

void WriteProvenance(const fs::path& predictions, const Provenance& provenance) {
  nlohmann::ordered_json root;
  root["schema"] = kSchema;
  root["model"] = provenance.model;
  root["fingerprint"] = provenance.fingerprint;
  root["gap_fill"] = provenance.gap_fill;
  root["trained_on"] = provenance.trained_on;
  WriteFileAtomically(ProvenancePath(predictions), root.dump(2) + "\n");
}

std::optional<Provenance> FindProvenance(const fs::path& predictions) {
  const fs::path named = Named(predictions);
  for (const fs::path& place : {named, named.parent_path()}) {
    if (!place.empty() && IsFile(ProvenancePath(place))) return Parse(ProvenancePath(place));
  }
  return std::nullopt;
}

}  // namespace circumplex
