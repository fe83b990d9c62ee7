// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "datasets/manifest.h"

namespace circumplex {

enum class Layout { kAffWild2, kPlainFolder };
const char* LayoutName(Layout layout);  ///< "aff-wild2", "plain".

/// Which reader understands `root`, by looking at folder names and first lines only.
/// @throws Error kNotFound: no folder; kBadData: none, with each layout tried and what it lacks.
Layout DetectLayout(const std::filesystem::path& root);

/// DetectLayout, then that reader with its usual places.
Manifest ReadDataset(const std::filesystem::path& root);

}  // namespace circumplex
