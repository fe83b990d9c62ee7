// SPDX-License-Identifier: Apache-2.0
#include "run/shown_clips.h"

#include <algorithm>
#include <cmath>

#include "core/files.h"
#include "core/frame_rate.h"

namespace circumplex {
namespace {

constexpr std::size_t kShown = 8;

ClipScores ClipOf(const EvaluationTrial& trial, double frame_rate) {
  ClipScores clip;
  clip.trial = trial.name;
  clip.rate_assumed = !(frame_rate > 0);
  const double rate = clip.rate_assumed ? kAssumedFrameRate : frame_rate;
  for (std::size_t t = 0; t < trial.labels.size() && t < trial.predictions.size(); ++t) {
    const VaLabel& label = trial.labels[t];
    clip.time_s.push_back(static_cast<double>(t) / rate);
    clip.valence.push_back(label.annotated ? label.valence : std::nan(""));
    clip.arousal.push_back(label.annotated ? label.arousal : std::nan(""));
    clip.predicted_valence.push_back(trial.predictions[t].valence);
    clip.predicted_arousal.push_back(trial.predictions[t].arousal);
  }
  return clip;
}

}  // namespace

std::vector<ClipScores> ShownClips(const std::vector<EvaluationTrial>& trials,
                                   const std::map<std::string, double>& frame_rate) {
  std::vector<const EvaluationTrial*> shown;
  for (const EvaluationTrial& trial : trials) {
    if (trial.predicted) shown.push_back(&trial);
  }
  std::sort(shown.begin(), shown.end(), [](const EvaluationTrial* a, const EvaluationTrial* b) {
    return NaturalLess(a->name, b->name);
  });
  shown.resize(std::min(shown.size(), kShown));
  std::vector<ClipScores> clips;
  for (const EvaluationTrial* trial : shown) {
    const auto rate = frame_rate.find(trial->name);
    clips.push_back(ClipOf(*trial, rate == frame_rate.end() ? 0 : rate->second));
  }
  return clips;
}

}  // namespace circumplex
