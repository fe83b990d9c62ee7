// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <sstream>

#include "circumplex/error.h"
#include "circumplex/options.h"

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

void RequireDropout(double value, const std::string& key, Rules* rules) {
  rules->Require(value >= 0 && value < 1, key, value, "must lie in [0, 1)");
}

void RequireAtLeast(int lowest, int value, const std::string& key, Rules* rules) {
  rules->Require(value >= lowest, key, value, "must be at least " + std::to_string(lowest));
}

// What the sections say of each other.

void CheckNetworks(const RunOptions& options, Rules* rules) {
  rules->Require(options.appearance.enabled || options.motion.enabled,
                 "appearance.enabled",
                 "false",
                 "one stream is needed, motion.enabled is false too");
  rules->Require(!options.clips.whole_video || options.regressor.recurrence == Recurrence::kTime,
                 "clips.whole_video",
                 "true",
                 "needs regressor.recurrence = \"time\": along the batch axis one clip has nothing "
                 "to recur over");
}

void CheckBalance(const RunOptions& options, Rules* rules) {
  const LossOptions& loss = options.loss;
  const bool plain_ccc = loss.kind == LossKind::kCcc || loss.pointwise == 0;
  rules->Require(!options.lds.enabled || !plain_ccc || (loss.ccc > 0 && loss.ccc_weighted),
                 "lds.enabled",
                 "true",
                 "the loss takes no weights (loss.kind = \"" + EnumName(loss.kind) +
                     "\"): choose a weighted loss or set lds.enabled = false");
  const FdsOptions& fds = options.fds;
  if (!fds.enabled) return;
  // The statistics of the first updated epoch are in use two epochs later.
  const int first_use = std::max(fds.start_smooth, fds.start_update + 2);
  rules->Require(options.training.epochs > first_use,
                 "fds.enabled",
                 "true",
                 "would never act: features are first calibrated in epoch " +
                     std::to_string(first_use + 1) + ", training.epochs is " +
                     std::to_string(options.training.epochs));
}

}  // namespace

std::vector<std::string> FaceOptions::Violations() const {
  Rules rules;
  const std::string yunet = "yunet=";
  rules.Require(
      detector == "dlib" || (detector.rfind(yunet, 0) == 0 && detector.size() > yunet.size()),
      "faces.detector",
      "\"" + detector + "\"",
      "must be \"dlib\" or \"yunet=FILE\", FILE being YuNet's ONNX file");
  rules.Require(min_confidence >= 0 && min_confidence <= 1,
                "faces.min_confidence",
                min_confidence,
                "must lie in [0, 1]");
  RequireAtLeast(1, detect_every, "faces.detect_every", &rules);
  rules.Require(max_side == 0 || max_side >= 80,
                "faces.max_side",
                max_side,
                "must be 0 (never scale) or at least 80, the smallest face the detector sees");
  RequireAtLeast(1, max_faces, "faces.max_faces", &rules);
  RequireAtLeast(48, crop_size, "faces.crop_size", &rules);
  return rules.Take();
}

std::vector<std::string> PhaseOptions::Violations() const {
  Rules rules;
  rules.Require(
      size >= 16 && size % 4 == 0, "phase.size", size, "must be a multiple of 4 and at least 16");
  RequireAtLeast(2, orientations, "phase.orientations", &rules);
  rules.Require(levels == 1 || levels == 2, "phase.levels", levels, "must be 1 or 2");
  rules.Require(snippet_frames >= 3 && snippet_frames % 2 == 1,
                "phase.snippet_frames",
                snippet_frames,
                "must be odd and at least 3");
  return rules.Take();
}

std::vector<std::string> BackboneOptions::Violations() const {
  Rules rules;
  RequireAtLeast(32, InputSize(), "backbone.input_size", &rules);
  return rules.Take();
}

std::vector<std::string> AppearanceOptions::Violations() const {
  Rules rules;
  RequireAtLeast(1, hidden, "appearance.hidden", &rules);
  RequireDropout(dropout, "appearance.dropout", &rules);
  return rules.Take();
}

std::vector<std::string> MotionOptions::Violations(const PhaseOptions& phase) const {
  Rules rules;
  RequireAtLeast(1, channels, "motion.channels", &rules);
  RequireAtLeast(1, hidden, "motion.hidden", &rules);
  RequireDropout(block_dropout, "motion.block_dropout", &rules);
  RequireDropout(dropout, "motion.dropout", &rules);
  rules.Require(!enabled || variant != MotionVariant::kThreeBlocks || phase.levels == 2,
                "motion.variant",
                EnumName(variant),
                "joins level 2 after its first block, phase.levels must be 2");
  return rules.Take();
}

std::vector<std::string> RegressorOptions::Violations() const {
  Rules rules;
  RequireAtLeast(1, fusion, "regressor.fusion", &rules);
  RequireAtLeast(1, hidden, "regressor.hidden", &rules);
  RequireAtLeast(1, layers, "regressor.layers", &rules);
  RequireDropout(fusion_dropout, "regressor.fusion_dropout", &rules);
  RequireDropout(gru_dropout, "regressor.gru_dropout", &rules);
  RequireDropout(head_dropout, "regressor.head_dropout", &rules);
  rules.Require(!separate_models || targets == Targets::kBoth,
                "regressor.separate_models",
                "true",
                "trains one network per target, regressor.targets must be \"both\", not \"" +
                    EnumName(targets) + "\"");
  return rules.Take();
}

