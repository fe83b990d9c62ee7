// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace circumplex {

/// One way of training the model, as every experiment here names it. A variant that two experiments
/// share is trained once if they are given the same run folder.
struct Variant {
  std::string folder;  ///< Sub-folder of the run folder; the variant's key.
  std::string name;    ///< Its row in the tables.
  std::string preset;  ///< The preset it starts from; empty: the configuration's own.
  std::vector<std::string> switches;  ///< key=value, over configuration and --set.
};

/// All of them: the ablation's and the claims' (trained on the train split alone), then the spatial
/// ones of the paper's tables (trained on train and validation together).
const std::vector<Variant>& Variants();

/// @throws Error kInternal if there is none.
const Variant& FindVariant(const std::string& folder);

}  // namespace circumplex
