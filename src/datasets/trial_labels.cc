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

}  // namespace circumplex
