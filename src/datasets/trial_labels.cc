// SPDX-License-Identifier: Apache-2.0
#include "datasets/trial_labels.h"

#include "datasets/afew_va.h"
#include "datasets/aff_wild.h"
#include "datasets/omg.h"

namespace circumplex {

std::vector<VaLabel> ReadTrialLabels(const Trial& trial) {
  if (trial.annotation.empty()) return {};
  switch (trial.annotation_format) {
    case AnnotationFormat::kVaPerFrame:
      return ReadVaAnnotation(trial.annotation);
    case AnnotationFormat::kTwoFiles:
      return ReadAffWildLabels(trial.annotation, trial.annotation_second).labels;
    case AnnotationFormat::kAfewJson:
      return ReadAfewClip(trial.annotation).labels;
    case AnnotationFormat::kUtterance:
      return ReadUtteranceLabels(trial);
  }
  return {};
}

bool WriteOtherAnnotations(const Manifest& manifest,
                           const std::vector<std::vector<VaLabel>>& tracks,
                           const std::filesystem::path& folder) {
  bool any = false;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const Trial& trial = manifest.trials[i];
    if (trial.annotation.empty() || trial.annotation_format == AnnotationFormat::kVaPerFrame)
      continue;
    WriteVaAnnotation(folder / (trial.name + ".txt"), tracks[i], 6);
    any = true;
  }
  return any;
}

}  // namespace circumplex
