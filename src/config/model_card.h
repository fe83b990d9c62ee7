// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/options.h"
#include "circumplex/va_track.h"

namespace circumplex {

constexpr int kModelSchema = 1;

/// One network of a model: a fold, and where targets are trained apart one target of a fold.
struct ModelMember {
  std::string file;  ///< Weights, relative to the model folder.
  Targets targets = Targets::kBoth;
  /// Valence and arousal of its validation fold, of the mean prediction of the fold's seeds.
  Va prediction_mean{0, 0};
  Va prediction_std{0, 0};  ///< Population spread there; 0 = not known.
};

/// `model.toml`: all that a prediction needs besides weights. Preprocessing comes from here,
/// never from flags.
struct ModelCard {
  RunOptions options;
  std::string backbone_hash;    ///< Fingerprint of the pool5 weights of the training features.
  std::string backbone_origin;  ///< How these weights came to be, for people; may be empty.
  /// Who cut the crops of the training features: a word of CropOrigin; empty = not known.
  std::string crop_origin;
  Va label_mean{0, 0};  ///< Training labels: valence, arousal.
  Va label_std{0, 0};
  /// Mean error (prediction less label) of the out-of-fold rows, subtracted from predictions.
  Va bias{0, 0};
  /// [s] Smoothing widths chosen in training (0 = none); absent: options.inference.smoothing_s.
  std::optional<Va> smoothing_s;
  std::vector<std::string> trained_on;  ///< Trials whose labels were used.
  std::vector<ModelMember> members;
};

/// @throws Error kIo.
void WriteModelCard(const std::filesystem::path& folder, const ModelCard& card);

/// The model folder that `path` names: itself, the one of the model.toml in it, or the model of
/// a run folder.
/// @throws Error kBadModel where the system refuses to look.
std::filesystem::path ModelFolder(const std::filesystem::path& path);

/// @throws Error kBadModel: no such folder or no model.toml, another schema version, a missing or
///         wrong field (file and field), a configuration that breaks a rule, a member whose targets
///         are not those that the configuration's networks have.
ModelCard ReadModelCard(const std::filesystem::path& folder);

}  // namespace circumplex
