// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "circumplex/options.h"

namespace circumplex {

constexpr int kModelSchema = 1;

/// One network of a model: a fold, and where targets are trained apart one target of a fold.
struct ModelMember {
  std::string file;  ///< Weights, relative to the model folder.
  Targets targets = Targets::kBoth;
  std::array<double, 2> prediction_mean{0, 0};  ///< Of its validation fold: valence, arousal.
  std::array<double, 2> prediction_std{0, 0};   ///< Population spread there; 0 = not known.
};

/// `model.toml`: all that a prediction needs besides weights. Preprocessing comes from here, never
/// from flags.
struct ModelCard {
  RunOptions options;
  std::string backbone_hash;  ///< Fingerprint of the pool5 weights of the training features.
  std::array<double, 2> label_mean{0, 0};  ///< Training labels: valence, arousal.
  std::array<double, 2> label_std{0, 0};
  std::vector<std::string> trained_on;  ///< Trials whose labels were used.
  std::vector<ModelMember> members;
};

/// @throws Error kIo.
void WriteModelCard(const std::filesystem::path& folder, const ModelCard& card);

/// The model folder that `path` names: itself, or the model of a run folder.
std::filesystem::path ModelFolder(const std::filesystem::path& path);

/// @throws Error kBadModel: no such folder or no model.toml, another schema version, a missing or
/// wrong field
///   (file and field), a configuration that breaks a rule.
ModelCard ReadModelCard(const std::filesystem::path& folder);

}  // namespace circumplex
