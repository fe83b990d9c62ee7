// SPDX-License-Identifier: Apache-2.0
#include "run/label_summary.h"

#include "circumplex/lds.h"

#include "labels/bins.h"

namespace circumplex {
namespace {

constexpr int kCells = 40;

}  // namespace

LabelCurves MakeLabelCurves(const std::vector<double>& valence,
                            const std::vector<double>& arousal,
                            const LdsOptions& options) {
  LabelCurves curves;
  for (int bin = 0; bin < options.num_bins; ++bin)
    curves.centers.push_back(BinCentre(bin, options.num_bins));
  const auto curve = [&](const std::vector<double>& labels) {
    const LdsDensity density = EstimateLdsDensity(labels, options);
    return LabelCurve{density.counts, density.smoothed, density.weights};
  };
  curves.valence = curve(valence);
  curves.arousal = curve(arousal);
  return curves;
}

LabelSummary SummarizeLabels(const std::vector<const std::vector<VaLabel>*>& tracks,
                             const LdsOptions& options) {
  std::vector<double> valence, arousal;
  SquareHistogram histogram(kCells);
  for (const auto* track : tracks) {
    for (const VaLabel& label : *track) {
      if (!label.annotated) continue;
      valence.push_back(label.valence);
      arousal.push_back(label.arousal);
      histogram.Add(label.valence, label.arousal);
    }
  }
  if (valence.empty()) return {};
  return {histogram, MakeLabelCurves(valence, arousal, options)};
}

}  // namespace circumplex
