// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "labels/annotation_io.h"

namespace circumplex {

struct PlotFile {
  std::string name;  ///< "histogram.svg"
  std::string svg;
};

/// histogram.svg (paper Fig. 1) and lds.svg (Fig. 3, with the default LdsOptions) of the annotated
/// frames; none without one.
std::vector<PlotFile> LabelPlots(const std::vector<std::vector<VaLabel>>& tracks);

}  // namespace circumplex
