// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "circumplex/options.h"

#include "labels/annotation_io.h"
#include "run/results_file.h"

namespace circumplex {

/// What is drawn of labels: where they lie on the plane (paper Fig. 1), and their density, smoothed
/// density and loss weights (paper Fig. 3).
struct LabelSummary {
  SquareHistogram histogram;
  LabelCurves curves;
};

/// Density, smoothed density and loss weights of both targets over the bins of `options`.
/// @throws Error as EstimateLdsDensity.
LabelCurves MakeLabelCurves(const std::vector<double>& valence,
                            const std::vector<double>& arousal,
                            const LdsOptions& options);

/// Of the annotated frames; both empty if there is none. @throws Error as EstimateLdsDensity.
LabelSummary SummarizeLabels(const std::vector<const std::vector<VaLabel>*>& tracks,
                             const LdsOptions& options);

}  // namespace circumplex
