// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace circumplex {

/// Which model made a set of predictions, and which trials that model has seen in training. Stands
/// beside the predictions, never among them, so that a folder can be uploaded as it is.
struct Provenance {
  std::string model;        ///< Model folder, as it was named.
  std::string fingerprint;  ///< Of model.toml: 16 hexadecimal digits.
  std::string gap_fill;     ///< Rule for frames without a face.
  std::vector<std::string> trained_on;
};

/// `<predictions>.provenance.json`, for a file and for a folder.
std::filesystem::path ProvenancePath(const std::filesystem::path& predictions);

/// Atomic: several processes may write predictions of one model into one folder.
void WriteProvenance(const std::filesystem::path& predictions, const Provenance& provenance);

/// The provenance of a file or folder of predictions, or of the folder that a file lies in; nothing
/// if nobody wrote one. @throws Error kBadData: a file that is no provenance.
std::optional<Provenance> FindProvenance(const std::filesystem::path& predictions);

}  // namespace circumplex
