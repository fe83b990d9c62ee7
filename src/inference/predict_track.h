// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "circumplex/options.h"
#include "circumplex/va_track.h"

#include "clips/clip_builder.h"
#include "network/regressor/two_stream_net.h"

namespace circumplex {

/// Streams and fusion of `count` steps from `first` on, [count, fusion]: in evaluation mode steps
/// do not see each other, so windows that overlap can share them. Bounded memory for any count.
/// @param net  In evaluation mode, on `device`.
at::Tensor FuseSteps(TwoStreamNet net,
                     const RunOptions& options,
                     ClipTrack* track,
                     std::int64_t first,
                     std::int64_t count,
                     const at::Device& device = at::kCPU);

/// Runs one network over every step of a track: sequences `frame_step` apart, windows by
/// `test_rule`, overlaps averaged; or the whole sequence in one pass. Used by validation during
/// training and by every prediction.
///
/// Under Recurrence::kBatch, `batch` consecutive windows share one pass and so see each other, as
/// in the released code.
///
/// @param net  In evaluation mode, on `device`. @return size() pairs in step order.
std::vector<Va> PredictTrack(TwoStreamNet net,
                             const RunOptions& options,
                             Targets targets,
                             ClipTrack* track,
                             const at::Device& device = at::kCPU);

}  // namespace circumplex
