// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "datasets/manifest.h"

namespace circumplex {

enum class Layout { kAffWild2, kPlainFolder, kAffWild, kAffectNet, kAfewVa, kOmg };
/// "aff-wild2", "plain", "aff-wild", "affectnet", "afew-va", "omg".
const char* LayoutName(Layout layout);

/// Which reader understands `root`, by looking at folder names and first lines only.
/// @throws Error kNotFound: no folder; kBadData: none, with each layout tried and what it lacks, or
/// two of them (data sets must not lie in one folder).
Layout DetectLayout(const std::filesystem::path& root);

/// DetectLayout, then that reader with its usual places.
/// @throws Error as the readers; kBadData for AffectNet, whose photographs are no trials: read it
/// with ReadAffectNet.
Manifest ReadDataset(const std::filesystem::path& root);

}  // namespace circumplex
