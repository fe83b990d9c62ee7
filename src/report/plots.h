// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "report/svg.h"
#include "run/results_file.h"

namespace circumplex {

/// Two-dimensional histogram of labels (paper Fig. 1): valence to the right, arousal up; shade is
/// the logarithm of the count.
SvgPlot LabelHistogramPlot(const SquareHistogram& histogram, const std::string& title);

/// Counts, smoothed counts and loss weights over the label (paper Fig. 3), a column per target.
/// @throws Error kInvalidArgument if a density's lengths differ from the number of centres.
SvgPlot LdsPlot(const LabelCurves& curves);

/// Predicted against annotated values of one target; shade is the logarithm of the count, on the
/// dashed diagonal both are equal.
SvgPlot AgreementPlot(const SquareHistogram& agreement, const std::string& target, SvgRole role);

/// Predictions on Russell's circumplex: the unit circle with the names of affects around it.
/// Source of the names and angles (rounded): Fig. 2 of Russell 1980, J. Pers. Soc. Psychol.
/// 39(6):1161-1178.
SvgPlot CircumplexPlot(const SquareHistogram& predicted, const std::string& title);

}  // namespace circumplex
