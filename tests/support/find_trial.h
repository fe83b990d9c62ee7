// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>

#include "circumplex/error.h"

#include "datasets/manifest.h"

namespace circumplex::testing_support {

/// Trial of that name. @throws Error kInvalidArgument if there is none.
inline const Trial& FindTrial(const Manifest& manifest, const std::string& name) {
  const auto found = std::find_if(manifest.trials.begin(),
                                  manifest.trials.end(),
                                  [&](const Trial& trial) { return trial.name == name; });
  if (found == manifest.trials.end())
    throw Error(ErrorCode::kInvalidArgument, "no trial '" + name + "' in the manifest");
  return *found;
}

}  // namespace circumplex::testing_support
