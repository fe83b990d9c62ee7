// SPDX-License-Identifier: Apache-2.0
#include "experiments/variants.h"

#include <algorithm>

#include "core/check.h"

namespace circumplex {
namespace {

using Switches = std::vector<std::string>;

// Streams, LDS and which splits are trained on are switched in every variant, so that what a
// configuration file says of them cannot make two variants the same.
Switches Switched(bool appearance, bool motion, bool lds, bool merged, const Switches& more) {
  const auto word = [](bool on) { return on ? "true" : "false"; };
  Switches switches = {std::string("appearance.enabled=") + word(appearance),
                       std::string("motion.enabled=") + word(motion),
                       std::string("lds.enabled=") + word(lds),
                       "fds.enabled=false",
                       "training.shuffle_labels=false",
                       std::string("training.merge_splits=") + word(merged)};
  switches.insert(switches.end(), more.begin(), more.end());
  return switches;
}

Switches Unseen(bool appearance, bool motion, bool lds, const Switches& more = {}) {
  return Switched(appearance, motion, lds, false, more);
}

// Raw predictions: the paper's tables match the spread where the released code does, on the fold
// that is scored, which training does not (docs/decisions/0017-correction-on-other-folds.md).
Switches SpatialOutOfFold(bool lds) {
  return Switched(true, false, lds, true, {"inference.std_matching=false"});
}

}  // namespace

const std::vector<Variant>& Variants() {
  static const std::vector<Variant> variants = {
      {"appearance", "appearance only", "", Unseen(true, false, false)},
      {"appearance_lds", "appearance only + LDS", "", Unseen(true, false, true)},
      {"motion", "motion only", "", Unseen(false, true, false)},
      {"motion_lds", "motion only + LDS", "", Unseen(false, true, true)},
      {"two_stream", "two-stream", "", Unseen(true, true, false)},
      {"two_stream_lds", "two-stream + LDS", "", Unseen(true, true, true)},
      {"two_stream_fds", "two-stream + FDS", "", Unseen(true, true, false, {"fds.enabled=true"})},
      {"appearance_batch",
       "appearance only, GRU along the batch",
       "",
       Unseen(true, false, false, {"regressor.recurrence=batch"})},
      {"two_stream_batch",
       "two-stream, GRU along the batch",
       "",
       Unseen(true, true, false, {"regressor.recurrence=batch"})},
      {"two_stream_shuffled",
       "two-stream, shuffled labels",
       "",
       Unseen(true, true, false, {"training.shuffle_labels=true"})},
      {"spatial_paper", "preset paper, spatial", "paper", SpatialOutOfFold(false)},
      {"spatial_paper_lds", "preset paper, spatial + LDS", "paper", SpatialOutOfFold(true)},
      {"spatial_released", "preset released, spatial", "released", SpatialOutOfFold(false)},
      {"spatial_released_lds",
       "preset released, spatial + LDS",
       "released",
       SpatialOutOfFold(true)},
      {"spatial_ours", "preset ours, spatial", "ours", SpatialOutOfFold(false)},
      {"spatial_ours_lds", "preset ours, spatial + LDS", "ours", SpatialOutOfFold(true)},
  };
  return variants;
}

const Variant& FindVariant(const std::string& folder) {
  const auto found = std::find_if(Variants().begin(),
                                  Variants().end(),
                                  [&](const Variant& variant) { return variant.folder == folder; });
  CIRCUMPLEX_CHECK(found != Variants().end(), "variant '" + folder + "'");
  return *found;
}

}  // namespace circumplex
