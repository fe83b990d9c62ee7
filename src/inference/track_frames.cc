// SPDX-License-Identifier: Apache-2.0
#include "inference/track_frames.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/csv.h"
#include "core/frame_rate.h"
#include "core/progress.h"
#include "labels/challenge_format.h"
#include "network/targets.h"
#include "predictions/gap_fill.h"
#include "predictions/smoothing.h"

namespace circumplex {
FrameRules FrameRulesOf(const InferenceOptions& options) {
  return {options.gap_fill,
          options.smoothing,
          {options.smoothing_s, options.smoothing_s},
          options.clamp,
          {true, true}};
}

FrameRules FrameRulesOf(const ModelCard& card) {
  FrameRules rules = FrameRulesOf(card.options.inference);
  if (card.smoothing_s) rules.smoothing_s = *card.smoothing_s;
  rules.predicts = HasTargets(card.options.regressor.targets);
  return rules;
}

FrameSeries StepsToFrames(const FeatureTrack& track,
                          const std::vector<Va>& steps,
                          std::int64_t frames,
                          const FrameRules& rules) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  FrameSeries series;
  series.own.assign(static_cast<std::size_t>(frames), false);
  series.values.assign(static_cast<std::size_t>(frames), Va{nan, nan});
  bool any = false;
  for (std::size_t s = 0; s < steps.size(); ++s) {
    if (track.frame[s] >= frames) continue;
    series.values[track.frame[s]] = steps[s];
    series.own[track.frame[s]] = any = true;
  }
  const bool smooths = rules.smoothing != SmoothingKind::kNone &&
                       (rules.smoothing_s[0] > 0 || rules.smoothing_s[1] > 0);
  if (smooths && !(track.frame_rate > 0)) {
    Log(LogLevel::kWarning,
        "predict",
        "'" + track.trial + "': the frame rate is not known; smoothing widths take it for " +
            FormatShortest(kAssumedFrameRate) + " frames/s");
  }
  if (!any && rules.gap_fill != GapFill::kPaper) return series;
  for (int k = 0; k < 2; ++k) {
    if (!rules.predicts[k]) continue;
    std::vector<double> values;
    for (const Va& pair : series.values) values.push_back(pair[k]);
    values = FillGaps(values, rules.gap_fill);
    const auto first_known = static_cast<std::ptrdiff_t>(
        std::find_if(
            values.begin(), values.end(), [](double v) { return v != kChallengeSentinel; }) -
        values.begin());
    std::vector<double> known(values.begin() + first_known, values.end());
    const double rate = track.frame_rate > 0 ? track.frame_rate : kAssumedFrameRate;
    if (rules.smoothing_s[k] > 0)
      known = Smooth(known, rules.smoothing, rules.smoothing_s[k], rate);
    for (double& value : known) {
      if (rules.clamp) value = std::clamp(value, -1.0, 1.0);
    }
    std::copy(known.begin(), known.end(), values.begin() + first_known);
    for (std::size_t t = 0; t < values.size(); ++t) series.values[t][k] = values[t];
  }
  return series;
}

}  // namespace circumplex
