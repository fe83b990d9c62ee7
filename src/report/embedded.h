// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace circumplex {

// Text that the build embeds (embed_text.cmake), so that a page needs no file beside it.
extern const std::string_view kPalette;     ///< page/palette.css
extern const std::string_view kPageStyle;   ///< page/report.css
extern const std::string_view kPageScript;  ///< page/report.js
/// Chart.js 3.9 (MIT), chart.min.js of the package libjs-chart.js.
extern const std::string_view kChartLibrary;

}  // namespace circumplex