std::vector<std::string> ClipOptions::Violations() const {
  Rules rules;
  RequireAtLeast(1, window, "clips.window", &rules);
  rules.Require(stride >= 1 && stride <= window,
                "clips.stride",
                stride,
                "must lie between 1 and clips.window (" + std::to_string(window) + ")");
  RequireAtLeast(1, frame_step, "clips.frame_step", &rules);
  rules.Require(test_rule != WindowRule::kReleasedTrain,
                "clips.test_rule",
                "released_train",
                "loses the tail of a video, a prediction needs every frame");
  return rules.Take();
}

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

std::vector<std::string> FdsOptions::Violations() const {
  Rules rules;
  RequireAtLeast(2, buckets, "fds.buckets", &rules);
  rules.Require(start_bucket >= 0 && start_bucket < buckets,
                "fds.start_bucket",
                start_bucket,
                "must lie between 0 and fds.buckets - 1 (" + std::to_string(buckets - 1) + ")");
  rules.Require(momentum >= 0 && momentum < 1, "fds.momentum", momentum, "must lie in [0, 1)");
  RequireAtLeast(0, start_update, "fds.start_update", &rules);
  RequireAtLeast(0, start_smooth, "fds.start_smooth", &rules);
  rules.Require(
      kernel_size >= 1 && kernel_size % 2 == 1 && (kernel_size - 1) / 2 < buckets - start_bucket,
      "fds.kernel_size",
      kernel_size,
      "must be odd, half of it below the buckets in use (" +
          std::to_string(buckets - start_bucket) + ")");
  rules.Require(sigma > 0, "fds.sigma", sigma, "must be positive");
  rules.Require(!enabled || start_smooth > start_update,
                "fds.start_smooth",
                start_smooth,
                "must be above fds.start_update (" + std::to_string(start_update) +
                    "): before it there are no statistics");
  return rules.Take();
}

std::vector<std::string> LossOptions::Violations() const {
  Rules rules;
  rules.Require(pointwise >= 0, "loss.pointwise", pointwise, "must not be negative");
  rules.Require(ccc >= 0, "loss.ccc", ccc, "must not be negative");
  rules.Require(pointwise + ccc > 0,
                "loss.pointwise",
                pointwise,
                "loss.pointwise and loss.ccc are both 0, nothing would be trained");
  rules.Require(huber_delta > 0, "loss.huber_delta", huber_delta, "must be positive");
  return rules.Take();
}

std::vector<std::string> TrainingOptions::Violations() const {
  Rules rules;
  RequireAtLeast(1, epochs, "training.epochs", &rules);
  RequireAtLeast(1, batch, "training.batch", &rules);
  rules.Require(lr > 0, "training.lr", lr, "must be positive");
  rules.Require(momentum >= 0 && momentum < 1, "training.momentum", momentum, "must lie in [0, 1)");
  rules.Require(weight_decay >= 0, "training.weight_decay", weight_decay, "must not be negative");
  for (const int step : lr_steps)
    rules.Require(step >= 1, "training.lr_steps", step, "every epoch must be at least 1");
  rules.Require(clip_norm >= 0, "training.clip_norm", clip_norm, "must not be negative (0 = off)");
  rules.Require(
      early_stop >= 0, "training.early_stop", early_stop, "must not be negative (0 = never)");
  RequireAtLeast(1, seeds, "training.seeds", &rules);
  rules.Require(!criterion_std_matched || criterion == Criterion::kCcc,
                "training.criterion_std_matched",
                "true",
                "a loss has no standard deviation to match: needs training.criterion = \"ccc\", "
                "not \"loss\"");
  rules.Require(folds >= 2 || fold_rule == FoldRule::kOfficial,
                "training.folds",
                folds,
                "must be at least 2, or training.fold_rule = \"official\"");
  return rules.Take();
}

std::vector<std::string> StillOptions::Violations() const {
  Rules rules;
  rules.Require(expression_weight >= 0,
                "stills.expression_weight",
                expression_weight,
                "must not be negative (0 = no expression output)");
  rules.Require(limit >= 0, "stills.limit", limit, "must not be negative (0 = all images)");
  rules.Require(validation_limit >= 0,
                "stills.validation_limit",
                validation_limit,
                "must not be negative (0 = all images)");
  rules.Require(memory_gb >= 0, "stills.memory_gb", memory_gb, "must not be negative");
  return rules.Take();
}

std::vector<std::string> InferenceOptions::Violations() const {
  Rules rules;
  rules.Require(smoothing_s > 0, "inference.smoothing_s", smoothing_s, "must be positive");
  rules.Require(!smoothing_choose || smoothing != SmoothingKind::kNone,
                "inference.smoothing_choose",
                "true",
                "chooses the width of a smoothing, inference.smoothing must not be \"none\"");
  return rules.Take();
}

std::vector<std::string> EvaluationOptions::Violations() const {
  Rules rules;
  rules.Require(
      bootstrap >= 0, "evaluation.bootstrap", bootstrap, "must not be negative (0 = no intervals)");
  return rules.Take();
}

std::vector<std::string> RunOptions::Violations() const {
  Rules rules;
  rules.Append(faces.Violations());
  rules.Append(phase.Violations());
  rules.Append(backbone.Violations());
  rules.Append(appearance.Violations());
  rules.Append(motion.Violations(phase));
  rules.Append(regressor.Violations());
  rules.Append(clips.Violations());
  CheckNetworks(*this, &rules);
  rules.Append(lds.Violations());
  rules.Append(fds.Violations());
  CheckBalance(*this, &rules);
  rules.Append(loss.Violations());
  rules.Append(training.Violations());
  rules.Append(stills.Violations());
  rules.Append(inference.Violations());
  rules.Append(evaluation.Violations());
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
  rules.Require(!training.criterion_std_matched,
                "training.criterion_std_matched",
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
