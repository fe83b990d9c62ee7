// SPDX-License-Identifier: Apache-2.0
#include "circumplex/error.h"
#include "circumplex/options.h"

namespace circumplex {
namespace {

// The paper's text; what it leaves open follows docs/decisions.
RunOptions Paper() {
  RunOptions options;
  options.preset = "paper";
  options.phase.mode = PhaseMode::kShipped;
  options.phase.gaps = PhaseGaps::kSkip;
  options.appearance.standardize = false;
  options.lds.num_bins = 201;
  options.lds.kernel = LdsKernel::kGaussian;
  options.lds.reweight = LdsReweight::kInverse;
  options.training.fold_rule = FoldRule::kVideo;
  options.inference.gap_fill = GapFill::kPaper;
  return options;
}

// The authors' published program (protocol facts in docs/paper.md): spatial stream only,
// GRU along the batch axis, one network per label, weighted L1, matching of standard
// deviations, truncated bins.
RunOptions Released() {
  RunOptions options = Paper();
  options.preset = "released";
  options.motion.enabled = false;
  options.regressor.recurrence = Recurrence::kBatch;
  options.regressor.separate_models = true;
  options.regressor.head_batch_norm = true;
  options.clips.train_rule = WindowRule::kReleasedTrain;
  options.clips.test_rule = WindowRule::kReleasedTest;
  options.lds.kernel = LdsKernel::kGaussianReflected;
  options.lds.reweight = LdsReweight::kSqrtInverse;
  options.lds.bins = BinRule::kTruncated;
  options.loss.kind = LossKind::kWeightedL1;
  options.loss.ccc = 0;
  options.training.clip_norm = 0;
  options.training.criterion_std_matched = true;
  options.training.fold_rule = FoldRule::kReleased;
  options.training.drop_last = true;
  options.inference.std_matching = true;
  options.inference.clamp = false;
  return options;
}

}  // namespace

RunOptions Preset(const std::string& name) {
  if (name == "ours") return RunOptions();
  if (name == "paper") return Paper();
  if (name == "released") return Released();
  throw Error(ErrorCode::kInvalidOptions,
              "no preset '" + name + "'; choose paper, released or ours");
}

}  // namespace circumplex
