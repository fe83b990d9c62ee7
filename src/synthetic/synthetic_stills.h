// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "synthetic/synthetic_dataset.h"

namespace circumplex {

/// Writes drawn photographs in the layout of AffectNet's first release (ReadAffectNet()): `stills`
/// for training, a fifth as many for validation.
///
///     {training,validation}.csv                          file, box, landmarks (none), expression,
///                                                        valence, arousal
///     Manually_Annotated_Images/<NNN>/still<NNNNNN>.jpg  size x size, JPEG quality 95
///
/// Every photograph shows another person, none of whom is in the trials, so that an appearance
/// network trained on them has seen nobody of a cross-validation's folds. Labels are what a
/// photograph can show: valence as in the trials, arousal from its still part alone (still_share =
/// 1 in MakeAffectSeries()). The expression is the one of AffectNet's classes 0 to 7 that lies
/// nearest to (valence, arousal); places of the classes: Russell and Mehrabian 1977.
///
/// @param options  stills, size, seed, threads and what MakeFaceStates() takes.
/// @throws Error kIo. Deterministic; cost about 3 ms per photograph of 112 pixels and core.
void WriteSyntheticStills(const std::filesystem::path& out, const SyntheticOptions& options);

}  // namespace circumplex
