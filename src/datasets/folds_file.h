// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "datasets/folds.h"
#include "datasets/manifest.h"

namespace circumplex {

/// `folds.csv`: fold (from 0),trial,person,role (train or validation). Atomic.
void WriteFolds(const std::filesystem::path& path,
                const std::vector<Fold>& folds,
                const Manifest& manifest);

/// The file of WriteFolds().
/// @throws Error kNotFound; kBadData with file:line: another role, folds not numbered 0, 1, 2, ...,
///   a trial twice in a fold, a fold without training or validation trials.
std::vector<Fold> ReadFolds(const std::filesystem::path& path);

/// The fold that each trial is scored in, -1 = none: of the file of WriteFolds() that which has it
/// for validation; of a file without the column role, which names each trial once, that of its row.
/// @throws Error kNotFound; kBadData with file:line: a fold that is no number from -1, a trial that
///   two folds score.
std::map<std::string, int> ReadScoredFolds(const std::filesystem::path& path);

}  // namespace circumplex
