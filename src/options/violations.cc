// SPDX-License-Identifier: Apache-2.0
#include "options/violations.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "circumplex/error.h"

#include "core/csv.h"
#include "options/enum_names.h"

namespace circumplex {
namespace {

// Collects sentences of the form "key = value: rule".
class Rules {
 public:
  template <typename T>
  void Require(bool holds, const std::string& key, const T& value, const std::string& rule) {
    if (holds) return;
    std::ostringstream sentence;
    sentence << key << " = " << value << ": " << rule;
    violations_.push_back(sentence.str());
  }
  void Append(const std::vector<std::string>& more) {
    violations_.insert(violations_.end(), more.begin(), more.end());
  }
  std::vector<std::string> Take() { return std::move(violations_); }

 private:
  std::vector<std::string> violations_;
};

void CheckInputs(const RunOptions& options, Rules* rules) {
  const FaceOptions& faces = options.faces;
  rules->Require(faces.detector == "dlib" || faces.detector.rfind("yunet=", 0) == 0,
                 "faces.detector",
                 "\"" + faces.detector + "\"",
                 "must be \"dlib\" or \"yunet=FILE\"");
  rules->Require(faces.min_confidence >= 0 && faces.min_confidence <= 1,
                 "faces.min_confidence",
                 faces.min_confidence,
                 "must lie in [0, 1]");
  rules->Require(
      faces.detect_every >= 1, "faces.detect_every", faces.detect_every, "must be at least 1");
  rules->Require(faces.max_side == 0 || faces.max_side >= 80,
                 "faces.max_side",
                 faces.max_side,
                 "must be 0 (never scale) or at least 80, the smallest face the detector sees");
  rules->Require(faces.max_faces >= 1, "faces.max_faces", faces.max_faces, "must be at least 1");
  rules->Require(faces.crop_size >= 48, "faces.crop_size", faces.crop_size, "must be at least 48");

  rules->Append(PhaseViolations(options.phase));
  rules->Require(options.backbone.InputSize() >= 32,
                 "backbone.input_size",
                 options.backbone.InputSize(),
                 "must be at least 32");
}

void RequireDropout(double value, const std::string& key, Rules* rules) {
  rules->Require(value >= 0 && value < 1, key, value, "must lie in [0, 1)");
}

void CheckNetworks(const RunOptions& options, Rules* rules) {
  const AppearanceOptions& appearance = options.appearance;
  const MotionOptions& motion = options.motion;
  const RegressorOptions& regressor = options.regressor;
  rules->Require(appearance.enabled || motion.enabled,
                 "appearance.enabled",
                 "false",
                 "one stream is needed, motion.enabled is false too");
  rules->Require(
      appearance.hidden >= 1, "appearance.hidden", appearance.hidden, "must be at least 1");
  RequireDropout(appearance.dropout, "appearance.dropout", rules);
  rules->Require(motion.channels >= 1, "motion.channels", motion.channels, "must be at least 1");
  rules->Require(motion.hidden >= 1, "motion.hidden", motion.hidden, "must be at least 1");
  RequireDropout(motion.block_dropout, "motion.block_dropout", rules);
  RequireDropout(motion.dropout, "motion.dropout", rules);
  rules->Require(
      !motion.enabled || motion.variant != MotionVariant::kThreeBlocks || options.phase.levels == 2,
      "motion.variant",
      "three_blocks",
      "joins level 2 after its first block, phase.levels must be 2");
  rules->Require(regressor.fusion >= 1, "regressor.fusion", regressor.fusion, "must be at least 1");
  rules->Require(regressor.hidden >= 1, "regressor.hidden", regressor.hidden, "must be at least 1");
  rules->Require(regressor.layers >= 1, "regressor.layers", regressor.layers, "must be at least 1");
  RequireDropout(regressor.fusion_dropout, "regressor.fusion_dropout", rules);
  RequireDropout(regressor.gru_dropout, "regressor.gru_dropout", rules);
  RequireDropout(regressor.head_dropout, "regressor.head_dropout", rules);
  rules->Require(!regressor.separate_models || regressor.targets == Targets::kBoth,
                 "regressor.separate_models",
                 "true",
                 "trains one network per target, regressor.targets must be \"both\", not \"" +
                     EnumName(regressor.targets) + "\"");
}

void CheckClips(const RunOptions& options, Rules* rules) {
  const ClipOptions& clips = options.clips;
  rules->Require(clips.window >= 1, "clips.window", clips.window, "must be at least 1");
  rules->Require(clips.stride >= 1 && clips.stride <= clips.window,
                 "clips.stride",
                 clips.stride,
                 "must lie between 1 and clips.window (" + std::to_string(clips.window) + ")");
  rules->Require(clips.frame_step >= 1, "clips.frame_step", clips.frame_step, "must be at least 1");
  rules->Require(clips.test_rule != WindowRule::kReleasedTrain,
                 "clips.test_rule",
                 "released_train",
                 "loses the tail of a video, a prediction needs every frame");
  rules->Require(!clips.whole_video || options.regressor.recurrence == Recurrence::kTime,
                 "clips.whole_video",
                 "true",
                 "needs regressor.recurrence = \"time\": along the batch axis one clip has nothing "
                 "to recur over");
}

void CheckBalance(const RunOptions& options, Rules* rules) {
  rules->Append(options.lds.Violations());
  const LossOptions& loss = options.loss;
  const bool plain_ccc = loss.kind == LossKind::kCcc || loss.pointwise == 0;
  rules->Require(!options.lds.enabled || !plain_ccc || (loss.ccc > 0 && loss.ccc_weighted),
                 "lds.enabled",
                 "true",
                 "the loss takes no weights (loss.kind = \"" + EnumName(loss.kind) +
                     "\"): choose a weighted loss or set lds.enabled = false");
  const FdsOptions& fds = options.fds;
  rules->Require(fds.buckets >= 2, "fds.buckets", fds.buckets, "must be at least 2");
  rules->Require(
      fds.start_bucket >= 0 && fds.start_bucket < fds.buckets,
      "fds.start_bucket",
      fds.start_bucket,
      "must lie between 0 and fds.buckets - 1 (" + std::to_string(fds.buckets - 1) + ")");
  rules->Require(
      fds.momentum >= 0 && fds.momentum < 1, "fds.momentum", fds.momentum, "must lie in [0, 1)");
  rules->Require(fds.start_update >= 0, "fds.start_update", fds.start_update, "must be at least 0");
  rules->Require(fds.start_smooth >= 0, "fds.start_smooth", fds.start_smooth, "must be at least 0");
  rules->Require(fds.kernel_size >= 1 && fds.kernel_size % 2 == 1 &&
                     (fds.kernel_size - 1) / 2 < fds.buckets - fds.start_bucket,
                 "fds.kernel_size",
                 fds.kernel_size,
                 "must be odd, half of it below the buckets in use (" +
                     std::to_string(fds.buckets - fds.start_bucket) + ")");
  rules->Require(fds.sigma > 0, "fds.sigma", fds.sigma, "must be positive");
  if (!fds.enabled) return;
  rules->Require(fds.start_smooth > fds.start_update,
                 "fds.start_smooth",
                 fds.start_smooth,
                 "must be above fds.start_update (" + std::to_string(fds.start_update) +
                     "): before it there are no statistics");
  // The statistics of the first updated epoch are in use two epochs later.
  const int first_use = std::max(fds.start_smooth, fds.start_update + 2);
  rules->Require(options.training.epochs > first_use,
                 "fds.enabled",
                 "true",
                 "would never act: features are first calibrated in epoch " +
                     std::to_string(first_use + 1) + ", training.epochs is " +
                     std::to_string(options.training.epochs));
}

void CheckTraining(const RunOptions& options, Rules* rules) {
  const LossOptions& loss = options.loss;
  rules->Require(loss.pointwise >= 0, "loss.pointwise", loss.pointwise, "must not be negative");
  rules->Require(loss.ccc >= 0, "loss.ccc", loss.ccc, "must not be negative");
  rules->Require(loss.pointwise + loss.ccc > 0,
                 "loss.pointwise",
                 loss.pointwise,
                 "loss.pointwise and loss.ccc are both 0, nothing would be trained");
  rules->Require(loss.huber_delta > 0, "loss.huber_delta", loss.huber_delta, "must be positive");
  const TrainingOptions& training = options.training;
  rules->Require(training.epochs >= 1, "training.epochs", training.epochs, "must be at least 1");
  rules->Require(training.batch >= 1, "training.batch", training.batch, "must be at least 1");
  rules->Require(training.lr > 0, "training.lr", training.lr, "must be positive");
  rules->Require(training.momentum >= 0 && training.momentum < 1,
                 "training.momentum",
                 training.momentum,
                 "must lie in [0, 1)");
  rules->Require(training.weight_decay >= 0,
                 "training.weight_decay",
                 training.weight_decay,
                 "must not be negative");
  for (const int step : training.lr_steps) {
    rules->Require(step >= 1, "training.lr_steps", step, "every epoch must be at least 1");
  }
  rules->Require(training.clip_norm >= 0,
                 "training.clip_norm",
                 training.clip_norm,
                 "must not be negative (0 = off)");
  rules->Require(training.early_stop >= 0,
                 "training.early_stop",
                 training.early_stop,
                 "must not be negative (0 = never)");
  rules->Require(training.seeds >= 1, "training.seeds", training.seeds, "must be at least 1");
  rules->Require(!training.criterion_spread_matched || training.criterion == Criterion::kCcc,
                 "training.criterion_spread_matched",
                 "true",
                 "a loss has no spread to match: needs training.criterion = \"ccc\", not \"loss\"");
  rules->Require(training.folds >= 2 || training.fold_rule == FoldRule::kOfficial,
                 "training.folds",
                 training.folds,
                 "must be at least 2, or training.fold_rule = \"official\"");
  const StillOptions& stills = options.stills;
  rules->Require(stills.expression_weight >= 0,
                 "stills.expression_weight",
                 stills.expression_weight,
                 "must not be negative (0 = no expression output)");
  rules->Require(
      stills.limit >= 0, "stills.limit", stills.limit, "must not be negative (0 = all images)");
  rules->Require(stills.validation_limit >= 0,
                 "stills.validation_limit",
                 stills.validation_limit,
                 "must not be negative (0 = all images)");
  rules->Require(
      stills.memory_gb >= 0, "stills.memory_gb", stills.memory_gb, "must not be negative");
  const InferenceOptions& inference = options.inference;
  rules->Require(inference.smoothing_s > 0,
                 "inference.smoothing_s",
                 inference.smoothing_s,
                 "must be positive");
  rules->Require(!inference.smoothing_choose || inference.smoothing != SmoothingKind::kNone,
                 "inference.smoothing_choose",
                 "true",
                 "chooses the width of a smoothing, inference.smoothing must not be \"none\"");
  rules->Require(options.evaluation.bootstrap >= 0,
                 "evaluation.bootstrap",
                 options.evaluation.bootstrap,
                 "must not be negative (0 = no intervals)");
}

}  // namespace

std::vector<std::string> LdsOptions::Violations() const {
  std::vector<std::string> violations;
  const auto add = [&](const char* key, const std::string& value, const std::string& rule) {
    violations.push_back(std::string("lds.") + key + " = " + value + ": " + rule);
  };
  if (num_bins < 3 || num_bins > 100001 || num_bins % 2 == 0) {
    add("num_bins",
        std::to_string(num_bins),
        "must be odd, so that 0 owns a bin, and from 3 to 100001");
  }
  const int extent = joint ? std::min(num_bins, joint_bins) : num_bins;
  if (kernel_size < 1 || kernel_size % 2 == 0 || kernel_size > extent) {
    add("kernel_size",
        std::to_string(kernel_size),
        "must be odd, at least 1 and at most the number of bins, " + std::to_string(extent));
  }
  if (!(sigma > 0 && sigma <= 1e4)) {
    add("sigma", FormatShortest(sigma), "must be above 0 and at most 10000 bins");
  }
  if (joint_bins < 2 || joint_bins > 1000) {
    add("joint_bins", std::to_string(joint_bins), "must be from 2 to 1000");
  }
  if (!(max_weight == 0 || (max_weight >= 1 && std::isfinite(max_weight)))) {
    add("max_weight",
        FormatShortest(max_weight),
        "must be 0 (no cap) or at least 1, the mean weight");
  }
  return violations;
}

std::vector<std::string> PhaseViolations(const PhaseOptions& options) {
  Rules rules;
  rules.Require(options.size >= 16 && options.size % 4 == 0,
                "phase.size",
                options.size,
                "must be a multiple of 4 and at least 16");
  rules.Require(
      options.orientations >= 2, "phase.orientations", options.orientations, "must be at least 2");
  rules.Require(
      options.levels == 1 || options.levels == 2, "phase.levels", options.levels, "must be 1 or 2");
  rules.Require(options.snippet_frames >= 3 && options.snippet_frames % 2 == 1,
                "phase.snippet_frames",
                options.snippet_frames,
                "must be odd and at least 3");
  return rules.Take();
}

std::vector<std::string> RunOptions::Violations() const {
  Rules rules;
  CheckInputs(*this, &rules);
  CheckNetworks(*this, &rules);
  CheckClips(*this, &rules);
  CheckBalance(*this, &rules);
  CheckTraining(*this, &rules);
  return rules.Take();
}

std::vector<std::string> RunOptions::StillViolations() const {
  Rules rules;
  rules.Require(appearance.enabled,
                "appearance.enabled",
                "false",
                "photographs train the appearance network, and have no motion");
  rules.Require(regressor.targets == Targets::kBoth,
                "regressor.targets",
                "\"" + EnumName(regressor.targets) + "\"",
                "on photographs one network learns both, set it to \"both\"");
  rules.Require(!regressor.separate_models,
                "regressor.separate_models",
                "true",
                "on photographs one network learns both targets, set it to false");
  rules.Require(training.batch >= 2,
                "training.batch",
                training.batch,
                "batch norm needs 2 photographs or more");
  rules.Require(!fds.enabled, "fds.enabled", "true", "is not available for photographs");
  rules.Require(!training.criterion_spread_matched,
                "training.criterion_spread_matched",
                "true",
                "is not available for photographs");
  return rules.Take();
}

void RequireValid(const std::vector<std::string>& violations) {
  if (violations.empty()) return;
  std::string message = violations.size() == 1 ? "the configuration breaks a rule:"
                                               : "the configuration breaks " +
                                                     std::to_string(violations.size()) + " rules:";
  for (const std::string& violation : violations) message += "\n  " + violation;
  throw Error(ErrorCode::kInvalidOptions, message);
}

}  // namespace circumplex
