// SPDX-License-Identifier: Apache-2.0
#include "options/enum_names.h"

namespace circumplex {

template <typename Enum>
using Names = std::vector<std::pair<Enum, std::string>>;

template <>
const Names<PhaseMode>& EnumNames() {
  static const Names<PhaseMode> names = {{PhaseMode::kShipped, "shipped"},
                                         {PhaseMode::kFullUnwrap, "full_unwrap"},
                                         {PhaseMode::kDeltaBlur, "delta_blur"},
                                         {PhaseMode::kDeltaBlurGeometric, "delta_blur_geometric"}};
  return names;
}
template <>
const Names<PhaseGaps>& EnumNames() {
  static const Names<PhaseGaps> names = {{PhaseGaps::kHold, "hold"}, {PhaseGaps::kSkip, "skip"}};
  return names;
}
template <>
const Names<BackboneLayout>& EnumNames() {
  static const Names<BackboneLayout> names = {{BackboneLayout::kTorchvision, "torchvision"},
                                              {BackboneLayout::kCaffe, "caffe"}};
  return names;
}
template <>
const Names<MotionVariant>& EnumNames() {
  static const Names<MotionVariant> names = {{MotionVariant::kLevel1Block, "level1_block"},
                                             {MotionVariant::kBlockPerLevel, "block_per_level"},
                                             {MotionVariant::kThreeBlocks, "three_blocks"}};
  return names;
}
template <>
const Names<Recurrence>& EnumNames() {
  static const Names<Recurrence> names = {{Recurrence::kTime, "time"},
                                          {Recurrence::kBatch, "batch"}};
  return names;
}
template <>
const Names<Targets>& EnumNames() {
  static const Names<Targets> names = {
      {Targets::kBoth, "both"}, {Targets::kValence, "valence"}, {Targets::kArousal, "arousal"}};
  return names;
}
template <>
const Names<WindowRule>& EnumNames() {
  static const Names<WindowRule> names = {{WindowRule::kCoverShift, "cover_shift"},
                                          {WindowRule::kCoverShort, "cover_short"},
                                          {WindowRule::kReleasedTrain, "released_train"},
                                          {WindowRule::kReleasedTest, "released_test"}};
  return names;
}
template <>
const Names<LdsKernel>& EnumNames() {
  static const Names<LdsKernel> names = {{LdsKernel::kGaussian, "gaussian"},
                                         {LdsKernel::kGaussianReflected, "gaussian_reflected"},
                                         {LdsKernel::kTriangular, "triangular"},
                                         {LdsKernel::kLaplace, "laplace"}};
  return names;
}
template <>
const Names<LdsReweight>& EnumNames() {
  static const Names<LdsReweight> names = {{LdsReweight::kInverse, "inverse"},
                                           {LdsReweight::kSqrtInverse, "sqrt_inverse"},
                                           {LdsReweight::kInverseClipped, "inverse_clipped"}};
  return names;
}
template <>
const Names<BinRule>& EnumNames() {
  static const Names<BinRule> names = {{BinRule::kNearest, "nearest"},
                                       {BinRule::kTruncated, "truncated"}};
  return names;
}
template <>
const Names<LossKind>& EnumNames() {
  static const Names<LossKind> names = {{LossKind::kWeightedL1, "weighted_l1"},
                                        {LossKind::kWeightedMse, "weighted_mse"},
                                        {LossKind::kWeightedHuber, "weighted_huber"},
                                        {LossKind::kCcc, "ccc"},
                                        {LossKind::kWeightedCcc, "weighted_ccc"}};
  return names;
}
template <>
const Names<OptimizerKind>& EnumNames() {
  static const Names<OptimizerKind> names = {{OptimizerKind::kSgd, "sgd"},
                                             {OptimizerKind::kAdamW, "adamw"}};
  return names;
}
template <>
const Names<ScheduleKind>& EnumNames() {
  static const Names<ScheduleKind> names = {{ScheduleKind::kStep, "step"},
                                            {ScheduleKind::kCosine, "cosine"},
                                            {ScheduleKind::kConstant, "constant"}};
  return names;
}
template <>
const Names<FoldRule>& EnumNames() {
  static const Names<FoldRule> names = {{FoldRule::kVideo, "video"},
                                        {FoldRule::kSubject, "subject"},
                                        {FoldRule::kOfficial, "official"},
                                        {FoldRule::kReleased, "released"}};
  return names;
}
template <>
const Names<Criterion>& EnumNames() {
  static const Names<Criterion> names = {{Criterion::kCcc, "ccc"}, {Criterion::kLoss, "loss"}};
  return names;
}
template <>
const Names<StillTune>& EnumNames() {
  static const Names<StillTune> names = {{StillTune::kHead, "head"},
                                         {StillTune::kLastStage, "last_stage"},
                                         {StillTune::kLastTwo, "last_two"},
                                         {StillTune::kAll, "all"}};
  return names;
}
template <>
const Names<StillCrop>& EnumNames() {
  static const Names<StillCrop> names = {
      {StillCrop::kAuto, "auto"}, {StillCrop::kBox, "box"}, {StillCrop::kWhole, "whole"}};
  return names;
}
template <>
const Names<GapFill>& EnumNames() {
  static const Names<GapFill> names = {{GapFill::kPaper, "paper"},
                                       {GapFill::kHold, "hold"},
                                       {GapFill::kNearest, "nearest"},
                                       {GapFill::kLinear, "linear"}};
  return names;
}
template <>
const Names<SmoothingKind>& EnumNames() {
  static const Names<SmoothingKind> names = {{SmoothingKind::kNone, "none"},
                                             {SmoothingKind::kBox, "box"},
                                             {SmoothingKind::kGaussian, "gaussian"}};
  return names;
}

}  // namespace circumplex
