// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "circumplex/options.h"

#include "program.h"

namespace circumplex::app {

/// Flags of face detection, shared by faces and predict.
void DeclareFaces(CLI::App& cli, FaceOptions* options);

/// Runs `work` on each input. One that fails with a data error does not stop the others: it
/// is reported at once and listed at the end. @return 0, or the exit code of the failures
/// (3 for data).
int ForEachInput(const std::vector<std::filesystem::path>& inputs,
                 const std::function<void(const std::filesystem::path&)>& work);

}  // namespace circumplex::app
