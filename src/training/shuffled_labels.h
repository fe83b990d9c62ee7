// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "labels/annotation_io.h"

namespace circumplex {

/// The control experiment training.shuffle_labels: whose label each of `count` items is given. The
/// items stand in one random circle and each takes the label of the next, so that none keeps its
/// own unless it is the only one. The circle is `network`'s own: the labels of one random order of
/// n items share a correlation of about 1 / sqrt(n) with the true ones by chance, of either sign,
/// and a network learns that share. So one order proves nothing, the mean over several does. What
/// chooses the epoch must be shuffled too: an epoch that is chosen by true labels is no control.
/// Decision 0021. Deterministic in `seed` and `network`. Thread-safe.
std::vector<std::size_t> ShuffledOrder(std::size_t count,
                                       std::uint64_t seed,
                                       const std::string& network);

/// The same for the annotations of trials, each repeated or cut to the length of the trial that is
/// given it. Trials without an annotation stay so.
std::map<std::string, std::vector<VaLabel>> ShuffledLabels(
    const std::map<std::string, std::vector<VaLabel>>& labels,
    std::uint64_t seed,
    const std::string& network);

}  // namespace circumplex
