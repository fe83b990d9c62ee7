// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "datasets/affect_net.h"
#include "datasets/manifest.h"
#include "datasets/row_usage.h"
#include "labels/label_stats.h"

namespace circumplex {

/// What was found, used and left out, and why, for a person: trials, rows and crops per split with
/// sums that add up, then the defects by kind with what was done about them. Fixed-width lines.
///
///     rows  = used + not annotated + without crop + neither
///     crops = used + not annotated + beyond the rows + of test trials + in folders left out
///
/// @param usage  CountRowUsage of the manifest. Ends in a newline.
std::string DescribeDataset(const Manifest& manifest, const std::vector<RowUsage>& usage);

/// The same for photographs: listed = usable + without labels + not on disk, per split.
std::string DescribeDataset(const StillSet& set);

/// Mean, deviation, quadrants and correlation of the annotated frames; empty without one.
/// @param of_videos  Also the share of the variance that lies between the tracks.
std::string DescribeLabels(const std::vector<LabelTrack>& tracks, bool of_videos);

/// `images.csv`: path, split, expression, valence, arousal, valid, exists; labels are empty where
/// not valid. Atomic.
void WriteImages(const std::filesystem::path& path, const StillSet& set);

}  // namespace circumplex
