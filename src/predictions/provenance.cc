// SPDX-License-Identifier: Apache-2.0
#include "predictions/provenance.h"

#include <utility>

#include "circumplex/error.h"

#include "core/files.h"
#include "core/json.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

constexpr int kSchema = 1;

/// Without a last slash, which would hide the folder's name.
fs::path Named(const fs::path& path) { return path.has_filename() ? path : path.parent_path(); }

struct Document {
  int schema = kSchema;
  std::string model, fingerprint, gap_fill;
  std::vector<std::string> trained_on;
};
CIRCUMPLEX_JSON_OBJECT(Document, schema, model, fingerprint, gap_fill, trained_on);

Provenance Parse(const fs::path& path) {
  const Json json = ParseJson(ReadFile(path), path.string());
  Document document = FromJson<Document>(json, path.string());
  if (document.schema != kSchema) {
    throw Error(ErrorCode::kBadData,
                path.string() + ": schema " + std::to_string(document.schema) +
                    ", this program reads schema " + std::to_string(kSchema) +
                    "; predict again, or remove the file");
  }
  return {std::move(document.model),
          std::move(document.fingerprint),
          std::move(document.gap_fill),
          std::move(document.trained_on)};
}

}  // namespace

fs::path ProvenancePath(const fs::path& predictions) {
  return Named(predictions).string() + ".provenance.json";
}

void WriteProvenance(const fs::path& predictions, const Provenance& provenance) {
  const Document document = {kSchema,
                             provenance.model,
                             provenance.fingerprint,
                             provenance.gap_fill,
                             provenance.trained_on};
  WriteFileAtomically(ProvenancePath(predictions), FormatJson(document, 2) + "\n");
}

std::optional<Provenance> FindProvenance(const fs::path& predictions) {
  const fs::path named = Named(predictions);
  for (const fs::path& place : {named, named.parent_path()}) {
    if (!place.empty() && IsFile(ProvenancePath(place))) return Parse(ProvenancePath(place));
  }
  return std::nullopt;
}

}  // namespace circumplex
